"""What each resource says, in our words."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from builders import (
    LOINC,
    SNOMED,
    TERMINOLOGY,
    allergy,
    blood_pressure,
    bundle,
    coding,
    concept,
    condition,
    medication_administration,
    medication_request,
    medication_statement,
    observation,
    pain_score,
    patient,
    procedure,
    quantity,
)

from kcds.fhir.read import read_bundle
from kcds.fhir.record import (
    Coding,
    Concept,
    Condition,
    Dosage,
    Limit,
    MedicationUse,
    Observation,
    Quantity,
    Record,
)
from kcds.model.dates import PartialDate, Span


def read(*resources: dict[str, Any]) -> Record:
    return read_bundle(bundle(patient(), *resources), wanted=lambda *_: True)


def one_condition(**elements: object) -> Condition:
    (found,) = read(condition(**elements)).conditions
    return found


def one_observation(sent: dict[str, Any]) -> Observation:
    (found,) = read(sent).observations
    return found


def one_use(sent: dict[str, Any]) -> MedicationUse:
    (found,) = read(sent).medications
    return found


def day(text: str) -> PartialDate:
    return PartialDate.day(date.fromisoformat(text))


def test_a_patient_has_birth_date_and_gender() -> None:
    record = read_bundle(bundle(patient(birthDate="1980-03")), wanted=lambda *_: True)

    assert record.patient.birth_date == PartialDate.month(1980, 3)
    assert record.patient.gender == "female"
    assert not record.patient.deceased


@pytest.mark.parametrize(
    "element", [{"deceasedBoolean": True}, {"deceasedDateTime": "2020"}, {"deceasedDateTime": "2020-99"}]
)
def test_death_is_death_whatever_its_date(element: dict[str, object]) -> None:
    assert read_bundle(bundle(patient(**element)), wanted=lambda *_: True).patient.deceased


def test_a_patient_said_not_to_be_deceased_is_alive() -> None:
    assert not read_bundle(bundle(patient(deceasedBoolean=False)), wanted=lambda *_: True).patient.deceased


def test_a_problem_has_its_code_and_statuses() -> None:
    found = one_condition()

    assert found.code == Concept((Coding("http://hl7.org/fhir/sid/icd-10-cm", "G90.50"),))
    assert found.clinical_status == "active"
    assert found.verification_status == "confirmed"
    assert not found.abated


def test_an_onset_on_one_day_starts_and_ends_then() -> None:
    assert one_condition(onsetDateTime="2019-05-07").onset == Span(day("2019-05-07"), day("2019-05-07"))


def test_an_onset_over_a_period_keeps_its_ends() -> None:
    assert one_condition(onsetPeriod={"start": "2019"}).onset == Span(PartialDate.year(2019), None)


def test_an_age_at_onset_is_no_date() -> None:
    assert one_condition(onsetAge=quantity(30, "a")).onset is None


@pytest.mark.parametrize(
    "element", [{"abatementDateTime": "2020-01-01"}, {"abatementString": "last year"}, {"abatementDateTime": "soon"}]
)
def test_a_problem_with_any_abatement_is_abated(element: dict[str, object]) -> None:
    assert one_condition(**element).abated


def test_a_number_is_read_exactly_as_written() -> None:
    found = one_observation(observation("29463-7", valueQuantity=quantity(72.1, "kg")))

    assert found.value.quantity == Quantity(Decimal("72.1"), "kg", "kg", None)


def test_the_unit_stands_in_for_a_code_that_is_not_ucum() -> None:
    weight = {"value": 72, "unit": "kg", "system": "urn:oid:2.999", "code": "K"}

    found = one_observation(observation("29463-7", valueQuantity=weight))

    assert found.value.quantity == Quantity(Decimal(72), "kg", "kg", None)


def test_a_comparator_is_kept() -> None:
    found = one_observation(observation("2106-3", valueQuantity=quantity(5, "IU/L") | {"comparator": "<"}))

    assert found.value.quantity is not None
    assert found.value.quantity.comparator == "<"


def test_components_are_read_like_values() -> None:
    found = one_observation(blood_pressure(122, 76))

    assert [(each.code.codings[0].code, each.quantity and each.quantity.value) for each in found.components] == [
        ("8480-6", Decimal(122)),
        ("8462-4", Decimal(76)),
    ]


def test_an_integer_is_a_number() -> None:
    assert one_observation(pain_score(0)).value.number == Decimal(0)


@pytest.mark.parametrize("kind", ["ordinalValue", "itemWeight"])
def test_a_coded_answer_may_carry_its_score(kind: str) -> None:
    score = {"url": f"http://hl7.org/fhir/StructureDefinition/{kind}", "valueDecimal": 2}
    answer = {"coding": [coding(LOINC, "LA6570-1") | {"extension": [{"url": "http://x", "valueCode": "y"}, score]}]}

    found = one_observation(observation("44260-8", valueCodeableConcept=answer))

    assert found.value.number == Decimal(2)
    assert found.value.answer == Concept((Coding(LOINC, "LA6570-1"),))


def test_false_is_an_answer() -> None:
    assert one_observation(observation("69322001", SNOMED, valueBoolean=False)).value.boolean is False


def test_an_absent_value_is_told_apart_from_a_text() -> None:
    absent = one_observation(observation("29463-7", dataAbsentReason={"text": "refused"}))
    text = one_observation(observation("29463-7", valueString="72 kg"))

    assert absent.value.absent
    assert absent.value.text is None
    assert not text.value.absent
    assert text.value.text == "72 kg"


def test_the_normal_range_is_preferred_to_ranges_of_other_kinds() -> None:
    therapeutic = {"high": quantity(200, "U/L"), "type": concept(f"{TERMINOLOGY}referencerange-meaning", "therapeutic")}
    elderly = {"high": quantity(60, "U/L"), "age": {"low": quantity(70, "a")}}
    normal = {"low": quantity(7, "U/L"), "high": quantity(40, "U/L")}

    found = one_observation(observation("1742-6", referenceRange=[therapeutic, elderly, normal]))

    assert found.value.low is not None
    assert found.value.high is not None
    assert (found.value.low.value, found.value.high.value) == (Decimal(7), Decimal(40))


def test_a_range_for_some_people_serves_where_there_is_no_other() -> None:
    women = {"high": quantity(33, "U/L"), "appliesTo": [{"text": "women"}]}

    found = one_observation(observation("1742-6", referenceRange=[women]))

    assert found.value.high is not None
    assert found.value.high.value == Decimal(33)


def test_interpretations_are_gathered() -> None:
    found = one_observation(
        observation("2106-3", interpretation=[concept("http://x", "POS"), concept("http://x", "H")])
    )

    assert [each.code for each in found.value.interpretation] == ["POS", "H"]


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ({"effectiveDateTime": "2026-11-20"}, "2026-11-20"),
        ({"effectiveInstant": "2026-11-20T23:30:00-05:00"}, "2026-11-20"),
        ({"effectivePeriod": {"start": "2026-11-18", "end": "2026-11-19"}}, "2026-11-19"),
        ({"effectivePeriod": {"start": "2026-11-18"}}, "2026-11-18"),
        ({"effectiveTiming": {"event": ["2026-11-17", "2026-11-19", "2026-11-18"]}}, "2026-11-19"),
    ],
)
def test_an_observation_is_true_at_the_end_of_its_time(element: dict[str, object], expected: str) -> None:
    found = one_observation(observation("29463-7", **{"effectiveDateTime": None} | element))

    assert found.effective is not None
    assert found.effective.exact == date.fromisoformat(expected)


def test_the_exact_time_of_an_observation_is_kept() -> None:
    found = one_observation(observation("29463-7", effectiveDateTime="2026-11-20T09:30:00-05:00"))

    assert found.effective is not None
    assert found.effective.instant == datetime(2026, 11, 20, 14, 30, tzinfo=UTC)


def test_a_request_has_dose_timing_and_validity() -> None:
    found = one_use(
        medication_request(
            authoredOn="2026-01-02",
            doNotPerform=True,
            dispenseRequest={"validityPeriod": {"start": "2026-01-02", "end": "2026-03-02"}},
            dosageInstruction=[
                {
                    "timing": {
                        "repeat": {
                            "frequency": 3,
                            "period": 1.5,
                            "periodUnit": "d",
                            "count": 9,
                            "boundsPeriod": {"start": "2026-01-02"},
                        }
                    },
                    "asNeededCodeableConcept": {"text": "pain"},
                    "route": concept(SNOMED, "26643006"),
                    "doseAndRate": [{"doseQuantity": quantity(600, "mg")}],
                }
            ],
        )
    )

    (dosage,) = found.dosages
    assert found.do_not_perform
    assert found.authored == day("2026-01-02")
    assert found.validity == Span(day("2026-01-02"), day("2026-03-02"))
    assert dosage.amounts[0].dose == Quantity(Decimal(600), "mg", "mg", None)
    assert (dosage.frequency, dosage.period, dosage.period_unit) == (Decimal(3), Decimal("1.5"), "d")
    assert dosage.count == 9
    assert dosage.bounds == Span(day("2026-01-02"), None)
    assert dosage.as_needed
    assert dosage.route == Concept((Coding(SNOMED, "26643006"),))


def test_a_rate_may_be_a_ratio() -> None:
    ratio = {"numerator": quantity(20, "mg"), "denominator": quantity(2, "h")}

    found = one_use(medication_request(dosageInstruction=[{"doseAndRate": [{"rateRatio": ratio}]}]))

    assert found.dosages[0].amounts[0].rate == Quantity(Decimal(10), "mg/h", "mg/h", None)


def test_a_request_has_one_reason_for_its_status_a_statement_several() -> None:
    ineffective = concept(SNOMED, "395007004")

    request = one_use(medication_request(status="stopped", statusReason=ineffective))
    statement = one_use(
        medication_statement("25480", status="stopped", statusReason=[ineffective, {"text": "no benefit"}])
    )

    assert [each.codings[0].code for each in request.status_reason] == ["395007004"]
    assert [each.text for each in statement.status_reason] == [None, "no benefit"]


def test_a_statement_has_the_time_of_taking() -> None:
    found = one_use(medication_statement("25480", effectivePeriod={"start": "2026-01", "end": "2026-03-01"}))

    assert found.effective == Span(PartialDate.month(2026, 1), day("2026-03-01"))
    assert found.authored is None


def test_an_administration_has_one_dosage() -> None:
    found = one_use(
        medication_administration("6130", dosage={"route": concept(SNOMED, "47625008"), "dose": quantity(40, "mg")})
    )

    assert found.type == "MedicationAdministration"
    assert found.effective == Span(day("2026-11-20"), day("2026-11-20"))
    assert [each.amounts[0].dose for each in found.dosages] == [Quantity(Decimal(40), "mg", "mg", None)]


def test_reasons_are_codes_and_the_codes_of_the_problems_referred_to() -> None:
    sent = medication_request(
        reasonCode=[concept(SNOMED, "128200000")],
        reasonReference=[{"reference": "https://ehr.example.org/Condition/c1"}, {"reference": "Condition/elsewhere"}],
    )

    record = read(condition(id="c1"), sent)

    assert [each.codings[0].code for each in record.medications[0].reason] == ["128200000", "G90.50"]
    assert record.medications[0].reason_unresolved


def test_a_contained_problem_may_be_the_reason() -> None:
    problem = condition(id="here", onsetDateTime="bad")

    found = one_use(medication_request(contained=[problem], reasonReference=[{"reference": "#here"}]))

    assert [each.codings[0].code for each in found.reason] == ["G90.50"]


def test_a_procedure_has_what_was_used_in_it() -> None:
    (found,) = read(
        procedure(
            "14152002",
            performedDateTime=None,
            performedPeriod={"start": "2026-06-01T09:00:00Z"},
            usedCode=[concept("http://www.nlm.nih.gov/research/umls/rxnorm", "6130")],
        )
    ).procedures

    assert found.status == "completed"
    assert [each.codings[0].code for each in found.used] == ["6130"]
    assert found.performed is not None
    assert found.performed.start is not None
    assert found.performed.start.exact == date(2026, 6, 1)


def test_an_allergy_has_substances_and_manifestations() -> None:
    (found,) = read(
        allergy(
            "6130",
            type="intolerance",
            reaction=[{"substance": concept(SNOMED, "373464007"), "manifestation": [concept(SNOMED, "236668007")]}],
        )
    ).allergies

    assert (found.type, found.clinical_status, found.verification_status) == ("intolerance", "active", "confirmed")
    assert [each.codings[0].code for each in found.substances] == ["373464007"]
    assert [each.codings[0].code for each in found.manifestations] == ["236668007"]


def instructed(**more: Any) -> Dosage:
    (dosage,) = one_use(medication_request(dosageInstruction=[more])).dosages
    return dosage


def test_of_ranges_the_highest_dose_and_rate_are_kept_and_the_lowest_dose() -> None:
    dose = {"low": quantity(20, "mg"), "high": quantity(40, "mg")}
    rate = {"low": quantity(10, "mg/h"), "high": quantity(25, "mg/h")}

    (amount,) = instructed(doseAndRate=[{"doseRange": dose, "rateRange": rate}]).amounts

    assert (amount.dose, amount.least_dose) == (
        Quantity(Decimal(40), "mg", "mg", None),
        Quantity(Decimal(20), "mg", "mg", None),
    )
    assert amount.rate == Quantity(Decimal(25), "mg/h", "mg/h", None)


def test_a_dose_as_ordered_and_as_calculated_are_two_amounts() -> None:
    twice = [{"doseQuantity": quantity(0.5, "mg/kg")}, {"doseQuantity": quantity(35, "mg"), "rateQuantity": {}}]

    assert [one.dose.unit if one.dose else None for one in instructed(doseAndRate=twice).amounts] == ["mg/kg", "mg"]


def test_everything_that_may_have_two_ends_has_both() -> None:
    repeat = {
        "frequency": 1,
        "frequencyMax": 2,
        "period": 4,
        "periodMax": 6,
        "periodUnit": "h",
        "duration": 40,
        "durationMax": 60,
        "durationUnit": "min",
        "count": 6,
        "countMax": 8,
        "boundsDuration": quantity(2, "wk"),
    }

    found = instructed(timing={"repeat": repeat})

    assert (found.frequency, found.most_frequency, found.period, found.most_period) == (1, 2, 4, 6)
    assert (found.duration, found.most_duration, found.duration_unit) == (40, 60, "min")
    assert (found.count, found.bounds_length) == (8, Quantity(Decimal(2), "wk", "wk", None))


@pytest.mark.parametrize(
    ("code", "often"),
    [
        ("QD", (1, 1, "d")),
        ("BED", (1, 1, "d")),
        ("BID", (2, 1, "d")),
        ("QID", (4, 1, "d")),
        ("Q6H", (1, 6, "h")),
        ("QOD", (1, 2, "d")),
        ("WK", (1, 1, "wk")),
        ("whenever", (None, None, None)),
    ],
)
def test_a_timing_may_be_a_code(code: str, often: tuple[float | None, float | None, str | None]) -> None:
    found = instructed(timing={"code": {"coding": [{"code": code}]}})

    assert (found.frequency, found.period, found.period_unit) == often


def test_a_timing_that_is_written_out_goes_before_its_code() -> None:
    found = instructed(timing={"code": {"coding": [{"code": "QID"}]}, "repeat": {"period": 1, "periodUnit": "d"}})

    assert (found.frequency, found.period, found.period_unit) == (None, 1, "d")


@pytest.mark.parametrize(
    ("repeat", "often"),
    [
        ({"when": ["MORN", "EVE"], "period": 1, "periodUnit": "d"}, (2, None)),
        ({"timeOfDay": ["08:00:00", "14:00:00", "20:00:00"], "period": 1, "periodUnit": "d"}, (3, None)),
        ({"when": ["MORN", "EVE"], "frequency": 1, "period": 1, "periodUnit": "d"}, (1, 2)),
        ({"when": ["MORN", "EVE"], "frequency": 1, "frequencyMax": 3, "period": 1, "periodUnit": "d"}, (1, 3)),
        ({"when": ["MORN", "EVE"], "frequency": 2, "period": 1, "periodUnit": "d"}, (2, None)),
        ({"when": ["HS"], "period": 1, "periodUnit": "d"}, (None, None)),
        ({"dayOfWeek": ["mon", "wed", "fri"], "period": 1, "periodUnit": "wk"}, (3, None)),
        ({"dayOfWeek": ["mon", "wed"], "when": ["MORN", "EVE"], "period": 1, "periodUnit": "wk"}, (4, None)),
        ({"dayOfWeek": ["mon", "wed"], "period": 1, "periodUnit": "d"}, (None, None)),
        ({"when": ["MORN", "EVE"], "period": 8, "periodUnit": "h"}, (None, None)),
    ],
    ids=str,
)
def test_times_of_the_day_or_week_say_how_often(
    repeat: dict[str, object], often: tuple[float | None, float | None]
) -> None:
    found = instructed(timing={"repeat": repeat})

    assert (found.frequency, found.most_frequency) == often


def test_points_in_time_are_counted() -> None:
    assert instructed(timing={"event": ["2026-11-22", "2026-11-24"]}).count == 2
    assert instructed(timing={"event": "2026-11-22"}).count is None
    assert instructed(timing={}).count is None


def test_the_most_in_a_period_is_a_limit() -> None:
    most = {"numerator": quantity(4, "g"), "denominator": quantity(1, "d")}
    half = {"numerator": quantity(4, "g")}

    limit = instructed(maxDosePerPeriod=most).limit

    assert limit == Limit(amount=Quantity(Decimal(4), "g", "g", None), period=Quantity(Decimal(1), "d", "d", None))
    assert instructed(maxDosePerPeriod=half).limit is None


def test_a_request_has_categories() -> None:
    community = concept("http://terminology.hl7.org/CodeSystem/medicationrequest-category", "community")

    found = one_use(medication_request(category=[community]))
    without = one_use(medication_request(category=[{"coding": "community"}]))

    assert [each.codings[0].code for each in found.category] == ["community"]
    assert (without.category, without.repaired) == ((Concept(),), {"category"})


def test_a_rate_to_nothing_is_no_rate() -> None:
    ratio = {"numerator": quantity(20, "mg"), "denominator": quantity(0, "h")}

    found = one_use(medication_request(dosageInstruction=[{"doseAndRate": [{"rateRatio": ratio}]}]))

    assert found.dosages[0].amounts[0].rate is None


def test_an_answer_without_a_score_has_no_number() -> None:
    assert one_observation(observation("44260-8", valueCodeableConcept={"text": "often"})).value.number is None
