"""Facts in words: what this patient's record says, with units and days, without codes or names of ours.

One function for each kind of fact. Text of the record is made harmless before it is said.
"""

from collections.abc import Callable, Mapping
from typing import Any

from kcds.cards.plain_text import opened, without_markup
from kcds.cards.wording import STATE_WORDS, UNCLEAR_WORDS
from kcds.knowledge.load import Knowledge
from kcds.knowledge.spoken import spoken
from kcds.knowledge.templates import say
from kcds.model.facts import (
    Allergy,
    BloodPressure,
    BloodPressureDay,
    Check,
    ChildPugh,
    Condition,
    DataState,
    Exposure,
    Fact,
    FindingFact,
    InfusionDay,
    Measurement,
    Medication,
    OpioidDose,
    PainProblem,
    Patient,
    Pregnancy,
    PriorTreatment,
    Procedure,
    Response,
    Score,
    StudyDone,
    SubstanceUse,
    Treatment,
    Trial,
    UnidentifiedMedication,
    UnidentifiedProblem,
)
from kcds.pages.review.treatment_words import (
    say_exposure,
    say_infusion_day,
    say_medication,
    say_opioid_dose,
    say_prior_treatment,
    say_procedure,
    say_response,
    say_treatment,
    say_trial,
)
from kcds.pages.review.words import FactInWords, day_or_none, name_of_concept, phrase, plainly, readable, with_unit


def fact_in_words(fact: Fact, knowledge: Knowledge) -> FactInWords:
    """Say one fact as a clinician would write it down."""
    return _SAY[type(fact)](without_markup(fact), knowledge)


def _patient(fact: Patient, _: Knowledge) -> FactInWords:
    age = f"age {say(fact.age)}" if fact.age is not None else "age not known"
    birth = "date of birth lies in the future" if fact.future_birth else None
    return FactInWords(phrase(age, fact.sex, "deceased" if fact.deceased else None, birth))


def _problem_state(state: str | None, *, remission: bool | None, confirmed: bool | None) -> str | None:
    words = (
        "in remission" if remission else {"past": "in the past", "unknown": "status not known"}.get(state or "", state)
    )
    return phrase(words, "not confirmed" if confirmed is False else None)


def _condition(fact: Condition, _: Knowledge) -> FactInWords:
    state = _problem_state(fact.state, remission=fact.remission, confirmed=fact.confirmed)
    when = _since(fact) if fact.state == "active" else phrase(_dated("onset", fact), _dated("ended", fact, "abated"))
    return FactInWords(phrase(fact.label or name_of_concept(fact.concept), state), when or None)


def _pain_problem(fact: PainProblem, _: Knowledge) -> FactInWords:
    lasting = {"yes": "chronic", "no": "not chronic", "unknown": "how long is not known"}.get(fact.chronic or "")
    unsure = "not confirmed" if fact.confirmed is False else None
    return FactInWords(phrase(fact.label or "pain problem", lasting, unsure), _since(fact))


def _substance_use(fact: SubstanceUse, _: Knowledge) -> FactInWords:
    unsure = "not confirmed" if fact.confirmed is False else None
    named = fact.label or f"substance use: {plainly(fact.substance) or 'not stated'}"
    state = plainly(fact.state) or ""
    told = None if state.casefold() in named.casefold() else state
    if fact.since is not None:
        when: str | None = f"since {day_or_none(fact.since)}"
    else:
        when = _since(fact) if fact.state == "active" else _dated("onset", fact)
    return FactInWords(phrase(named, told, unsure), when)


def _since(fact: Condition | PainProblem | SubstanceUse) -> str | None:
    return _dated("since", fact)


def _dated(word: str, fact: Condition | PainProblem | SubstanceUse, name: str = "onset") -> str | None:
    """Say a day of a problem; of what is over, that of its onset is no day since which it lasts."""
    day = spoken(fact, name)
    return f"{word} {readable(str(day))}" if day is not None else None


_WHY_UNIDENTIFIED = {
    "text-only": "written as text only",
    "unknown-system": "in a code system not known here",
    "no-code": "without a code",
    "unknown-code": "with a code not known here",
    "contradiction": "code and name disagree",
    "unresolved-reference": "names a medicine that was not sent",
    "no-medication": "no medicine named",
}


def _unidentified(fact: UnidentifiedProblem | UnidentifiedMedication, _: Knowledge) -> FactInWords:
    kind = "a problem" if isinstance(fact, UnidentifiedProblem) else "a medicine"
    return FactInWords(phrase(fact.text or kind, _WHY_UNIDENTIFIED.get(fact.reason or "", "not identified")))


def _allergy(fact: Allergy, _: Knowledge) -> FactInWords:
    state = {"past": "in the past", "unknown": "status not known"}.get(fact.state or "")
    kind = fact.type if fact.type in ("allergy", "intolerance") else None
    unsure = "not confirmed" if fact.confirmed is False else None
    harm = f"harm to {_HARMS.get(fact.harm, fact.harm)}" if fact.harm else None
    return FactInWords(phrase(fact.label or name_of_concept(fact.concept), kind, harm, state, unsure))


_HARMS = {"psychosis": "the mind (psychosis)", "liver": "the liver", "bladder": "the bladder"}


def _blood_pressure(fact: BloodPressure | BloodPressureDay, _: Knowledge) -> FactInWords:
    early = "preliminary" if isinstance(fact, BloodPressure) and fact.preliminary else None
    values = "/".join("?" if value is None else say(value) for value in (fact.systolic, fact.diastolic))
    return FactInWords(phrase(f"{values} mmHg", early), day_or_none(fact.date))


_MEASURED = {
    "alt": "ALT",
    "ast": "AST",
    "alp": "ALP",
    "ggt": "GGT",
    "inr": "INR",
    "egfr": "eGFR",
    "tsh": "TSH",
    "free-t4": "free T4",
    "spo2": "SpO2",
    "heart-rate": "heart rate",
}
_SCALES = {"pain": "pain", "phq-9": "PHQ-9", "phq-9-item-9": "PHQ-9 item 9", "audit-c": "AUDIT-C", "dast-10": "DAST-10"}


def _measurement(fact: Measurement, _: Knowledge) -> FactInWords:
    name = _MEASURED.get(fact.concept or "", fact.concept or "value")
    limit = f"{say(fact.times_upper)} times the upper limit" if fact.times_upper is not None else None
    low = "below the range" if fact.below_range else None
    early = "preliminary" if fact.preliminary else None
    return FactInWords(phrase(f"{name} {with_unit(fact.value, fact.unit)}", limit, low, early), day_or_none(fact.date))


def _score(fact: Score, knowledge: Knowledge) -> FactInWords:
    scale = fact.scale or ""
    highest = knowledge.parameters.values.get(f"{scale.replace('-', '_')}{'_score' if scale == 'pain' else ''}_highest")
    of = f" of {say(highest.value)}" if highest is not None else ""
    old = None if fact.current is not False else "too old"
    early = "preliminary" if fact.preliminary else None
    return FactInWords(phrase(f"{_SCALES.get(scale, scale)} {say(fact.value)}{of}", old, early), day_or_none(fact.date))


def _child_pugh(fact: ChildPugh, _: Knowledge) -> FactInWords:
    if fact.points_low is None or fact.points_high is None:
        return FactInWords("Child-Pugh cannot be computed")
    low, high = say(fact.points_low), say(fact.points_high)
    points = f"{low} points" if low == high else f"{low} to {high} points, as far as known"
    return FactInWords(phrase(f"Child-Pugh {fact.grade or 'class open'}", points))


def _study(fact: StudyDone, knowledge: Knowledge) -> FactInWords:
    proves = (item for item in knowledge.plan.values() if fact.concept in item.proof.where.get("concept", ()))
    title = next((item.title.split(" (", maxsplit=1)[0] for item in proves), None)
    return FactInWords(f"{title or opened(name_of_concept(fact.concept))} done", day_or_none(fact.date))


def _check(fact: Check, knowledge: Knowledge) -> FactInWords:
    item = knowledge.plan.get(fact.item or "")
    title = item.title.split(" (", maxsplit=1)[0] if item else opened(plainly(fact.item) or "check")
    if fact.state == "never":
        return FactInWords(f"{title}: none on record")
    state = "done" if fact.state == "current" else "done, too long ago"
    return FactInWords(
        phrase(f"{title}: {fact.value or state}", state if fact.value and fact.state == "outdated" else None),
        day_or_none(fact.date),
    )


def _pregnancy(fact: Pregnancy, _: Knowledge) -> FactInWords:
    if fact.possible is False and fact.status in (None, "not-applicable", "excluded", "unknown"):
        return FactInWords("pregnancy not possible, as recorded")
    status = {
        "pregnant": "pregnant",
        "not-pregnant": "not pregnant, by test",
        "excluded": "pregnancy excluded",
        "not-applicable": "pregnancy not possible, as recorded",
    }.get(fact.status or "", "pregnancy status not known")
    by_test = "by test" if fact.status == "pregnant" and fact.basis == "test" else None
    basis = {"problem-list": "by the problem list", "status-observation": "by recorded status"}.get(
        fact.basis or "", by_test
    )
    split = "entries contradict each other" if fact.conflict else None
    return FactInWords(phrase(status, basis, split), day_or_none(fact.test_date))


_BASES = {
    "coded-problem": "by the problem list",
    "problem-list": "by the problem list",
    "screen": "by an answer on record",
    "score": "by a screening score",
    "test": "by a test",
    "status-observation": "by recorded status",
}


def _data(fact: DataState, knowledge: Knowledge) -> FactInWords:
    domain = knowledge.domains.get(fact.domain or "")
    title = opened(domain.title if domain else plainly(fact.domain) or "data")
    return FactInWords(f"{title}: {state_in_words(fact)}", day_or_none(fact.date))


def state_in_words(fact: DataState) -> str:
    """Say how well a data domain is known, in the words of the cards."""
    if fact.state == "known":
        return phrase("on record", _BASES.get(fact.basis or ""))
    if fact.state == "none-recorded":
        return "nothing recent enough" if fact.date is not None else "looked for, no entry found"
    unclear = UNCLEAR_WORDS.get(fact.basis or "") if fact.state == "uncertain" else None
    return unclear or STATE_WORDS.get(fact.state or "missing", STATE_WORDS["missing"])


def _finding(fact: FindingFact, knowledge: Knowledge) -> FactInWords:
    rule = knowledge.rules_by_id.get(fact.rule or "")
    says = "applies" if fact.answer == "applies" else "cannot tell"
    return FactInWords(f"{rule.title if rule else 'another rule'}: {says}")


Say = Callable[[Any, Knowledge], FactInWords]
_SAY: Mapping[type[Fact], Say] = {
    Allergy: _allergy,
    BloodPressure: _blood_pressure,
    BloodPressureDay: _blood_pressure,
    Check: _check,
    ChildPugh: _child_pugh,
    Condition: _condition,
    DataState: _data,
    Exposure: say_exposure,
    FindingFact: _finding,
    InfusionDay: say_infusion_day,
    Measurement: _measurement,
    Medication: say_medication,
    OpioidDose: say_opioid_dose,
    PainProblem: _pain_problem,
    Patient: _patient,
    Pregnancy: _pregnancy,
    PriorTreatment: say_prior_treatment,
    Procedure: say_procedure,
    Response: say_response,
    Score: _score,
    StudyDone: _study,
    SubstanceUse: _substance_use,
    Treatment: say_treatment,
    Trial: say_trial,
    UnidentifiedMedication: _unidentified,
    UnidentifiedProblem: _unidentified,
}
