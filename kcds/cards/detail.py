"""The body of a card: GitHub Flavored Markdown that also reads well as plain text. No HTML, no links from the record.

Sections in the order in which a clinician needs them: what stops, what is not met, what is not known, what to mind,
what to monitor, what to expect, and what else is worth knowing. Everything says how good its source is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from kcds.advice.weigh import Advised
from kcds.cards.tiers import CardPlan
from kcds.cards.wording import FOOTER, SAID_TO_BE_SOFT, SOFT_STOP, STATE_WORDS, UNCLEAR_WORDS
from kcds.knowledge.domains import Domain
from kcds.knowledge.rule import Rule
from kcds.model.facts import DataState
from kcds.model.findings import Category, Effect, Strength

Fill = Callable[[str, Advised], str]
"""Fills the placeholders of a card text from a finding."""

NOTHING_TO_KNOW = "none"
"""Basis of a domain that does not concern this patient, such as the pregnancy status of a man."""

_NOT_KNOWN = "Not known"

_MAIN_SECTIONS: tuple[tuple[str, Callable[[Rule], bool]], ...] = (
    ("Contraindications", lambda r: r.effect is Effect.STOP),
    ("Out of scope", lambda r: r.effect is Effect.OUT_OF_SCOPE),
    ("Not met", lambda r: r.effect is Effect.UNMET),
    (_NOT_KNOWN, lambda _: False),  # filled from what cannot be told
    ("Interactions", lambda r: r.category is Category.INTERACTION),
    ("Cautions", lambda r: r.effect is Effect.CAUTION or r.category is Category.CAUTION),
    ("Evidence", lambda r: r.effect is Effect.INFORM and any(claim.startswith("I") for claim in r.claims)),
    ("Monitoring", lambda r: r.category in (Category.MONITORING, Category.FOLLOW_UP)),
    ("How long relief lasts, at best", lambda r: r.category is Category.DURATION_OF_RELIEF),
    ("Dose information, not a proposal", lambda r: r.category is Category.DOSING),
    ("The record", lambda r: r.category is Category.DATA_QUALITY and r.effect is not Effect.MET),
    ("Also", lambda r: r.effect is not Effect.MET),
)


def detail_of(
    plan: CardPlan, domains: Mapping[str, Domain], states: Iterable[DataState], version: str, fill: Fill
) -> str:
    """Return the Markdown of one card."""
    lines: dict[str, list[str]] = {title: [] for title, _ in _MAIN_SECTIONS}
    met: list[Advised] = []
    for advised in (a for a in plan.shown if a.applies):
        title = next((title for title, belongs in _MAIN_SECTIONS if belongs(advised.rule)), None)
        if title is None:
            met.append(advised)
        else:
            lines[title].append(_entry(advised, fill))
    lines[_NOT_KNOWN] = _unknown_lines(plan, domains, states)
    blocks = [_block(title, entries) for title, entries in lines.items() if entries]
    return "\n\n".join([*blocks, *_met_lines(met, domains, fill), FOOTER.format(version=version)])


def _met_lines(met: list[Advised], domains: Mapping[str, Domain], fill: Fill) -> Iterator[str]:
    """Say in one line each which criteria are met, and which data are on record."""
    criteria = [fill(a.rule.card.summary, a) for a in met if a.rule.category is not Category.DATA_QUALITY]
    known = [a for a in met if a.rule.category is Category.DATA_QUALITY and _has_content(a)]
    titles = sorted({domains[name].title for a in known for name in a.rule.requires})
    if criteria:
        yield f"**Met:** {'; '.join(criteria)}."
    if titles:
        yield f"**On record:** {', '.join(titles)}."


def _has_content(known: Advised) -> bool:
    """Whether a domain is known because of something on record, not because it does not concern this patient."""
    states = [f for match in known.finding.matches for f in match.values() if isinstance(f, DataState)]
    return any(state.basis != NOTHING_TO_KNOW for state in states)


def _block(title: str, lines: list[str]) -> str:
    return f"**{title}**\n\n" + "\n".join(f"- {line}" for line in lines)


def _entry(advised: Advised, fill: Fill) -> str:
    rule = advised.rule
    texts = [f"**{_sentence(fill(rule.card.summary, advised))}**"]
    texts += [_sentence(fill(text, advised)) for text in (rule.card.detail, rule.card.action) if text]
    if rule.strength is Strength.SOFT and not any(word in " ".join(texts) for word in SAID_TO_BE_SOFT):
        texts.append(SOFT_STOP)
    source = rule.evidence[0]
    texts.append(f"_Source: {source.citation} ({source.grade})._")
    return " ".join(texts)


def _sentence(text: str) -> str:
    """One line, ended by a full stop."""
    line = " ".join(text.split())
    return line if line.endswith((".", "!", "?", ":")) else line + "."


def _unknown_lines(plan: CardPlan, domains: Mapping[str, Domain], states: Iterable[DataState]) -> list[str]:
    """One line for each domain that is not known; those that keep the patient from being a candidate first."""
    known = {state.domain: state for state in states}
    undecided = [a for a in plan.shown if not a.applies]
    names = sorted({name for a in undecided for name in a.finding.missing})
    names.sort(key=lambda name: not domains[name].blocks_candidate)
    return [_unknown_line(domains[name], known.get(name), undecided) for name in names]


def _unknown_line(domain: Domain, state: DataState | None, undecided: list[Advised]) -> str:
    """Say what is not known, why, and what to ask: in the words of the most urgent rule that needs it."""
    words = _why_unknown(state)
    when = f", last {state.date.isoformat()}" if state and state.date else ""
    title = domain.title[0].upper() + domain.title[1:]
    needing = (a.rule.card.unknown for a in undecided if domain.name in a.finding.missing)
    ask = next((text for text in needing if text), domain.ask)
    return f"**{title}** ({words}{when}). {_sentence(ask)}"


def _why_unknown(state: DataState | None) -> str:
    if state is None or state.state is None:
        return STATE_WORDS["missing"]
    unclear = UNCLEAR_WORDS.get(state.basis or "") if state.state == "uncertain" else None
    return unclear or STATE_WORDS.get(state.state, STATE_WORDS["missing"])
