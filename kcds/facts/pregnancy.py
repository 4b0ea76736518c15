"""Whether the patient is, may be or cannot be pregnant (C11, A22, Q04, Q09; CONVENTIONS 5).

Positive wins over negative and over "excluded". Only a valid negative test makes "not pregnant"; statements do not. A
positive test of an earlier month and a valid negative one speak of different times: that is asked, not decided (Q04).
"""

from collections.abc import Iterable, Sequence
from datetime import date

from kcds.facts.data_states import state_of_queries
from kcds.facts.pregnancy_evidence import PERHAPS, PREGNANT, STATUS, TEST, Evidence
from kcds.fhir.record import Record
from kcds.knowledge.value_sets import ValueSets
from kcds.model.facts import DataState, Pregnancy
from kcds.model.queries import Query

DOMAIN = "pregnancy-status"
NEVER_PREGNANT_SEXES = frozenset({"male"})
AGAINST = ("negative", "denied", "excluded")
UNCLEAR = {"test": "unclear-test", "problem-list": "unconfirmed-entry", "status-observation": "unspecified-entry"}
"""What is unclear where the status is, by the basis of the doubt."""
POSITIVE = ("pregnant", "old-positive")


def may_be_pregnant(sex: str | None, ages: tuple[int, int] | None, childbearing: tuple[int, int]) -> bool:
    """Tell whether sex and age allow pregnancy; what is not known does not rule it out (Q09)."""
    lowest, highest = childbearing
    of_age = ages is None or (ages[1] >= lowest and ages[0] <= highest)
    return sex not in NEVER_PREGNANT_SEXES and of_age


def pregnancy_fact(evidence: Iterable[Evidence], *, of_childbearing: bool) -> Pregnancy:
    """Weigh the evidence; `of_childbearing` says whether age and recorded sex allow pregnancy: they may be wrong."""
    said = tuple(sorted(evidence, key=lambda one: one.source))
    status, deciding = _weigh(said, of_childbearing=of_childbearing)
    against = _all(said, *AGAINST)
    tests = [one.day for one in _all(said, *POSITIVE, "negative") if one.basis == "test" and one.day is not None]
    return Pregnancy(
        possible=status == "pregnant" or (of_childbearing and status != "excluded"),
        status=status,
        basis=_basis(deciding),
        conflict=status in ("pregnant", "unknown")
        and bool(_all(said, *POSITIVE, "doubt"))
        and (bool(against) or not of_childbearing),
        test_date=max(tests, default=None),
        sources=tuple(dict.fromkeys(one.source for one in deciding)),
    )


def pregnancy_state(record: Record, fact: Pregnancy, evidence: Iterable[Evidence], value_sets: ValueSets) -> DataState:
    """Return whether the pregnancy status is known."""
    said = tuple(evidence)
    gap = state_of_queries(
        record, [Query.PREGNANCY_TESTS, Query.CONDITIONS], {TEST, STATUS, PREGNANT, PERHAPS}, value_sets
    )
    day = fact.test_date
    if fact.status in ("pregnant", "excluded", "not-applicable"):
        state = "known"
    elif fact.conflict:
        state = "conflicting"
    elif fact.status == "unknown" and fact.sources:
        state = "uncertain"
    elif gap is not None or fact.status == "not-pregnant":
        state = gap or "known"
    else:
        old = [one.day for one in _all(said, "old-negative") if one.day is not None]
        state, day = ("stale", max(old)) if old else ("missing", None)
    basis = UNCLEAR.get(fact.basis or "", fact.basis) if state == "uncertain" else fact.basis
    return DataState(domain=DOMAIN, state=state, basis=basis, date=day, sources=fact.sources)


def _weigh(said: Sequence[Evidence], *, of_childbearing: bool) -> tuple[str, tuple[Evidence, ...]]:
    """Return the status and the evidence that decides it."""
    positive, excluded, negative = _all(said, *POSITIVE), _all(said, "excluded"), _all(said, "negative")
    if positive and negative and not _all(said, "pregnant"):
        return "unknown", (*positive, *negative)
    if positive:
        return "pregnant", positive
    if not of_childbearing:
        return "not-applicable", ()
    open_doubts = tuple(one for one in _all(said, "doubt") if not _is_settled(one, excluded, negative))
    if open_doubts:
        return "unknown", open_doubts
    if excluded:
        return "excluded", excluded
    return ("not-pregnant", negative) if negative else ("unknown", ())


def _is_settled(doubt: Evidence, excluded: Sequence[Evidence], negative: Sequence[Evidence]) -> bool:
    """Tell whether a doubt has ended: pregnancy is impossible, or a later valid test was negative."""
    if doubt.settled_after is None:
        return False
    return bool(excluded) or any((one.day or date.min) > doubt.settled_after for one in negative)


def _basis(deciding: Sequence[Evidence]) -> str:
    """Return the strongest basis of the deciding evidence."""
    bases = {one.basis for one in deciding}
    order = ("test", "problem-list", "status-observation", "procedure")
    return next((basis for basis in order if basis in bases), "none")


def _all(said: Sequence[Evidence], *what: str) -> tuple[Evidence, ...]:
    """Return the evidence that says one of these."""
    return tuple([one for one in said if one.says in what]) if said else ()
