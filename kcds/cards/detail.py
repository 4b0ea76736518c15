"""The body of a card: GitHub Flavored Markdown that also reads well as plain text. No HTML, no links from the record.

Sections in the order in which a clinician needs them: what stops, what is not met, what is not known, what to mind,
how it went so far, what to monitor, what to expect, and what else is worth knowing. Everything says how good its
source is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from kcds.advice.weigh import Advised
from kcds.cards.gaps import Gap, gap_of, why_unknown
from kcds.cards.plain_text import sentence
from kcds.cards.plan_text import plan_blocks
from kcds.cards.sources import sources_line
from kcds.cards.tiers import CardPlan, Tier
from kcds.cards.wording import FOOTER, NOT_KNOWN_YET, OFF_LABEL, SAID_TO_BE_SOFT, SOFT_STOP
from kcds.knowledge.domains import Domain
from kcds.knowledge.load import Knowledge
from kcds.knowledge.overlay import LocalPolicy
from kcds.knowledge.rule import Rule
from kcds.model.facts import DataState
from kcds.model.findings import Category, Effect, Strength

Fill = Callable[[str, Advised], str]
"""Fills the placeholders of a card text from a finding."""

NOTHING_TO_KNOW = "none"
"""Basis of a domain that does not concern this patient, such as the pregnancy status of a man."""

_NOT_KNOWN = "Not known"
_PLAN = "Monitoring plan"


def _is_about_evidence(rule: Rule) -> bool:
    informs = rule.effect is Effect.INFORM and rule.category not in (Category.DOSING, Category.DURATION_OF_RELIEF)
    return informs and any(claim.startswith("I") for claim in rule.claims)


_MAIN_SECTIONS: tuple[tuple[str, Callable[[Rule], bool]], ...] = (
    ("Contraindications", lambda r: r.effect is Effect.STOP),
    ("Out of scope", lambda r: r.effect is Effect.OUT_OF_SCOPE),
    ("Not met", lambda r: r.effect is Effect.UNMET),
    (_NOT_KNOWN, lambda _: False),  # filled from what cannot be told
    ("Interactions", lambda r: r.category is Category.INTERACTION),
    ("Cautions", lambda r: r.effect is Effect.CAUTION or r.category is Category.CAUTION),
    ("Follow-up", lambda r: r.category in (Category.MONITORING, Category.FOLLOW_UP)),
    (_PLAN, lambda _: False),  # blocks of their own
    ("Evidence", _is_about_evidence),
    ("How long relief lasts, at best", lambda r: r.category is Category.DURATION_OF_RELIEF),
    ("Dose information, not a proposal", lambda r: r.category is Category.DOSING),
    ("The record", lambda r: r.category is Category.DATA_QUALITY and r.effect is not Effect.MET),
    ("Also", lambda r: r.effect is not Effect.MET),
)


def detail_of(plan: CardPlan, knowledge: Knowledge, states: Iterable[DataState], fill: Fill) -> str:
    """Return the Markdown of one card."""
    blocks: dict[str, list[str]] = {title: [] for title, _ in _MAIN_SECTIONS}
    met: list[Advised] = []
    long = plan.tier is Tier.MONITORING  # names its sources once, at the end
    for advised in (a for a in plan.shown if a.applies and a.rule.plan is None):
        title = next((title for title, belongs in _MAIN_SECTIONS if belongs(advised.rule)), None)
        if title is None:
            met.append(advised)
        else:
            source = [] if long else [f"_Source: {source_of(advised.rule)}._"]
            blocks[title].append(" ".join([*entry_of(advised, knowledge.local, fill), *source]))
    gaps = list(_gaps(plan, knowledge.domains, states))
    blocks[_NOT_KNOWN] = [] if plan.brief else _asked(gaps)
    blocks = {title: [_block(title, lines)] if lines else [] for title, lines in blocks.items()}
    if plan.brief and gaps:
        blocks[_NOT_KNOWN] = [f"**{NOT_KNOWN_YET}:** {'; '.join(gap.named() for gap in gaps)}."]
    blocks[_PLAN] = plan_blocks(plan.shown, plan.checks, knowledge.plan, fill)
    texts = [text for found in blocks.values() for text in found]
    texts += _met_lines(met, knowledge.domains, fill, brief=plan.brief)
    if long:
        texts.append(sources_line(a for a in plan.shown if a.applies and a not in met))
    return "\n\n".join([*texts, _footer(plan, knowledge, texts)])


def _met_lines(met: list[Advised], domains: Mapping[str, Domain], fill: Fill, *, brief: bool) -> Iterator[str]:
    """Say in one line each which criteria are met, and which data are on record (unless it is too early to matter)."""
    criteria = [fill(a.rule.card.summary, a) for a in met if a.rule.category is not Category.DATA_QUALITY]
    known = [a for a in met if a.rule.category is Category.DATA_QUALITY and _has_content(a)]
    titles = sorted({domains[name].title for a in known for name in a.rule.requires})
    if criteria:
        yield f"**Met:** {'; '.join(criteria)}."
    if titles and not brief:
        yield f"**On record:** {', '.join(titles)}."


def _has_content(known: Advised) -> bool:
    """Whether a domain is known because of something on record, not because it does not concern this patient."""
    states = [f for match in known.finding.matches for f in match.values() if isinstance(f, DataState)]
    return any(state.basis != NOTHING_TO_KNOW for state in states)


def _block(title: str, lines: list[str]) -> str:
    return f"**{title}**\n\n" + "\n".join(f"- {line}" for line in lines)


def _footer(plan: CardPlan, knowledge: Knowledge, texts: Iterable[str]) -> str:
    """Say what the advice is and is not, and what a site changed in it, also where a finding has no line."""
    said = "\n".join(texts)
    local = dict.fromkeys(knowledge.local.of(advised.rule.id) for advised in plan.shown)
    unsaid = [note for note in local if note and note not in said]
    off_label = OFF_LABEL if plan.about_pain else ""
    parts = (off_label, FOOTER.format(version=knowledge.version), knowledge.local.footer, *unsaid)
    return " ".join(part for part in parts if part)


def entry_of(advised: Advised, local: LocalPolicy, fill: Fill) -> list[str]:
    """Return what a card says of one finding, piece by piece: the first, in bold, is its summary."""
    rule = advised.rule
    texts = [f"**{local.opening(rule.id)}{sentence(fill(rule.card.summary, advised))}**"]
    texts += [sentence(fill(text, advised)) for text in (rule.card.detail, rule.card.action) if text]
    if rule.strength is Strength.SOFT and not any(word in " ".join(texts) for word in SAID_TO_BE_SOFT):
        texts.append(SOFT_STOP)
    if note := local.of(rule.id):
        texts.append(note)
    return texts


def source_of(rule: Rule) -> str:
    """Name the first source of a rule, and how good it is."""
    return f"{rule.evidence[0].citation} ({rule.evidence[0].grade})"


def _asked(gaps: Iterable[Gap]) -> list[str]:
    """Say what is not known and what to ask; domains that ask for the same share a line."""
    together: dict[str, list[Gap]] = {}
    for gap in gaps:
        together.setdefault(sentence(gap.ask), []).append(gap)
    return [f"{', '.join(gap.opened() for gap in shared)}. {ask}" for ask, shared in together.items()]


def _gaps(plan: CardPlan, domains: Mapping[str, Domain], states: Iterable[DataState]) -> Iterator[Gap]:
    """Give each domain that is not known; those that keep the patient from being a candidate first.

    What is not known of the checks of the monitoring plan is said there, on whichever card that is; what keeps the
    patient from being a candidate is said in any case.
    """
    known = {state.domain: state for state in states}
    said = plan.told_elsewhere | {check.item.domain for check in plan.checks}
    undecided = [a for a in plan.shown if not a.applies and not (a.rule.plan and a.rule.plan.item)]
    names = sorted({name for a in undecided for name in a.finding.missing} - said)
    names.sort(key=lambda name: not domains[name].blocks_candidate)
    titles = {domains[name].title for name in names}
    for name in names:
        if words := why_unknown(known.get(name), titles):
            yield gap_of(domains[name], words, known.get(name), undecided)
