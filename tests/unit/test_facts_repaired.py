"""What a fact reads of a medicine and was repaired away is not known: never a smaller dose, never taken for granted."""

from typing import Any

import pytest
from builders import (
    RXNORM,
    SNOMED,
    allergy,
    bundle,
    coding,
    concept,
    condition,
    medication,
    medication_administration,
    medication_request,
    medication_statement,
    patient,
    procedure,
    searchset,
)
from terminology import CLOCK, knowledge

from kcds.facts.extract import extract_facts
from kcds.fhir.read import read_bundle, read_prefetch
from kcds.model.facts import (
    Allergy,
    DataState,
    Exposure,
    Fact,
    InfusionDay,
    Medication,
    OpioidDose,
    PriorTreatment,
    Treatment,
    Trial,
)

OXYCODONE, KETAMINE, GABAPENTIN, DIAZEPAM = "1049621", "6130", "310433", "3322"
INTRAVENOUS = concept(SNOMED, "47625008")
MILLIGRAMS = {"value": 10, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}
DAILY = {"frequency": 4, "period": 1, "periodUnit": "d"}
Json = dict[str, Any]


def instruction(repeat: Json | None = None, dose: object = None, **elements: object) -> Json:
    return {
        "timing": {"repeat": DAILY if repeat is None else repeat},
        "doseAndRate": [{"doseQuantity": MILLIGRAMS if dose is None else dose}],
        **elements,
    }


def facts_of(*resources: Json) -> tuple[Fact, ...]:
    record = read_bundle(bundle(patient(), *resources), wanted=knowledge().wants)
    return extract_facts(record, knowledge(), today=CLOCK.today, now=CLOCK.now)


def facts_of_order(order: Json, **prefetch: object) -> tuple[Fact, ...]:
    record = read_prefetch(
        {"patient": patient(), **prefetch}, patient_id="pat-1", draft_orders=bundle(order), wanted=knowledge().wants
    )
    return extract_facts(record, knowledge(), today=CLOCK.today, now=CLOCK.now)


def draft(code: str = KETAMINE, **elements: Any) -> Json:
    return medication_request(code, status="draft", **elements)


def state(facts: tuple[Fact, ...], domain: str) -> tuple[str | None, str | None]:
    (one,) = (fact for fact in facts if isinstance(fact, DataState) and fact.domain == domain)
    return one.state, one.basis


def one(facts: tuple[Fact, ...], kind: type[Fact]) -> Any:
    return next(fact for fact in facts if isinstance(fact, kind))


SPOILT = {
    "frequency of no whole number": instruction(DAILY | {"frequency": 7.5}),
    "frequency as a word": instruction(DAILY | {"frequency": "x"}),
    "highest frequency as a word": instruction(DAILY | {"frequencyMax": "8"}),
    "dose as a text": instruction(dose=MILLIGRAMS | {"value": "10"}),
    "dose of no object": instruction(dose="10 mg"),
    "as needed as a text": instruction(asNeededBoolean="true"),
    "limit of no object": instruction(maxDosePerPeriod="40 mg"),
}


@pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT)
def test_of_an_opioid_whose_instruction_was_repaired_no_dose_is_known(spoilt: Json) -> None:
    whole = facts_of(medication_request(OXYCODONE, dosageInstruction=[instruction()]))
    facts = facts_of(medication_request(OXYCODONE, dosageInstruction=[spoilt]))

    assert (one(whole, OpioidDose).mme, one(whole, OpioidDose).complete) == (60, True)
    assert (one(facts, OpioidDose).mme, one(facts, OpioidDose).complete) == (None, False)
    assert {fact.daily_dose_mg for fact in facts if isinstance(fact, Medication)} == {None}
    assert {fact.as_needed for fact in facts if isinstance(fact, Medication)} == {None}


def test_an_instruction_that_was_lost_beside_another_one_leaves_no_dose() -> None:
    for resource in (
        medication_request(OXYCODONE, dosageInstruction=[instruction(), "10 mg at night"]),
        medication_statement(OXYCODONE, dosage=[instruction(), 10]),
        medication_request(OXYCODONE, dosageInstruction="four a day"),
    ):
        assert one(facts_of(resource), OpioidDose).mme is None


def test_an_opioid_whose_reason_was_lost_may_treat_opioid_use_disorder() -> None:
    facts = facts_of(medication_request(OXYCODONE, dosageInstruction=[instruction()], reasonCode=["pain"]))

    assert (one(facts, OpioidDose).mme, one(facts, OpioidDose).complete) == (60, False)


@pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT)
def test_an_order_whose_instruction_was_repaired_states_no_dose(spoilt: Json) -> None:
    facts = facts_of_order(draft(dosageInstruction=[spoilt | {"route": INTRAVENOUS}]))
    treatment = one(facts, Treatment)

    assert (treatment.bolus_mg, treatment.rate_mg_h, treatment.total_mg, treatment.infusions) == (None,) * 4
    assert state(facts, "dose") == ("uncertain", "unusable-value")
    assert state(facts, "route") == ("known", None)


def test_how_often_an_order_is_to_be_given_is_not_known_once_it_was_repaired() -> None:
    counted = instruction(DAILY | {"count": 3, "countMax": "6"}, route=INTRAVENOUS)

    assert one(facts_of_order(draft(dosageInstruction=[counted])), Treatment).infusions is None


def test_an_order_all_of_whose_instructions_were_lost_is_not_taken_for_one_without() -> None:
    lost, without = facts_of_order(draft(dosageInstruction="35 mg")), facts_of_order(draft())

    assert (state(lost, "dose"), state(lost, "route")) == (("uncertain", "unusable-value"),) * 2
    assert (state(without, "dose"), state(without, "route")) == (("missing", None),) * 2


def test_a_route_that_was_lost_beside_another_one_is_not_clear() -> None:
    first, second = instruction(route=INTRAVENOUS), instruction(route="by mouth")

    assert state(facts_of_order(draft(dosageInstruction=[first, second])), "route") == ("uncertain", "unusable-value")


def test_a_strength_that_was_lost_gives_no_dose_in_millilitres() -> None:
    inside = medication(
        KETAMINE,
        id="mix",
        code=None,
        ingredient=[
            {
                "itemCodeableConcept": concept(RXNORM, KETAMINE),
                "strength": {"numerator": MILLIGRAMS | {"value": "10"}, "denominator": MILLIGRAMS | {"code": "mL"}},
            }
        ],
    )
    by_volume = instruction(dose=MILLIGRAMS | {"value": 5, "unit": "mL", "code": "mL"}, route=INTRAVENOUS)
    order = medication_request(
        None,
        status="draft",
        contained=[inside],
        medicationReference={"reference": "#mix"},
        dosageInstruction=[by_volume],
    )

    facts = facts_of_order(order)

    assert one(facts, Treatment).bolus_mg is None
    assert state(facts, "dose") == ("uncertain", "unusable-value")


def test_where_an_order_is_to_be_given_is_not_known_once_part_of_it_was_lost() -> None:
    system = "http://terminology.hl7.org/CodeSystem/medicationrequest-category"
    on_site = concept(system, "inpatient")

    assert one(facts_of_order(draft(category=[on_site])), Treatment).take_home is False
    assert one(facts_of_order(draft(category=[on_site, "home"])), Treatment).take_home is None


def test_what_an_order_is_for_is_not_known_once_its_reason_was_lost() -> None:
    assert one(facts_of_order(draft()), Treatment).for_pain is True
    assert one(facts_of_order(draft(reasonCode=["depression"])), Treatment).for_pain is None


@pytest.mark.parametrize("word", ["true", 1, ["x"]])
def test_an_order_whose_prohibition_was_lost_is_neither_taken_nor_not_taken(word: object) -> None:
    facts = facts_of(medication_request(DIAZEPAM, doNotPerform=word))

    assert {fact.state for fact in facts if isinstance(fact, Medication)} == {"unknown"}
    assert state(facts, "medications") == ("uncertain", "status-unknown")


def test_an_order_signed_together_whose_prohibition_was_lost_is_not_taken_for_certain() -> None:
    facts = facts_of_order(draft(DIAZEPAM, doNotPerform="true"), medicationRequests=searchset())

    assert {fact.state for fact in facts if isinstance(fact, Medication)} == {"unknown"}


def test_ketamine_whose_prohibition_was_lost_is_no_treatment_but_leaves_it_open() -> None:
    for status in ("active", "on-hold"):
        facts = facts_of(medication_request(KETAMINE, status=status, doNotPerform="true"))
        exposure = one(facts, Exposure)

        assert (exposure.on_treatment, exposure.planned) == (False, False)
        assert state(facts, "exposure") == ("uncertain", "status-unknown")


def test_status_and_intent_that_were_lost_make_an_order_unreadable() -> None:
    for lost in ({"status": 5}, {"intent": ["order"]}):
        facts = facts_of(medication_request(DIAZEPAM, **lost))

        assert not [fact for fact in facts if isinstance(fact, Medication)]
        assert state(facts, "medications") == ("unreadable", None)


def test_a_medicine_of_which_a_code_was_lost_is_not_wholly_known() -> None:
    known = coding(RXNORM, DIAZEPAM)
    whole = facts_of(medication_request(None, medicationCodeableConcept={"coding": [known]}))
    facts = facts_of(medication_request(None, medicationCodeableConcept={"coding": [known, {"code": 7}]}))

    assert state(whole, "medication-identity") == ("known", None)
    assert state(facts, "medication-identity")[0] == "uncertain"


INEFFECTIVE, SIDE_EFFECT = (concept(SNOMED, code) for code in ("395007004", "395009001"))
PERIOD = {"start": "2026-01-01", "end": "2026-03-01"}
EFFECTIVE_DOSE = instruction(dose=MILLIGRAMS | {"value": 600})


def stopped(**elements: Any) -> Json:
    whole: Json = {
        "effectivePeriod": PERIOD,
        "dosage": [EFFECTIVE_DOSE],
        "statusReason": [INEFFECTIVE],
    }
    return medication_statement(GABAPENTIN, status="stopped", **(whole | elements))


def verdict(resource: Json) -> str | None:
    return str(one(facts_of(resource, condition()), Trial).verdict)


def test_a_trial_of_which_nothing_was_lost_failed() -> None:
    assert verdict(stopped()) == "failed"


@pytest.mark.parametrize(
    "spoilt",
    [
        {"effectivePeriod": PERIOD | {"start": "x"}},
        {"effectivePeriod": PERIOD | {"end": "x"}},
        {"effectivePeriod": "x"},
        {"dosage": [instruction(DAILY | {"frequency": "4"}, dose=MILLIGRAMS | {"value": 600})]},
        {"statusReason": [INEFFECTIVE, "hives"]},
        {"statusReason": "no effect"},
    ],
    ids=["start", "end", "period", "frequency", "one reason", "all reasons"],
)
def test_a_trial_of_which_something_was_lost_possibly_failed(spoilt: Json) -> None:
    facts = facts_of(stopped(**spoilt), condition())

    assert one(facts, Trial).verdict == "possible"
    assert one(facts, PriorTreatment).failed_classes == 0


def test_a_short_trial_may_have_had_another_end_that_was_lost() -> None:
    short = {"start": "2026-01-01", "end": "2026-01-05"}

    assert verdict(stopped(effectivePeriod=short)) == "inadequate"
    assert verdict(stopped(effectivePeriod=short, statusReason=[INEFFECTIVE, "hives"])) == "possible"


def test_a_period_that_was_lost_is_not_replaced_by_another_one() -> None:
    bounded = instruction(DAILY | {"boundsPeriod": {"start": "x", "end": "2026-03-01"}})
    for resource in (
        medication_request(DIAZEPAM, authoredOn="2026-01-01", dosageInstruction=[bounded]),
        medication_request(
            DIAZEPAM, authoredOn="2026-01-01", dispenseRequest={"validityPeriod": {"start": "x", "end": "2026-03-01"}}
        ),
        medication_request(DIAZEPAM, authoredOn="x"),
        medication_statement(DIAZEPAM, effectiveDateTime="x", dosage=[instruction(DAILY | {"boundsPeriod": PERIOD})]),
    ):
        assert {fact.started for fact in facts_of(resource) if isinstance(fact, Medication)} == {None}


def test_a_moment_that_was_mended_is_as_good_as_one_that_needed_it_not() -> None:
    facts = facts_of(medication_request(DIAZEPAM, authoredOn=" 2026-01-01 "))

    assert {str(fact.started) for fact in facts if isinstance(fact, Medication)} == {"2026-01-01"}


@pytest.mark.parametrize("lost", ["start", "end"])
def test_an_infusion_one_end_of_which_was_lost_leaves_its_days_open(lost: str) -> None:
    ends = {"start": "2026-11-10", "end": "2026-11-14"} | {lost: "x"}
    for resource in (
        medication_administration(KETAMINE, effectiveDateTime=None, effectivePeriod=ends),
        procedure("14152002", performedDateTime=None, performedPeriod=ends, usedCode=[concept(RXNORM, KETAMINE)]),
    ):
        facts = facts_of(resource)

        assert state(facts, "exposure") == ("uncertain", "unclear-infusion")
        assert one(facts, Exposure).infusions == 1
        assert not [fact for fact in facts if isinstance(fact, InfusionDay)]


@pytest.mark.parametrize(
    "spoilt",
    [
        {"code": "ketamine"},
        {"code": {"coding": [coding(RXNORM, "161"), {"system": RXNORM, "code": 6130}]}},
        {"reaction": [{"substance": "ketamine", "manifestation": [{"text": "hives"}]}]},
        {"reaction": "hives after ketamine"},
    ],
    ids=["code", "one of two codes", "substance of a reaction", "reaction"],
)
def test_an_allergy_of_which_something_was_lost_may_be_of_ketamine(spoilt: Json) -> None:
    whole = facts_of(allergy("161"))
    facts = facts_of(allergy("161", **spoilt))

    assert state(whole, "allergies") == ("known", None)
    assert state(facts, "allergies") == ("uncertain", "unspecified-entry")


def test_an_allergy_whose_verification_was_lost_is_not_confirmed() -> None:
    facts = facts_of(allergy(KETAMINE, verificationStatus="refuted"))

    assert {fact.confirmed for fact in facts if isinstance(fact, Allergy)} == {False}
    assert state(facts, "allergies") == ("uncertain", "unconfirmed-entry")
    none_known = allergy("716186003", SNOMED, verificationStatus="refuted")
    assert state(facts_of(none_known), "allergies") == ("uncertain", "unspecified-entry")


def test_an_allergy_of_the_past_may_have_lost_what_it_likes() -> None:
    resolved = concept("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "resolved")

    assert state(facts_of(allergy("161", clinicalStatus=resolved, code="x")), "allergies") == ("known", None)


@pytest.mark.parametrize("spoilt", [{"code": "infusion"}, {"performedDateTime": "x"}])
def test_a_procedure_of_which_code_or_time_was_lost_leaves_the_procedures_open(spoilt: Json) -> None:
    assert state(facts_of(procedure("14152002", **spoilt)), "procedures") == ("uncertain", "unspecified-entry")


def test_a_procedure_of_which_something_was_lost_is_possibly_a_treatment_that_failed() -> None:
    therapy = procedure("91251008")
    for spoilt, expected in (({}, "failed"), ({"performedDateTime": "x"}, "possible")):
        assert one(facts_of(therapy | spoilt), Trial).verdict == expected
