"""Where the facts of a rule come from: which queries, how far back, which value sets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kcds.cards.plain_text import opened
from kcds.knowledge.clauses import Clause, clauses_of, kind_of, parts_of, resolve
from kcds.knowledge.load import Knowledge
from kcds.knowledge.rule import Rule
from kcds.knowledge.templates import say
from kcds.knowledge.value_sets import Code
from kcds.model.queries import OBSERVATION_SETS, RESOURCE_OF, TITLE_OF, Query
from kcds.pages.rulebook.phrase import Names
from kcds.pages.rulebook.phrases import KINDS

_MEDICINES = (Query.MEDICATION_REQUESTS, Query.MEDICATION_STATEMENTS)
_PROBLEMS = (Query.CONDITIONS,)
_GIVEN = (Query.MEDICATION_ADMINISTRATIONS, Query.MEDICATION_REQUESTS, Query.PROCEDURES)

ORDER = "the order under review"
_QUERIES: Mapping[str, tuple[Query, ...]] = {
    "patient": (Query.PATIENT,),
    "pregnancy": (Query.PREGNANCY_TESTS, Query.CONDITIONS, Query.PATIENT),
    "blood-pressure": (Query.BLOOD_PRESSURE,),
    "blood-pressure-day": (Query.BLOOD_PRESSURE,),
    "child-pugh": (Query.LIVER_TESTS, Query.CONDITIONS, Query.HEALTH_SCREENS),
    "condition": _PROBLEMS,
    "pain-problem": _PROBLEMS,
    "substance-use": _PROBLEMS,
    "unidentified-problem": _PROBLEMS,
    "allergy": (Query.ALLERGIES,),
    "medication": _MEDICINES,
    "unidentified-medication": _MEDICINES,
    "opioid-dose": _MEDICINES,
    "trial": (*_MEDICINES, Query.PROCEDURES),
    "prior-treatment": (*_MEDICINES, Query.PROCEDURES),
    "procedure": (Query.PROCEDURES,),
    "exposure": _GIVEN,
    "infusion-day": _GIVEN,
    "response": (*_GIVEN, Query.PAIN_SCORES),
    "treatment": (Query.MEDICATION_REQUESTS,),
}
_WINDOWS: Mapping[str, tuple[str, ...]] = {
    "blood-pressure": ("blood_pressure_window",),
    "blood-pressure-day": ("blood_pressure_window",),
    "pregnancy": ("pregnancy_test_window", "pregnancy_positive_window"),
    "child-pugh": ("liver_test_window",),
    "exposure": ("exposure_window",),
    "infusion-day": ("exposure_window",),
    "response": ("exposure_window", "baseline_score_window"),
}
_BY_VALUE: Mapping[tuple[str, str], tuple[Query, str]] = {
    **{("measurement", name): (Query.VITAL_SIGNS, "vital_sign_window") for name in ("heart-rate", "spo2")},
    ("measurement", "weight"): (Query.VITAL_SIGNS, "weight_window"),
    ("measurement", "egfr"): (Query.RENAL_TESTS, "renal_test_window"),
    **{("measurement", name): (Query.THYROID_TESTS, "thyroid_test_window") for name in ("tsh", "free-t4")},
    **{("measurement", name): (Query.LIVER_TESTS, "liver_test_window") for name in ("alt", "ast", "bilirubin")},
    ("score", "pain"): (Query.PAIN_SCORES, "pain_score_window"),
    **{("score", name): (Query.SCORES, "mood_score_window") for name in ("phq-9", "phq-9-item-9")},
    **{("score", name): (Query.SCORES, "substance_score_window") for name in ("audit-c", "dast-10")},
}
"""Kinds of fact whose query depends on what was measured, with how far back it counts."""

_BY_DOMAIN: Mapping[str, Query] = {
    "ecg": Query.ECG,
    "urinalysis": Query.URINE_TESTS,
    "pregnancy-status": Query.PREGNANCY_TESTS,
    "cognition": Query.COGNITION,
    "procedures": Query.PROCEDURES,
    "liver-tests": Query.LIVER_TESTS,
    "weight": Query.VITAL_SIGNS,
    "blood-pressure": Query.BLOOD_PRESSURE,
    "pain-score": Query.PAIN_SCORES,
    "scores": Query.SCORES,
}
"""Which query answers for a check of the monitoring plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One kind of data that a rule looks at."""

    title: str
    queries: tuple[str, ...]  # "blood pressure (Observation)"
    back: tuple[str, ...]  # "30 days"; none: as long as it stands in the record


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSet:
    """A value set that a rule names, with its codes."""

    name: str
    title: str
    codes: tuple[Code, ...]

    @property
    def unverified(self) -> int:
        """How many codes no public source confirmed."""
        return sum(not code.verified for code in self.codes)


def needs_of(rule: Rule, knowledge: Knowledge) -> tuple[Need, ...]:
    """List what a rule looks at, each kind of data once."""
    found: dict[str, Need] = {}
    clauses = list(clauses_of(rule))
    for _, part in parts_of(rule):
        kind = kind_of(part)
        asked = [clause for clause in clauses if clause.pattern is part]
        need = _need(kind, asked, rule, knowledge)
        known = found.get(kind)
        found[kind] = need if known is None else _both(known, need)
    return tuple(found.values())


def sets_of(rule: Rule, knowledge: Knowledge) -> tuple[NamedSet, ...]:
    """List the value sets that the conditions of a rule name, and those by which its measurements are read."""
    names = list(dict.fromkeys([*_named(rule), *_read_by(rule)]))
    sets = knowledge.value_sets
    return tuple(NamedSet(name=n, title=sets.title_of(n), codes=sets.codes_of(n)) for n in names if n in sets)


def _need(kind: str, clauses: list[Clause], rule: Rule, knowledge: Knowledge) -> Need:
    pairs = [*_by_value(kind, clauses, rule), *_by_item(kind, clauses, rule, knowledge)]
    queries = [*_QUERIES.get(kind, ()), *(query for query, _ in pairs)]
    windows = [*_WINDOWS.get(kind, ()), *(window for _, window in pairs)]
    said = [f"{TITLE_OF[query]} ({RESOURCE_OF.get(query, 'Observation')})" for query in queries]
    if kind == "treatment":
        return Need(title=opened(KINDS[kind].short), queries=(ORDER,), back=("this order only",))
    return Need(
        title=opened(KINDS[kind].short),
        queries=tuple(dict.fromkeys(said)),
        back=tuple(dict.fromkeys(_window(window, knowledge) for window in windows)),
    )


def _window(name: str, knowledge: Knowledge) -> str:
    entry = knowledge.parameters.values.get(name)
    return say(entry.value) if entry is not None else name.replace("_", " ")


def _by_value(kind: str, clauses: list[Clause], rule: Rule) -> Iterator[tuple[Query, str]]:
    """Give query and window for each measurement or scale that is named."""
    for clause in clauses:
        if clause.property in ("concept", "scale"):
            value = resolve(clause.operand, rule)
            for name in value if isinstance(value, tuple) else (value,):
                if (kind, str(name)) in _BY_VALUE:
                    yield _BY_VALUE[kind, str(name)]


def _by_item(kind: str, clauses: list[Clause], rule: Rule, knowledge: Knowledge) -> Iterator[tuple[Query, str]]:
    """Give query and window for each check of the monitoring plan that is named."""
    for clause in clauses:
        if kind != "check" or clause.property != "item":
            continue
        value = resolve(clause.operand, rule)
        for name in value if isinstance(value, tuple) else (value,):
            item = knowledge.plan.get(str(name))
            if item is not None and item.domain in _BY_DOMAIN:
                yield _BY_DOMAIN[item.domain], item.window


def _both(one: Need, other: Need) -> Need:
    return Need(
        title=one.title,
        queries=tuple(dict.fromkeys((*one.queries, *other.queries))),
        back=tuple(dict.fromkeys((*one.back, *other.back))),
    )


def _named(rule: Rule) -> Iterator[str]:
    """Give the concepts of the conditions."""
    for clause in clauses_of(rule):
        if KINDS[clause.kind].properties[clause.property].names in (Names.SETS, Names.CLASSES):
            value = resolve(clause.operand, rule)
            yield from (str(one) for one in (value if isinstance(value, tuple) else (value,)))


def _read_by(rule: Rule) -> Iterator[str]:
    """Give the sets of the codes by which measured values are known."""
    for clause in clauses_of(rule):
        value = resolve(clause.operand, rule)
        for one in value if isinstance(value, tuple) else (value,):
            if clause.property == "concept" and clause.kind == "measurement":
                yield f"measure-{one}"
            if clause.property == "scale":
                yield "pain-intensity-scale" if one == "pain" else f"score-{one}"
    if any(kind_of(part).startswith("blood-pressure") for _, part in parts_of(rule)):
        yield from OBSERVATION_SETS[Query.BLOOD_PRESSURE]
