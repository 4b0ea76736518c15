"""A rule's answer for one patient, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from kcds.model.facts import Fact


class Applicability(StrEnum):
    """The three answers of a rule."""

    APPLIES = "applies"
    CANNOT_TELL = "data-required"
    DOES_NOT_APPLY = "does-not-apply"


class Category(StrEnum):
    """What a rule is about, in the words of the contract."""

    ELIGIBILITY = "eligibility"
    CONTRAINDICATION = "contraindication"
    CAUTION = "caution"
    INTERACTION = "interaction"
    MONITORING = "monitoring"
    DOSING = "dosing"
    DURATION_OF_RELIEF = "duration-of-relief"
    FOLLOW_UP = "follow-up"
    INFORMATIONAL = "informational"
    DATA_QUALITY = "data-quality"


class Effect(StrEnum):
    """What a rule that applies does to the disposition."""

    MET = "met"
    UNMET = "unmet"
    OUT_OF_SCOPE = "out-of-scope"
    STOP = "stop"
    CAUTION = "caution"
    INFORM = "inform"


class Strength(StrEnum):
    """How firm a stop is: hard rests on verified sources only, soft is inferred or local policy."""

    HARD = "hard"
    SOFT = "soft"


Match: TypeAlias = Mapping[str, Fact]
"""One way in which a rule matched: alias of the pattern -> the fact."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's answer. `matches` are sorted; `missing` names data domains, sorted."""

    rule: str
    answer: Applicability
    matches: tuple[Match, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def supporting(self) -> tuple[str, ...]:
        """FHIR references of the facts behind the answer, sorted, each once."""
        sources = {source for match in self.matches for fact in match.values() for source in fact.sources}
        return tuple(sorted(sources))


@dataclass(frozen=True, slots=True)
class Findings:
    """The answers of all rules for one patient, in rule-id order."""

    all: tuple[Finding, ...] = field(default=())

    def of(self, rule: str) -> Finding:
        """Return the answer of one rule; raises KeyError for a rule that was not asked."""
        for finding in self.all:
            if finding.rule == rule:
                return finding
        raise KeyError(rule)

    @property
    def applying(self) -> tuple[Finding, ...]:
        """The rules that apply."""
        return tuple(f for f in self.all if f.answer is Applicability.APPLIES)

    @property
    def undecided(self) -> tuple[Finding, ...]:
        """The rules that cannot tell."""
        return tuple(f for f in self.all if f.answer is Applicability.CANNOT_TELL)
