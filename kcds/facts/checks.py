"""The items of the monitoring plan: when each was done last, what it showed, and whether that still holds (M02-M17).

What proves an item is said by `rules/plan.yaml`; a preliminary result proves nothing. Where what was asked for did not
come in full, "never" and "outdated" cannot be told, and nothing is said of the item.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from kcds.facts.blood_pressure import DIASTOLIC, SYSTOLIC
from kcds.facts.data_states import all_answered, state_of_queries
from kcds.facts.measurements import PANELS
from kcds.facts.observation_facts import PAIN, Observed, scales_of
from kcds.facts.observations import Clock
from kcds.facts.studies import PROCEDURES_DONE, STUDIES
from kcds.fhir.record import Record
from kcds.knowledge.load import Knowledge
from kcds.knowledge.parameters import Parameters
from kcds.knowledge.plan import PlanItem, Proof
from kcds.knowledge.templates import say
from kcds.model.facts import BloodPressure, BloodPressureDay, Check, InfusionDay, Measurement, Score, StudyDone
from kcds.model.immutable import immutable
from kcds.model.queries import Query

PREGNANCY_TEST = "obs-pregnancy"
"""The study that counts as done only where its result is clear."""


@immutable
class Done:
    """Everything that was done and is final, of any age, and what the record leaves open."""

    final: Mapping[str, Sequence[Observed]]  # by kind of fact
    pregnancy_tests: Mapping[date, str]  # days with a clear result, and the result
    unanswered: frozenset[str]  # concepts and scales of which there may be more than we were given or could read


def check_facts(
    record: Record, done: Iterable[Observed], pregnancy_tests: Mapping[date, str], knowledge: Knowledge, clock: Clock
) -> tuple[Check, ...]:
    """Return one fact for each item of the plan of which it can be told; `done` is everything done, of any age."""
    final: dict[str, list[Observed]] = defaultdict(list)
    for one in done:
        if _is_final(one, pregnancy_tests):
            final[one.kind].append(one)
    everything = Done(final, pregnancy_tests, _unanswered(record, knowledge))
    checks = (_check(item, everything, knowledge.parameters, clock) for item in knowledge.plan.values())
    return tuple(check for check in checks if check is not None)


def by_course(checks: Iterable[Check], course: Iterable[InfusionDay]) -> tuple[Check, ...]:
    """Say of each check how many infusion days of the latest course went before it, or fell on its day."""
    days = [one.date for one in course if one.date is not None]
    return tuple(
        replace(check, infusions_before=float(sum(day <= check.date for day in days)))
        if days and check.date is not None
        else check
        for check in checks
    )


def _check(item: PlanItem, done: Done, parameters: Parameters, clock: Clock) -> Check | None:
    """Return when an item was done last; None where that cannot be told."""
    proving, names = _proving(item.proof, done), _names_of(item)
    day = max([one.date for one in proving if one.date is not None], default=None)
    if day is not None and clock.within(day, parameters.duration(item.window)):
        state = "current"
    elif done.unanswered and (not names or done.unanswered & names):
        return None
    else:
        state = "never" if day is None else "outdated"
    if not proving:
        return Check(item=item.id, state=state)
    latest = _latest([one for one in proving if one.date == day])
    said = [_said(one, done, parameters, labelled=len(names) > 1) for one in latest]
    return Check(
        item=item.id,
        state=state,
        date=day,
        value=", ".join([words for words in said if words is not None]) or None,
        sources=tuple(sorted({source for one in latest for source in one.sources})),
    )


def _proving(proof: Proof, done: Done) -> Sequence[Observed]:
    """Return what was done and is what an item asks for."""
    proving = done.final.get(proof.fact, ())
    for name, wanted in proof.where.items():
        proving = [one for one in proving if getattr(one, name) in wanted]
    return proving


def _is_final(one: Observed, pregnancy_tests: Mapping[date, str]) -> bool:
    """Tell whether something was done for certain, and showed something where that is asked for."""
    match one:
        case BloodPressureDay():
            return False
        case StudyDone():
            return one.concept != PREGNANCY_TEST or one.date in pregnancy_tests
        case _:
            return not one.preliminary


def _names_of(item: PlanItem) -> frozenset[str]:
    """Return the concepts and scales that prove an item; none where any will do."""
    if item.proof.fact == BloodPressure.kind:
        return frozenset({BloodPressure.kind})
    return frozenset(name for names in item.proof.where.values() for name in names)


def _latest(of_one_day: Sequence[Observed]) -> Sequence[Observed]:
    """Return of each concept or scale the last of the day."""
    if len(of_one_day) == 1:
        return of_one_day
    ordered = sorted(of_one_day, key=lambda one: getattr(one, "rank", None) or 0, reverse=True)
    by_name = {str(getattr(one, "concept", None) or getattr(one, "scale", None)): one for one in ordered}
    return [by_name[name] for name in sorted(by_name)]


def _said(one: Observed, done: Done, parameters: Parameters, *, labelled: bool) -> str | None:
    """Say what was found, in our own words; of a study that it was done is all that is known."""
    match one:
        case Measurement():
            label = f"{one.concept} ".upper() if labelled else ""
            return f"{label}{say(one.value)} {one.unit}"
        case BloodPressure():
            return f"{say(one.systolic)}/{say(one.diastolic)} mmHg"
        case Score():
            highest = {scale.name: scale.highest for scale in scales_of(parameters)}
            return f"{say(one.value)} of {say(highest[one.scale or ''])}"
        case StudyDone() if one.concept == PREGNANCY_TEST and one.date is not None:
            return done.pregnancy_tests[one.date]
        case _:
            return None


def _unanswered(record: Record, knowledge: Knowledge) -> frozenset[str]:
    """Return the concepts and scales whose query was not answered in full, or an answer of which cannot be read."""
    if all_answered(record):
        return frozenset()
    return frozenset(
        name
        for name, (query, value_sets) in _askers(knowledge.parameters).items()
        if state_of_queries(record, [query], value_sets, knowledge.value_sets) is not None
    )


def _askers(parameters: Parameters) -> dict[str, tuple[Query, frozenset[str]]]:
    """Return by which query each concept or scale reaches us, and its value sets."""
    asked = {BloodPressure.kind: (Query.BLOOD_PRESSURE, frozenset({SYSTOLIC, DIASTOLIC}))}
    asked |= {kind.concept: (panel.query, frozenset({kind.value_set})) for panel in PANELS for kind in panel.kinds}
    asked |= {
        scale.name: (Query.PAIN_SCORES if scale.name == PAIN else Query.SCORES, frozenset({scale.value_set}))
        for scale in scales_of(parameters)
    }
    asked |= {study.concept: (study.query, study.proofs) for study in STUDIES}
    return asked | {name: (Query.PROCEDURES, frozenset({name})) for name in PROCEDURES_DONE}
