"""How well medicines, allergies, procedures and earlier treatments are known."""

from typing import Any

import pytest
from record_builders import (
    allergy,
    concept,
    dosage,
    medicine,
    procedure,
    quantity,
    record,
    retrievals,
    span,
    unreadable,
)
from terminology import CLOCK, knowledge

from kcds.facts.medication_facts import extract_medication_facts
from kcds.facts.observations import Reports
from kcds.fhir.record import Allergy, MedicationUse, Record, Retrieval
from kcds.model.facts import DataState, Exposure, Fact, Medication, StudyDone

THEOPHYLLINE = ("rxnorm", "317769")
NONE_KNOWN = ("snomed", "716186003")
KETAMINE = ("rxnorm", "6130")


def facts(of: Record) -> list[Fact]:
    return extract_medication_facts(of, Reports(), knowledge(), CLOCK)


def state(of: Record, domain: str) -> str | None:
    (found,) = [fact for fact in facts(of) if isinstance(fact, DataState) and fact.domain == domain]
    return found.state


def failed_trial(code: tuple[str, str], milligrams: int, id_: str) -> MedicationUse:
    return medicine(
        code,
        id_=id_,
        status="stopped",
        status_reason=[concept(("snomed", "395007004"))],
        validity=span("2026-01-01", "2026-03-01"),
        dosages=[dosage(dose=quantity(milligrams, "mg"), frequency=3, period=1, period_unit="d")],
    )


GABAPENTIN = failed_trial(("rxnorm", "310433"), 600, "gabapentin")
DULOXETINE = failed_trial(("rxnorm", "596934"), 60, "duloxetine")
PHYSICAL_THERAPY = procedure(("snomed", "91251008"))


def test_every_domain_has_one_state() -> None:
    states = [fact.domain for fact in facts(record()) if isinstance(fact, DataState)]

    assert sorted(states) == [
        "allergies",
        "dose",
        "exposure",
        "medication-identity",
        "medications",
        "opioid-dose",
        "procedures",
        "route",
        "therapy-history",
    ]


def test_an_empty_list_of_medicines_is_an_answer() -> None:
    assert state(record(), "medications") == "none-recorded"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"medicationRequests": Retrieval.ABSENT}, "missing"),
        ({"medicationRequests": Retrieval.FAILED}, "failed"),
        ({"medicationRequests": Retrieval.INCOMPLETE}, "incomplete"),
        ({"medicationStatements": Retrieval.ABSENT}, "known"),
        ({"medicationStatements": Retrieval.FAILED}, "failed"),
    ],
)
def test_requests_must_be_answered_and_statements_must_not_fail(changed: dict[str, Retrieval], expected: str) -> None:
    of = record(medications=[medicine(THEOPHYLLINE)], retrieved=retrievals(**changed))

    assert state(of, "medications") == expected


@pytest.mark.parametrize(
    ("use", "medications", "identity"),
    [
        (medicine(THEOPHYLLINE), "known", "known"),
        (medicine(text="Theophylline"), "uncertain", "uncertain"),
        (medicine(text="some tonic"), "known", "uncertain"),
        (medicine(("rxnorm", "999999999")), "known", "known"),
        (medicine(THEOPHYLLINE, status="unknown"), "uncertain", "known"),
        (medicine(text="Theophylline", status="stopped"), "known", "known"),
        (medicine(unresolved=True), "uncertain", "uncertain"),
        (medicine(text="some tonic", unresolved=True), "known", "uncertain"),
        (medicine(), "uncertain", "uncertain"),
        (medicine(unresolved=True, status="stopped"), "known", "known"),
        (medicine(("rxnorm", "6387", "lidocaine with epinephrine")), "uncertain", "uncertain"),
    ],
    ids=[
        "coded",
        "names a drug of ours",
        "names nothing",
        "code of none of ours",
        "status unknown",
        "stopped",
        "lost",
        "lost, but named",
        "says nothing",
        "lost and stopped",
        "names more",
    ],
)
def test_a_medicine_that_may_be_one_of_ours_makes_the_list_uncertain(
    use: MedicationUse, medications: str, identity: str
) -> None:
    of = record(medications=[use])

    assert (state(of, "medications"), state(of, "medication-identity")) == (medications, identity)


def test_an_order_that_could_not_be_read_may_be_any_medicine() -> None:
    of = record(not_read=[unreadable("MedicationRequest", "medicationRequests", THEOPHYLLINE)])

    assert state(of, "medications") == "unreadable"


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], "missing"),
        ([allergy(NONE_KNOWN)], "known"),
        ([allergy(NONE_KNOWN), allergy(text="ketamine", id_="a2")], "uncertain"),
        ([allergy(NONE_KNOWN, verification="refuted")], "missing"),
        ([allergy(KETAMINE)], "known"),
        ([allergy(KETAMINE, verification="unconfirmed")], "uncertain"),
        ([allergy(KETAMINE, clinical=None)], "uncertain"),
        ([allergy(KETAMINE, clinical="resolved")], "known"),
        ([allergy(KETAMINE, verification="unconfirmed", type_="intolerance")], "known"),
    ],
)
def test_allergies_are_known_by_an_entry(entries: list[Allergy], expected: str) -> None:
    assert state(record(allergies=entries), "allergies") == expected


def test_allergies_that_failed_to_load_are_not_known() -> None:
    assert state(record(retrieved=retrievals(allergies=Retrieval.FAILED)), "allergies") == "failed"


def test_an_allergy_that_could_not_be_read_matters_if_it_may_be_to_ketamine() -> None:
    to_ketamine = unreadable("AllergyIntolerance", "allergies", ("rxnorm", "6130"))
    to_naproxen = unreadable("AllergyIntolerance", "allergies", ("rxnorm", "7258"))

    assert state(record(allergies=[allergy(NONE_KNOWN)], not_read=[to_ketamine]), "allergies") == "unreadable"
    assert state(record(allergies=[allergy(NONE_KNOWN)], not_read=[to_naproxen]), "allergies") == "known"


def test_a_met_requirement_is_known_whatever_else_failed() -> None:
    of = record(
        medications=[GABAPENTIN, DULOXETINE],
        procedures=[PHYSICAL_THERAPY],
        retrieved=retrievals(medicationStatements=Retrieval.FAILED),
    )

    assert state(of, "therapy-history") == "known"


@pytest.mark.parametrize("key", ["medicationRequests", "medicationStatements", "procedures"])
def test_a_shortfall_is_not_known_while_a_query_failed(key: str) -> None:
    of = record(medications=[GABAPENTIN], retrieved=retrievals(**{key: Retrieval.FAILED}))

    assert state(of, "therapy-history") == "failed"


def test_a_shortfall_is_known_when_everything_was_answered() -> None:
    assert state(record(medications=[GABAPENTIN]), "therapy-history") == "known"


def test_no_treatment_on_record_is_missing() -> None:
    assert state(record(), "therapy-history") == "missing"


def test_a_past_medicine_that_only_its_text_names_may_be_a_trial() -> None:
    named = medicine(text="duloxetine", status="stopped", id_="d")

    assert (
        state(record(medications=[GABAPENTIN, named], procedures=[PHYSICAL_THERAPY]), "therapy-history") == "uncertain"
    )
    assert state(record(medications=[GABAPENTIN, named]), "therapy-history") == "known"


def test_a_past_medicine_of_which_nothing_is_said_may_be_a_trial() -> None:
    lost = medicine(unresolved=True, status="stopped", id_="d")

    assert (
        state(record(medications=[GABAPENTIN, lost], procedures=[PHYSICAL_THERAPY]), "therapy-history") == "uncertain"
    )
    assert state(record(medications=[lost]), "therapy-history") == "uncertain"


@pytest.mark.parametrize(("retrieval", "expected"), [(Retrieval.GIVEN, "none-recorded"), (Retrieval.ABSENT, "missing")])
def test_no_ketamine_so_far_needs_the_administrations(retrieval: Retrieval, expected: str) -> None:
    assert state(record(retrieved=retrievals(medicationAdministrations=retrieval)), "exposure") == expected


def test_of_present_treatment_the_infusions_are_not_known_where_they_could_not_be_had() -> None:
    of = record(
        medications=[medicine(("rxnorm", "2119381"))],
        retrieved=retrievals(medicationAdministrations=Retrieval.FAILED),
    )

    assert state(of, "exposure") == "failed"
    assert [fact.on_treatment for fact in facts(of) if isinstance(fact, Exposure)] == [True]


def test_a_review_of_the_prescription_monitoring_program_is_a_study_done() -> None:
    of = record(procedures=[procedure(("snomed", "461621000124108"), performed="2026-11-01")])

    assert [fact.concept for fact in facts(of) if isinstance(fact, StudyDone)] == ["proc-pdmp-review"]
    assert state(of, "procedures") == "known"


def test_the_order_of_the_record_changes_nothing() -> None:
    medicines = [GABAPENTIN, DULOXETINE, medicine(THEOPHYLLINE), medicine(text="tonic", id_="t")]
    procedures = [PHYSICAL_THERAPY, procedure(("snomed", "75516001"), id_="pr2")]
    entries = [allergy(("rxnorm", "7258")), allergy(NONE_KNOWN, id_="a2")]

    forwards = facts(record(medications=medicines, procedures=procedures, allergies=entries))
    backwards = facts(record(medications=medicines[::-1], procedures=procedures[::-1], allergies=entries[::-1]))

    assert forwards == backwards


def test_what_is_ordered_together_with_ketamine_is_about_to_be_taken() -> None:
    ketamine = medicine(KETAMINE, id_="k", status="draft")
    of = record(orders=[ketamine, medicine(THEOPHYLLINE, id_="t", status="draft")])

    found = [fact for fact in facts(of) if isinstance(fact, Medication)]

    assert {(fact.drug, fact.state, fact.sources) for fact in found} == {
        ("theophylline", "active", ("MedicationRequest/t",))
    }
    assert state(of, "medications") == "known"


def test_a_drafted_text_makes_the_list_uncertain() -> None:
    of = record(orders=[medicine(KETAMINE, status="draft"), medicine(text="Theophylline", id_="t", status="draft")])

    assert state(of, "medications") == "uncertain"


@pytest.mark.parametrize("more", [{"status": "cancelled"}, {"status": "draft", "do_not_perform": True}])
def test_a_void_order_is_not_taken(more: dict[str, Any]) -> None:
    of = record(orders=[medicine(THEOPHYLLINE, **more)])

    assert [fact for fact in facts(of) if isinstance(fact, Medication)] == []


def test_a_drafted_pain_medicine_is_no_treatment_tried() -> None:
    assert state(record(orders=[medicine(("rxnorm", "310433"), status="draft")]), "therapy-history") == "missing"


@pytest.mark.parametrize(("status", "states"), [("in-progress", ["active"]), ("completed", [])])
def test_what_is_being_given_now_is_active_and_no_treatment_tried(status: str, states: list[str]) -> None:
    infusion = medicine(THEOPHYLLINE, type_="MedicationAdministration", status=status)
    opioid = medicine(("rxnorm", "7804"), id_="o", type_="MedicationAdministration", status=status)
    of = record(medications=[infusion, opioid])

    found = [one.state for one in facts(of) if isinstance(one, Medication) and one.concept == "rx-xanthines"]

    assert found == states
    assert state(of, "therapy-history") == "missing"


@pytest.mark.parametrize(
    ("domain", "basis", "of"),
    [
        ("medications", "named-in-text", record(medications=[medicine(text="Theophylline")])),
        ("medications", "status-unknown", record(medications=[medicine(THEOPHYLLINE, status="unknown")])),
        ("allergies", "named-in-text", record(allergies=[allergy(text="ketamine")])),
        ("allergies", "unconfirmed-entry", record(allergies=[allergy(KETAMINE, verification="unconfirmed")])),
        ("allergies", None, record(allergies=[allergy(KETAMINE)])),
    ],
)
def test_what_is_unclear_is_told(domain: str, basis: str | None, of: Record) -> None:
    (found,) = [fact for fact in facts(of) if isinstance(fact, DataState) and fact.domain == domain]

    assert found.basis == basis
