"""Weighing: which disposition the findings of one patient amount to.

Missing is never read as normal: as long as a rule that could stop, caution or admit the patient cannot tell for want
of data that must be known, nobody is a candidate (CONTRACT 2, Q01, Q02).
"""

from collections.abc import Collection, Mapping

from kcds.knowledge.domains import Domain
from kcds.knowledge.rule import Rule
from kcds.model.advice import Disposition
from kcds.model.findings import Applicability, Category, Effect, Finding, Findings, Strength
from kcds.model.immutable import immutable

_APPLIES = Applicability.APPLIES  # looked up once: members of an enumeration are slow to find
_ELIGIBILITY, _MET = Category.ELIGIBILITY, Effect.MET
_SOFT = Strength.SOFT
_DECIDING = frozenset({Effect.MET, Effect.STOP, Effect.CAUTION})


@immutable
class Advised:
    """A finding together with the rule that made it."""

    rule: Rule
    finding: Finding

    @property
    def applies(self) -> bool:
        """Whether the rule applies (else it cannot tell)."""
        return self.finding.answer is _APPLIES


@immutable
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
    off = [a for a in found if a.rule.id in muted] if muted else []
    advised = tuple([a for a in found if a.rule.id not in muted]) if off else tuple(found)
    unsaid = tuple([a for a in off if a.applies and a.rule.effect is Effect.CAUTION])
    blocking = _blocking(advised, domains)
    effects = {a.rule.effect for a in advised if a.applies}
    disposition = _refusal(effects)
    if disposition is None:
        eligible = not blocking and _is_eligible(findings, rules)
        disposition = _admission(effects) if eligible else Disposition.INSUFFICIENT_DATA
    return Advice(disposition, advised, blocking, unsaid)


def _is_eligible(findings: Findings, rules: Mapping[str, Rule]) -> bool:
    """Whether every requirement is met: eligibility is shown, never assumed."""
    open_ones = (rules[f.rule] for f in findings.all if f.answer is not _APPLIES)
    return not any(rule.category is _ELIGIBILITY and rule.effect is _MET for rule in open_ones)


def _refusal(effects: set[Effect]) -> Disposition | None:
    if Effect.STOP in effects:
        return Disposition.CONTRAINDICATED
    if Effect.OUT_OF_SCOPE in effects:
        return Disposition.OUT_OF_SCOPE
    if Effect.UNMET in effects:
        return Disposition.NOT_YET
    return None


def _admission(effects: set[Effect]) -> Disposition:
    return Disposition.CAUTION if Effect.CAUTION in effects else Disposition.CANDIDATE


def _blocking(advised: tuple[Advised, ...], domains: Mapping[str, Domain]) -> tuple[str, ...]:
    deciding = (a for a in advised if not a.applies and a.rule.effect in _DECIDING)
    return tuple(sorted({name for a in deciding for name in a.finding.missing if domains[name].blocks_candidate}))


_EFFECT_ORDER = (Effect.STOP, Effect.OUT_OF_SCOPE, Effect.UNMET, Effect.CAUTION, Effect.MET, Effect.INFORM)
_RANK = {effect: rank for rank, effect in enumerate(_EFFECT_ORDER)}


def _urgency(advised: Advised) -> tuple[int, bool, int, str]:
    """Stops before cautions before information; hard before soft; then as the rule says; the id keeps it stable."""
    rule = advised.rule
    return (_RANK[rule.effect], rule.strength is _SOFT, rule.priority, rule.id)
