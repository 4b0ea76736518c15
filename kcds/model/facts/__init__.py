"""Facts: what we know about one patient, in our words, at one moment.

A fact is the only thing that rules may see. Each kind is closed: a fixed set of properties, each a string, a number,
a truth value or a date, each present or None (= not known). `sources` holds the FHIR references (relative, as the
client sent them) that the fact came from, so that a card can always show why it was raised.

Concepts are names of value sets (`rules/value_sets/`); units are fixed per property and named in its comment.
Nothing here imports FHIR, Flask or the rules engine.
"""

from dataclasses import fields
from functools import cache
from types import UnionType
from typing import get_args, get_type_hints

from kcds.model.facts.base import Fact, Value
from kcds.model.facts.data import DataState, FindingFact
from kcds.model.facts.measurements import (
    BloodPressure,
    BloodPressureDay,
    Check,
    ChildPugh,
    Measurement,
    Score,
    StudyDone,
)
from kcds.model.facts.person import Patient, Pregnancy
from kcds.model.facts.problems import Allergy, Condition, PainProblem, SubstanceUse, UnidentifiedProblem
from kcds.model.facts.treatments import (
    Exposure,
    InfusionDay,
    Medication,
    OpioidDose,
    PriorTreatment,
    Procedure,
    Response,
    Treatment,
    Trial,
    UnidentifiedMedication,
)

__all__ = [
    "FACT_KINDS",
    "KNOWN_STATES",
    "Allergy",
    "BloodPressure",
    "BloodPressureDay",
    "Check",
    "ChildPugh",
    "Condition",
    "DataState",
    "Exposure",
    "Fact",
    "FindingFact",
    "InfusionDay",
    "Measurement",
    "Medication",
    "OpioidDose",
    "PainProblem",
    "Patient",
    "Pregnancy",
    "PriorTreatment",
    "Procedure",
    "Response",
    "Score",
    "StudyDone",
    "SubstanceUse",
    "Treatment",
    "Trial",
    "UnidentifiedMedication",
    "UnidentifiedProblem",
    "Value",
    "schema_of",
    "values_of",
]

FACT_KINDS: dict[str, type[Fact]] = {
    cls.kind: cls
    for cls in (
        Patient,
        Treatment,
        Condition,
        PainProblem,
        SubstanceUse,
        Medication,
        UnidentifiedMedication,
        UnidentifiedProblem,
        Trial,
        PriorTreatment,
        BloodPressure,
        BloodPressureDay,
        Measurement,
        Score,
        StudyDone,
        Procedure,
        Allergy,
        Pregnancy,
        Exposure,
        InfusionDay,
        DataState,
        FindingFact,
        OpioidDose,
        Response,
        ChildPugh,
        Check,
    )
}

KNOWN_STATES = frozenset({"known", "none-recorded"})
"""States of a data domain in which a rule that found nothing may answer "does not apply"."""


@cache
def schema_of(kind: str) -> dict[str, type]:
    """Return the properties of a kind and their Python types: str, float, bool or date."""
    cls = FACT_KINDS[kind]
    hints = get_type_hints(cls)
    names = [f.name for f in fields(cls) if f.name != "sources"]
    return {name: _plain(hints[name]) for name in names}


def _plain(hint: object) -> type:
    """Take the type out of `type | None`."""
    if isinstance(hint, UnionType):
        plain: type = next(a for a in get_args(hint) if a is not type(None))
        return plain
    msg = f"a fact property must be `type | None`, not {hint!r}"
    raise TypeError(msg)


def values_of(fact: Fact) -> dict[str, Value]:
    """Return the properties of a fact, `sources` left out."""
    return {name: getattr(fact, name) for name in schema_of(fact.kind)}
