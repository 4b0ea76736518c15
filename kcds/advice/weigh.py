"""Weighing: which disposition the findings of one patient amount to.

Missing is never read as normal: as long as a rule that could stop, caution or admit the patient cannot tell for want
of data that must be known, nobody is a candidate (CONTRACT 2, Q01, Q02).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from kcds.knowledge.domains import Domain
from kcds.knowledge.rule import Rule
from kcds.model.advice import Disposition
from kcds.model.findings import Applicability, Category, Effect, Finding, Findings, Strength

_DECIDING = frozenset({Effect.MET, Effect.STOP, Effect.CAUTION})


@dataclass(frozen=True, slots=True)
class Advised:
    """A finding together with the rule that made it."""

    rule: Rule
    finding: Finding

    @property
    def applies(self) -> bool:
        """Whether the rule applies (else it cannot tell)."""
        return self.finding.answer is Applicability.APPLIES


@dataclass(frozen=True, slots=True)
class Advice:
    """The disposition, and every finding that applies or cannot tell, most urgent first."""

    disposition: Disposition
    advised: tuple[Advised, ...]
    blocking: tuple[str, ...]  # data domains that must be known and are not, sorted
    muted: tuple[Advised, ...] = ()  # cautions that apply and that the site has switched off: neither shown nor denied

    def with_effect(self, *effects: Effect) -> tuple[Advised, ...]:
        """Return what applies with one of these effects."""
        return tuple(a for a in self.advised if a.applies and a.rule.effect in effects)

    @property
    def undecided(self) -> tuple[Advised, ...]:
        """Return what cannot be told."""
        return tuple(a for a in self.advised if not a.applies)

    @property
    def hard_stop(self) -> bool:
        """Whether a stop applies that rests on verified sources only."""
        return any(a.rule.strength is Strength.HARD for a in self.with_effect(Effect.STOP))


def weigh(
    findings: Findings, rules: Mapping[str, Rule], domains: Mapping[str, Domain], muted: Collection[str] = ()
) -> Advice:
    """Return the disposition that these findings amount to; `rules` by id, `domains` by name.

    `muted` are the rules that a site has switched off: they decide nothing, and those that apply are only kept in mind.
    """
    silent = Applicability.DOES_NOT_APPLY
    found = sorted([Advised(rules[f.rule], f) for f in findings.all if f.answer is not silent], key=_urgency)
    advised = tuple([a for a in found if a.rule.id not in muted])
    unsaid = tuple([a for a in found if a.rule.id in muted and a.applies and a.rule.effect is Effect.CAUTION])
    blocking = _blocking(advised, domains)
    effects = {a.rule.effect for a in advised if a.applies}
    eligible = not blocking and all(
        f.answer is Applicability.APPLIES for f in findings.all if _is_requirement(rules[f.rule])
    )
    return Advice(_disposition(effects, eligible=eligible), advised, blocking, unsaid)


def _is_requirement(rule: Rule) -> bool:
    """Whether nobody is eligible unless this rule applies: eligibility is shown, never assumed."""
    return rule.category is Category.ELIGIBILITY and rule.effect is Effect.MET


def _disposition(effects: set[Effect], *, eligible: bool) -> Disposition:
    if Effect.STOP in effects:
        return Disposition.CONTRAINDICATED
    if Effect.OUT_OF_SCOPE in effects:
        return Disposition.OUT_OF_SCOPE
    if Effect.UNMET in effects:
        return Disposition.NOT_YET
    if not eligible:
        return Disposition.INSUFFICIENT_DATA
    if Effect.CAUTION in effects:
        return Disposition.CAUTION
    return Disposition.CANDIDATE


def _blocking(advised: tuple[Advised, ...], domains: Mapping[str, Domain]) -> tuple[str, ...]:
    deciding = (a for a in advised if not a.applies and a.rule.effect in _DECIDING)
    return tuple(sorted({name for a in deciding for name in a.finding.missing if domains[name].blocks_candidate}))


_EFFECT_ORDER = (Effect.STOP, Effect.OUT_OF_SCOPE, Effect.UNMET, Effect.CAUTION, Effect.MET, Effect.INFORM)
_RANK = {effect: rank for rank, effect in enumerate(_EFFECT_ORDER)}


def _urgency(advised: Advised) -> tuple[int, bool, int, str]:
    """Stops before cautions before information; hard before soft; then as the rule says; the id keeps it stable."""
    rule = advised.rule
    return (_RANK[rule.effect], rule.strength is Strength.SOFT, rule.priority, rule.id)
