"""What the command line prints: cards and explanations, wrapped on a terminal, one plain line each when piped."""

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from kcds.cards.plain_text import without_markup
from kcds.cards.silence import why_no_card, why_unknown
from kcds.cds_hooks.card import Card, Indicator
from kcds.cli_input import Answered
from kcds.knowledge.load import Knowledge
from kcds.model.facts import DataState, Fact, values_of
from kcds.model.findings import Applicability, Finding

_COLOURS = {Indicator.INFO: "blue", Indicator.WARNING: "yellow", Indicator.CRITICAL: "red"}
_ANSWERS = {
    Applicability.APPLIES: "Applies",
    Applicability.CANNOT_TELL: "Cannot tell",
    Applicability.DOES_NOT_APPLY: "Does not apply",
}
_SPEAKS_MORE = "KCDS_PATIENT_VIEW; --audience pain shows more"


def print_cards(answered: Answered) -> None:
    """Print the cards, or why there is none."""
    console = _console()
    _line(console, _title(answered), style="bold")
    if not answered.assessment.cards:
        _line(console, _said(answered), indent=2)
    for card in answered.assessment.cards:
        _print_card(console, card)
    console.print()


def print_explanation(answered: Answered, knowledge: Knowledge) -> None:
    """Print every rule by its answer, the facts used and what is missing."""
    console = _console()
    _line(console, _title(answered), style="bold")
    _line(console, _said(answered))
    _line(console, f"Knowledge {knowledge.version}, as of {answered.moment.today}.")
    if knowledge.local.footer:
        _line(console, knowledge.local.footer)
    for answer, heading in _ANSWERS.items():
        findings = [f for f in answered.assessment.findings.all if f.answer is answer]
        console.print()
        _line(console, f"{heading} ({len(findings)})", style="bold")
        for finding in findings:
            _print_finding(console, finding, answered.assessment.facts, knowledge)


def _console() -> Console:
    return Console(highlight=False, markup=False, emoji=False)


def _line(console: Console, text: str, indent: int = 0, style: str = "") -> None:
    """Print one line: on a terminal wrapped and indented, into a pipe whole. Control characters are not passed on."""
    printable = "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)
    if console.is_terminal:
        console.print(Padding(Text(printable, style=style), (0, 0, 0, indent)))
    else:
        console.print(" " * indent + printable, soft_wrap=True)


def _title(answered: Answered) -> str:
    return f"{answered.file}: {answered.hook.value}, {answered.assessment.advice.disposition.value}"


def _said(answered: Answered) -> str:
    cards = answered.assessment.cards
    if not cards:
        facts, advice = answered.assessment.facts, answered.assessment.advice
        silence = why_no_card(answered.hook, facts, advice, answered.moment.audience, _SPEAKS_MORE)
        return f"No card: {silence}"
    return f"{len(cards)} card{'s' if len(cards) > 1 else ''}."


def _print_card(console: Console, card: Card) -> None:
    colour = _COLOURS[card.indicator]
    console.print()
    if console.is_terminal:
        title = Text.assemble((card.indicator.value, f"bold {colour}"), " ", card.summary)
        console.print(title)
        console.print(Panel(Markdown(card.detail), border_style=colour, box=box.ROUNDED))
    else:
        _line(console, f"[{card.indicator.value}] {card.summary}\n")
        _line(console, card.detail)
    for suggestion in card.suggestions:
        _line(console, f"offers: {suggestion.label}", indent=2)
    _line(console, f"source: {card.source.label}", indent=2)


def _print_finding(console: Console, finding: Finding, facts: Iterable[Fact], knowledge: Knowledge) -> None:
    rule = knowledge.rules_by_id[finding.rule]
    _line(console, f"{rule.id} {rule.version} ({' '.join(rule.claims)}): {rule.title}", indent=2)
    if note := knowledge.local.of(rule.id):
        _line(console, note, indent=6)
    if finding.answer is Applicability.DOES_NOT_APPLY:
        return
    for line in sorted({_fact_line(fact) for match in finding.matches for fact in match.values()}):
        _line(console, line, indent=6)
    states = {fact.domain: fact for fact in facts if isinstance(fact, DataState)}
    for domain in finding.missing:
        _line(console, f"not known: {knowledge.domains[domain].title} ({why_unknown(states.get(domain))})", indent=6)


def _fact_line(fact: Fact) -> str:
    values = {name: value for name, value in values_of(without_markup(fact)).items() if value is not None}
    values.pop("entry", None)  # stands at the end of the line, as the source
    said = ", ".join(_property(name.replace("_", " "), value) for name, value in values.items())
    return f"{fact.kind}: {said}" + (f" [{', '.join(fact.sources)}]" if fact.sources else "")


def _property(name: str, value: object) -> str:
    if isinstance(value, bool):
        return name if value else f"not {name}"
    if name in ("label", "text"):
        return f'{name} "{value}"'
    return f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
