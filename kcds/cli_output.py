"""What the command line prints: cards and explanations for a terminal, plain text when piped."""

from rich import box
from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from kcds.advice.speaking import Speech
from kcds.cards.plain_text import without_markup
from kcds.cds_hooks.card import Card, Indicator
from kcds.cli_input import Case
from kcds.knowledge.load import Knowledge
from kcds.model.facts import Fact, values_of
from kcds.model.findings import Applicability, Finding
from kcds.service import Assessment

_COLOURS = {Indicator.INFO: "blue", Indicator.WARNING: "yellow", Indicator.CRITICAL: "red"}
_ANSWERS = {
    Applicability.APPLIES: "applies",
    Applicability.CANNOT_TELL: "cannot tell",
    Applicability.DOES_NOT_APPLY: "does not apply",
}


def print_assessment(case: Case, assessment: Assessment, knowledge: Knowledge) -> None:
    """Print the cards, or why there is none."""
    console = Console()
    console.print(f"{escape(str(case.file))}: {case.hook}, {assessment.advice.disposition}")
    if not assessment.cards:
        console.print(f"  No card: {_silence(assessment)}\n")
    for card in assessment.cards:
        _print_card(console, card)
    if assessment.cards:
        console.print(f"  Knowledge {knowledge.version}\n")


def _silence(assessment: Assessment) -> str:
    kinds = {fact.kind for fact in assessment.facts}
    reasons = [a.rule.title for a in assessment.advice.advised if a.applies and a.rule.effect == "out-of-scope"]
    if reasons:
        return "; ".join(reasons) + "."
    if "pain-problem" not in kinds:
        return "no active pain problem, and no ketamine."
    return "not the audience of patient-view (KCDS_PATIENT_VIEW, --audience)."


def _print_card(console: Console, card: Card) -> None:
    colour = _COLOURS[card.indicator]
    if console.is_terminal:
        title = f"[bold {colour}]{card.indicator}[/] {escape(card.summary)}"
        console.print(Panel(Markdown(card.detail), title=title, title_align="left", border_style=colour, box=box.ROUNDED))
    else:
        console.print(f"\n[{card.indicator}] {card.summary}\n", markup=False, soft_wrap=True)
        console.print(card.detail, markup=False, soft_wrap=True, highlight=False)
    for suggestion in card.suggestions:
        console.print(f"  offers: {suggestion.label}", markup=False)
    console.print(f"  source: {card.source.label}\n", markup=False, soft_wrap=True)


def print_explanation(case: Case, assessment: Assessment, knowledge: Knowledge) -> None:
    """Print every rule, its answer, the facts used and what is missing."""
    console = Console()
    said = "silent" if assessment.speech is Speech.SILENCE else f"{len(assessment.cards)} cards"
    console.print(f"{escape(str(case.file))}: {assessment.advice.disposition} ({said})\n")
    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    for name in ("rule", "version", "claims", "answer", "facts and gaps"):
        table.add_column(name, overflow="fold")
    order = list(_ANSWERS)
    for finding in sorted(assessment.findings.all, key=lambda f: (order.index(f.answer), f.rule)):
        rule = knowledge.rules_by_id[finding.rule]
        table.add_row(rule.id, rule.version, " ".join(rule.claims), _ANSWERS[finding.answer], escape(_why(finding)))
    console.print(table)


def _why(finding: Finding) -> str:
    facts = {_fact_line(fact) for match in finding.matches for fact in match.values()}
    lines = sorted(facts)
    if finding.missing:
        lines.append("not known: " + ", ".join(finding.missing))
    return "\n".join(lines)


def _fact_line(fact: Fact) -> str:
    known = {name: value for name, value in values_of(without_markup(fact)).items() if value is not None}
    values = ", ".join(f"{name} {value}" for name, value in known.items())
    return f"{fact.kind}: {values}" + (f" [{', '.join(fact.sources)}]" if fact.sources else "")
