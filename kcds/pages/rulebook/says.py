"""The words of the rulebook for what stands in rules as a single word: effects, answers, grades, signatures."""

from collections.abc import Iterable, Mapping

from kcds.knowledge.rule import Evidence, Rule
from kcds.model.code_systems import ICD_10, ICD_10_CM, LOINC, NDC, RXNORM, SNOMED
from kcds.model.findings import Applicability, Category, Effect, Strength

UNSIGNED = "not signed by a clinical owner"
NO_DECISION = "no signature needed"

EFFECTS: Mapping[Effect, str] = {
    Effect.STOP: "Contraindication",
    Effect.OUT_OF_SCOPE: "Out of scope",
    Effect.UNMET: "Criterion not met",
    Effect.CAUTION: "Caution",
    Effect.MET: "Criterion met",
    Effect.INFORM: "Information",
}
MARKS: Mapping[Effect, tuple[str, str]] = {
    Effect.STOP: ("stop", "octagon-alert"),
    Effect.OUT_OF_SCOPE: ("stop", "circle-x"),
    Effect.UNMET: ("stop", "circle-x"),
    Effect.CAUTION: ("caution", "triangle-alert"),
    Effect.MET: ("sup", "circle-check"),
    Effect.INFORM: ("info", "info"),
}
"""Class and icon of each effect."""

STRENGTHS: Mapping[Strength, str] = {Strength.HARD: "hard", Strength.SOFT: "soft"}

ANSWERS: Mapping[Applicability, str] = {
    Applicability.APPLIES: "Applies",
    Applicability.DOES_NOT_APPLY: "Does not apply",
    Applicability.CANNOT_TELL: "Cannot tell",
}

CATEGORIES: Mapping[Category, str] = {
    Category.CONTRAINDICATION: "Contraindications",
    Category.ELIGIBILITY: "Eligibility",
    Category.CAUTION: "Cautions",
    Category.INTERACTION: "Interactions",
    Category.MONITORING: "Monitoring",
    Category.DOSING: "Dosing",
    Category.DURATION_OF_RELIEF: "How long relief lasts",
    Category.FOLLOW_UP: "Follow-up",
    Category.INFORMATIONAL: "Information",
    Category.DATA_QUALITY: "Data quality",
}
"""In the order in which rules are listed."""

VERIFIED: Mapping[str, str] = {
    "V": "Seen in the source",
    "R": "Recalled, not read again",
    "D": "Our own decision",
    "V/D": "Seen in the source; the rest is our own decision",
    "V/R": "Seen in part, recalled in part",
    "R/D": "Recalled; the rest is our own decision",
}

SYSTEMS: Mapping[str, str] = {
    SNOMED: "SNOMED CT",
    LOINC: "LOINC",
    RXNORM: "RxNorm",
    ICD_10_CM: "ICD-10-CM",
    ICD_10: "ICD-10",
    NDC: "NDC",
}
"""What people call the code systems; others stand by their URI."""

_NOT_SHOWN: Mapping[str, str] = {
    "R": "The words and numbers were not checked against the source.",
    "D": "That the number or the step is right: no source says it in these words.",
    "V/D": "The part that is our own decision.",
    "V/R": "The part that was only recalled.",
    "R/D": "The part that is our own decision, and the recalled words were not checked.",
}
_BY_ANALOGY = "analogy"
_ANALOGY = "That it holds for this drug and use: it is carried over from another one."


def not_shown_by(evidence: Evidence) -> tuple[str, ...]:
    """Say what a source does not show; nothing where it says so itself."""
    said = [_NOT_SHOWN[evidence.verified]] if evidence.verified in _NOT_SHOWN else []
    return tuple([*said, _ANALOGY] if _BY_ANALOGY in evidence.grade.lower() else said)


def signed_by(evidence: Iterable[Evidence]) -> str:
    """Say who signed what we decided ourselves; sources that are only cited need no signature."""
    decided = [one for one in evidence if "D" in one.verified]
    if not decided:
        return NO_DECISION
    if not all(one.signed_by and one.signed_on for one in decided):
        return UNSIGNED
    return "; ".join(dict.fromkeys(f"{one.signed_by}, {one.signed_on}" for one in decided))


def is_unsigned(rule: Rule) -> bool:
    """Whether a rule rests on a decision that nobody has signed."""
    return signed_by(rule.evidence) == UNSIGNED
