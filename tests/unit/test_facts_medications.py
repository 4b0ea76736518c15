"""Medication facts: what counts as a medicine, in which state, of which concepts."""

from datetime import date

import pytest
from record_builders import dosage, medicine, quantity, span
from terminology import formulary, value_sets

from kcds.facts.medications import (
    identify_all,
    is_outside_our_map,
    medication_facts,
    read_medicines,
    unidentified_facts,
)
from kcds.fhir.record import MedicationUse
from kcds.model.dates import Span
from kcds.model.facts import Medication, UnidentifiedMedication

THEOPHYLLINE = ("rxnorm", "317769")
LIDOCAINE_CREAM = ("rxnorm", "1010895")


def facts(*uses: MedicationUse) -> tuple[Medication, ...]:
    return medication_facts(read_medicines(identify_all(uses, formulary())), value_sets())


def unidentified(*uses: MedicationUse) -> tuple[UnidentifiedMedication, ...]:
    return unidentified_facts(read_medicines(identify_all(uses, formulary())))


def test_a_product_belongs_to_the_concepts_of_its_ingredients() -> None:
    (fact,) = [one for one in facts(medicine(THEOPHYLLINE)) if one.concept == "rx-xanthines"]

    assert (fact.drug, fact.state, fact.form) == ("theophylline", "active", "oral")
    assert (fact.systemic, fact.named_only) == (True, False)
    assert fact.sources == ("MedicationRequest/m1",)


def test_a_combination_belongs_to_the_concepts_of_each_ingredient() -> None:
    oxycodone_with_acetaminophen = medicine(("rxnorm", "1049221"))

    drugs = {one.concept: one.drug for one in facts(oxycodone_with_acetaminophen)}

    assert drugs["rx-opioids"] == "oxycodone"
    assert drugs["rx-nsaid-acetaminophen"] == "acetaminophen"


@pytest.mark.parametrize(
    ("type_", "status", "state"),
    [
        ("MedicationRequest", "active", "active"),
        ("MedicationRequest", "on-hold", "on-hold"),
        ("MedicationRequest", "stopped", "stopped"),
        ("MedicationRequest", "completed", "stopped"),
        ("MedicationRequest", "unknown", "unknown"),
        ("MedicationRequest", None, "unknown"),
        ("MedicationStatement", "active", "active"),
        ("MedicationStatement", "not-taken", "stopped"),
        ("MedicationStatement", "unknown", "unknown"),
    ],
)
def test_the_status_decides_the_state(type_: str, status: str | None, state: str) -> None:
    states = {fact.state for fact in facts(medicine(THEOPHYLLINE, type_=type_, status=status))}

    assert states == {state}


@pytest.mark.parametrize(
    "use",
    [
        medicine(THEOPHYLLINE, status="entered-in-error"),
        medicine(THEOPHYLLINE, status="cancelled"),
        medicine(THEOPHYLLINE, status="draft"),
        medicine(THEOPHYLLINE, intent="plan"),
        medicine(THEOPHYLLINE, intent="proposal"),
        medicine(THEOPHYLLINE, do_not_perform=True),
        medicine(THEOPHYLLINE, type_="MedicationStatement", status="intended"),
        medicine(THEOPHYLLINE, type_="MedicationAdministration", status="completed"),
    ],
    ids=["in error", "cancelled", "draft", "plan", "proposal", "not to be given", "intended", "administration"],
)
def test_what_is_not_a_medicine_taken_makes_no_fact(use: MedicationUse) -> None:
    assert facts(use) == ()


def test_an_active_order_stays_active_after_its_period() -> None:
    old = medicine(THEOPHYLLINE, dosages=[dosage(bounds=span("2024-01-01", "2024-02-01"))])

    assert {fact.state for fact in facts(old)} == {"active"}


def test_a_topical_product_is_not_systemic() -> None:
    cream = facts(medicine(LIDOCAINE_CREAM))

    assert cream
    assert {fact.systemic for fact in cream} == {False}


@pytest.mark.parametrize(("route", "systemic"), [(("snomed", "6064005"), False), (("snomed", "26643006"), True)])
def test_a_drug_of_unknown_form_is_local_only_by_a_topical_route(
    route: tuple[str, str],
    systemic: bool,  # noqa: FBT001
) -> None:
    diclofenac = medicine(("rxnorm", "3355"), dosages=[dosage(route=route)])

    assert {fact.systemic for fact in facts(diclofenac)} == {systemic}


def test_a_resource_without_a_medicine_is_reported_without_a_text() -> None:
    (unknown,) = unidentified(medicine())

    assert (unknown.reason, unknown.text) == ("no-medication", None)


def test_the_end_is_the_latest_possible_day_of_the_recorded_period() -> None:
    phenelzine = medicine(("rxnorm", "8123"), status="stopped", validity=span("2026-01", "2026-10"))

    ended = {(fact.started, fact.ended) for fact in facts(phenelzine)}

    assert ended == {(date(2026, 1, 1), date(2026, 10, 31))}


def test_the_end_is_not_known_where_the_record_gives_none() -> None:
    assert {fact.ended for fact in facts(medicine(("rxnorm", "8123"), status="stopped"))} == {None}


def test_the_day_on_which_a_statement_was_made_is_no_start() -> None:
    stated = medicine(THEOPHYLLINE, type_="MedicationStatement", status="stopped", authored="2026-11-01")

    assert {fact.started for fact in facts(stated)} == {None}


def test_the_daily_dose_is_dose_times_frequency() -> None:
    four_times_a_gram = dosage(dose=quantity(1, "g"), frequency=4, period=1, period_unit="d")

    doses = {fact.daily_dose_mg for fact in facts(medicine(("rxnorm", "161"), dosages=[four_times_a_gram]))}

    assert doses == {4000}


def test_a_dose_in_tablets_is_no_daily_dose() -> None:
    tablets = dosage(dose=quantity(2, "{tbl}"), frequency=4, period=1, period_unit="d")

    assert {fact.daily_dose_mg for fact in facts(medicine(("rxnorm", "161"), dosages=[tablets]))} == {None}


def test_the_same_drug_ordered_twice_makes_two_facts() -> None:
    twice = facts(medicine(THEOPHYLLINE, id_="a"), medicine(THEOPHYLLINE, id_="b"))

    sources = [fact.sources for fact in twice if fact.concept == "rx-xanthines"]

    assert sources == [("MedicationRequest/a",), ("MedicationRequest/b",)]


def test_a_text_names_a_concept_without_identifying_the_medicine() -> None:
    (fact,) = [one for one in facts(medicine(text="Theophylline 300 mg")) if one.concept == "rx-xanthines"]
    (unknown,) = unidentified(medicine(text="Theophylline 300 mg"))

    assert (fact.named_only, fact.drug) == (True, None)
    assert (unknown.reason, unknown.text) == ("text-only", "Theophylline 300 mg")


def test_a_code_and_a_display_that_disagree_identify_nothing() -> None:
    (unknown,) = unidentified(medicine(("rxnorm", "317769", "Captopril 25 MG Oral Tablet")))

    assert unknown.reason == "contradiction"


def test_a_reference_that_leads_nowhere_is_reported() -> None:
    (unknown,) = unidentified(medicine(unresolved=True))

    assert unknown.reason == "unresolved-reference"


def test_a_stopped_medicine_that_is_not_identified_is_not_reported() -> None:
    assert unidentified(medicine(text="some tonic", status="stopped")) == ()


def test_a_text_that_names_more_than_the_code_is_reported_and_what_it_names_marked() -> None:
    lidocaine = medicine(("rxnorm", "6387", "lidocaine with epinephrine"))

    (fact,), (unknown,) = facts(lidocaine), unidentified(lidocaine)

    assert (fact.concept, fact.named_only, fact.drug) == ("rx-sympathomimetics-vasopressors", True, None)
    assert (unknown.reason, unknown.text) == ("contradiction", "lidocaine with epinephrine")


def test_a_long_text_is_cut_between_words() -> None:
    (unknown,) = unidentified(medicine(text="Metformin hydrochloride 500 MG " * 3))

    assert unknown.text == "Metformin hydrochloride 500 MG Metformin hydrochloride 500…"


def test_a_long_word_is_cut() -> None:
    (unknown,) = unidentified(medicine(text="x" * 200))

    assert unknown.text == "x" * 59 + "…"


@pytest.mark.parametrize(
    ("code", "outside"), [(("rxnorm", "999999999"), True), (("local", "MED1", "Theophylline"), False)]
)
def test_only_an_unknown_rxnorm_code_is_taken_for_a_drug_outside_our_map(
    code: tuple[str, str],
    outside: bool,  # noqa: FBT001
) -> None:
    (read,) = read_medicines(identify_all([medicine(code)], formulary()))

    assert is_outside_our_map(read) is outside


@pytest.mark.parametrize(
    ("effective", "expected"),
    [
        (span("2026-01-05", "2026-03"), (date(2026, 1, 5), date(2026, 3, 31))),
        (span("2026-01-05", "2026-01-05"), (date(2026, 1, 5), None)),  # taken then, not until then
    ],
)
def test_a_statement_says_from_when_to_when_it_was_taken(effective: Span, expected: tuple[date, date | None]) -> None:
    statement = medicine(THEOPHYLLINE, type_="MedicationStatement", effective=effective)

    assert {(fact.started, fact.ended) for fact in facts(statement)} == {expected}
