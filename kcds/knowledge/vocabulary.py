"""The names that rules and cases may use, gathered for the checks."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from kcds.knowledge.claims import ClaimEntry
from kcds.model.enumerations import ENUMERATIONS
from kcds.model.facts import FACT_KINDS, schema_of
from kcds.model.findings import Category, Effect

_CONCEPT_KINDS = frozenset({"condition", "medication", "procedure", "allergy"})
MEDICINES = "rx-"
"""How the names of the sets of medicines begin."""
_ALLERGY_SETS = frozenset({"ketamine-allergy-substances", "no-known-allergy"})
_OBSERVED = ("answer-", "bp-", "indication-", "measure-", "obs-", "order-", "route", "score-", "screen-", "stop-")
"""How the names of sets begin that are about observations, orders and answers: they hold no problem, no procedure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Known names. An empty `concepts` means that the value sets could not be read, so that none can be judged."""

    concepts: frozenset[str]
    domains: frozenset[str]
    rules: frozenset[str]
    claims: Mapping[str, ClaimEntry]
    items: frozenset[str]  # of the monitoring plan
    codes: frozenset[tuple[str, str]] = frozenset()  # of all value sets, by system; empty: none can be judged

    def values_of(self, kind: str, name: str) -> tuple[frozenset[str], str] | None:
        """Return the only values of a text property and what they are called; None where any text will do."""
        if kind in _CONCEPT_KINDS and name == "concept":
            return (_concepts_of(kind, self.concepts), "value sets") if self.concepts else None
        if (kind, name) == ("data", "domain"):
            return self.domains, "data domains"
        if (kind, name) == ("check", "item"):
            return self.items, "items of the plan"
        if kind == "finding":
            return {
                "rule": (self.rules, "rules"),
                "category": (frozenset(Category), "categories"),
                "effect": (frozenset(Effect), "effects"),
                "answer": (ENUMERATIONS["finding", "answer"], "values"),
            }.get(name)
        known = ENUMERATIONS.get((kind, name))
        return (known, "values") if known else None


@cache
def _concepts_of(kind: str, concepts: frozenset[str]) -> frozenset[str]:
    """Return the value sets that a fact of this kind can belong to; asked for every word of every case."""
    match kind:
        case "medication":
            return frozenset(name for name in concepts if name.startswith(MEDICINES))
        case "allergy":
            return frozenset(n for n in concepts if n.startswith(MEDICINES) or n in _ALLERGY_SETS)
        case "condition":
            return frozenset(n for n in concepts if not n.startswith((*_OBSERVED, MEDICINES, "proc-")))
        case _:
            return frozenset(n for n in concepts if not n.startswith((*_OBSERVED, MEDICINES)))


def type_of(kind: str, name: str) -> type | None:
    """Return the type of a property; None where the kind or the property does not exist."""
    return schema_of(kind).get(name) if kind in FACT_KINDS else None


def has_type(value: object, wanted: type) -> bool:
    """Whether a constant may be compared with a property of this type; a whole number is a number, true is not."""
    if wanted is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is wanted


TYPE_WORDS: Mapping[type, str] = {str: "text", float: "a number", bool: "true or false"}
"""How messages call the types; dates are "a date"."""


def word_for(wanted: type) -> str:
    """Say a type in words."""
    return TYPE_WORDS.get(wanted, "a date")
