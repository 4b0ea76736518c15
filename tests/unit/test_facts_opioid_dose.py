"""Opioids in morphine milligram equivalents: what counts, what cannot be computed, what is not counted twice."""

from dataclasses import replace

import pytest
from record_builders import Code, concept, dosage, medicine, quantity, record, retrievals
from terminology import CLOCK, formulary, knowledge, value_sets

from kcds.facts.medication_facts import extract_medication_facts
from kcds.facts.medications import identify_all, read_medicines
from kcds.facts.observations import Reports
from kcds.facts.opioid_dose import opioid_facts
from kcds.fhir.record import Amount, MedicationUse, Quantity, Retrieval
from kcds.model.facts import DataState, OpioidDose

MORPHINE, OXYCODONE, CODEINE, METHADONE = (("rxnorm", code) for code in ("7052", "7804", "2670", "6813"))
OXYCODONE_ER_10, OXYCODONE_5, PERCOCET_5 = ("rxnorm", "1049502"), ("rxnorm", "1049621"), ("rxnorm", "1049221")
PATCH_25, PATCH_75, IONTOPHORETIC = ("rxnorm", "245134"), ("rxnorm", "197696"), ("rxnorm", "1666831")
LOZENGE, FENTANYL_SPRAY, FENTANYL = ("rxnorm", "310295"), ("rxnorm", "1115577"), ("rxnorm", "4337")
SUBOXONE, MORPHINE_INJECTION = ("rxnorm", "1010603"), ("rxnorm", "1728999")
ORAL, SUBLINGUAL, RECTAL = ("snomed", "26643006"), ("snomed", "37839007"), ("snomed", "37161004")
DAILY = {"period": 1, "period_unit": "d"}
MR, MS = "MedicationRequest", "MedicationStatement"


def taken(  # noqa: PLR0913 - one argument for each element that matters
    code: Code,
    dose: Quantity | None = None,
    times: float = 1,
    *,
    id_: str = "m1",
    type_: str = MR,
    status: str = "active",
    route: Code | None = None,
    **more: object,
) -> MedicationUse:
    one = dosage(dose=dose, frequency=times, route=route, **DAILY, **more)
    return medicine(code, id_=id_, type_=type_, status=status, dosages=[one])


def facts(*uses: MedicationUse, gap: str | None = None) -> tuple[OpioidDose, str | None]:
    medicines = read_medicines(identify_all(uses, formulary()))
    dose, state = opioid_facts(medicines, formulary(), value_sets(), gap)
    return dose, state.state


def mme(*uses: MedicationUse) -> tuple[float | None, bool | None]:
    dose, _ = facts(*uses)
    return dose.mme, dose.complete


MG, TABLET = quantity(10, "mg"), quantity(1, "tablet")


@pytest.mark.parametrize(
    ("use", "equivalents"),
    [
        (taken(OXYCODONE_5, quantity(10, "mg"), 3), 45),
        (taken(OXYCODONE_5, TABLET, 4), 30),
        (taken(OXYCODONE_ER_10, TABLET, 2), 30),
        (taken(PERCOCET_5, quantity(2, "tablet"), 4), 60),
        (taken(MORPHINE, quantity(30, "mg"), 2, route=ORAL), 60),
        (taken(OXYCODONE_5, TABLET, 6, as_needed=True), 45),
        (taken(OXYCODONE_5, quantity(2, "tablet"), 6, limit=(quantity(8, "tablet"), quantity(1, "d"))), 60),
        (taken(OXYCODONE_5, quantity(2, "tablet"), 2, least_dose=TABLET), 30),
        (taken(METHADONE, quantity(10, "mg"), 2, route=ORAL), 94),
        (taken(PATCH_25, quantity(1, "patch")), 60),
        (taken(PATCH_75, quantity(2, "{patch}")), 360),
        (taken(PATCH_25, quantity(25, "ug/h")), 60),
    ],
    ids=[
        "mg",
        "tablets",
        "extended release",
        "combination",
        "bare",
        "as needed",
        "limit",
        "range",
        "methadone",
        "patch",
        "two patches",
        "patch by rate",
    ],
)
def test_the_dose_of_an_opioid_in_morphine(use: MedicationUse, equivalents: float) -> None:
    dose, state = facts(use)

    assert (dose.mme, dose.complete, dose.opioids, state) == (pytest.approx(equivalents), True, 1, "known")
    assert dose.sources == ("MedicationRequest/m1",)


@pytest.mark.parametrize(
    "use",
    [
        taken(OXYCODONE_5),
        taken(OXYCODONE_5, quantity(1, "mL")),
        taken(PERCOCET_5, quantity(5, "mg"), 4),
        taken(MORPHINE, quantity(30, "mg")),
        taken(MORPHINE, quantity(30, "mg"), route=RECTAL),
        taken(MORPHINE_INJECTION, quantity(5, "mg"), 4),
        taken(SUBOXONE, quantity(1, "film")),
        taken(IONTOPHORETIC, quantity(1, "patch")),
        taken(FENTANYL, quantity(25, "ug/h")),
        taken(PATCH_25, quantity(1, "patch"), 2),
        taken(PATCH_25, quantity(0, "patch")),
        taken(PATCH_25, quantity(0.5, "patch")),
        taken(PATCH_25, quantity(25, "ug/kg/h")),
        taken(PATCH_25),
        replace(taken(METHADONE, quantity(80, "mg"), route=ORAL), reason=(concept(("icd-10-cm", "F11.20")),)),
    ],
    ids=[
        "no dose",
        "mL of a tablet",
        "mg of which part",
        "no route",
        "rectal",
        "injection",
        "buprenorphine",
        "iontophoretic",
        "no form",
        "two patches a day",
        "no patch",
        "half a patch",
        "rate per kg",
        "patch without a number",
        "use disorder",
    ],
)
def test_what_cannot_be_computed_is_not_zero(use: MedicationUse) -> None:
    dose, state = facts(use)

    assert (dose.mme, dose.complete, dose.opioids, state) == (None, False, 1, "uncertain")


@pytest.mark.parametrize(
    ("use", "equivalents"),
    [
        (taken(LOZENGE, quantity(200, "ug"), 4), 104),
        (taken(FENTANYL_SPRAY, quantity(1, "spray"), 2), 128),
        (taken(FENTANYL, quantity(100, "ug"), 1, route=SUBLINGUAL), 13),
    ],
)
def test_an_older_factor_counts_and_leaves_the_sum_uncertain(use: MedicationUse, equivalents: float) -> None:
    dose, state = facts(use)

    assert (dose.mme, dose.complete, state) == (pytest.approx(equivalents), False, "uncertain")


def test_different_opioids_and_different_products_add() -> None:
    release = taken(OXYCODONE_ER_10, TABLET, 2, id_="a")
    rescue = taken(OXYCODONE_5, TABLET, 2, id_="b")
    codeine = taken(CODEINE, quantity(60, "mg"), 2, id_="c", route=ORAL)

    dose, _ = facts(release, rescue, codeine)

    assert (dose.mme, dose.complete, dose.opioids) == (pytest.approx(30 + 15 + 18), True, 2)


def test_a_sum_without_one_of_its_doses_is_the_least_that_is_taken() -> None:
    assert mme(taken(OXYCODONE_5, TABLET, 2, id_="a"), taken(SUBOXONE, id_="b")) == (15, False)


def test_a_drug_that_is_ordered_and_stated_counts_once_with_the_higher_dose() -> None:
    ordered = taken(OXYCODONE_5, TABLET, 2)
    stated = taken(OXYCODONE, quantity(20, "mg"), 1, type_=MS, route=ORAL)

    assert mme(ordered, stated) == (30, True)
    assert mme(ordered, replace(stated, dosages=())) == (15, False)


def test_a_renewal_counts_once_and_a_changed_dose_leaves_it_open() -> None:
    old, same = taken(OXYCODONE_5, TABLET, 2, id_="a"), taken(OXYCODONE_5, TABLET, 2, id_="b")
    changed = taken(OXYCODONE_5, TABLET, 4, id_="b")

    assert mme(old, same) == (15, True)
    assert mme(old, changed) == (30, False)


def test_several_patches_of_an_order_are_worn_together_and_one_without_a_number_leaves_it_open() -> None:
    patch, none = dosage(dose=quantity(1, "patch"), **DAILY), dosage(**DAILY)

    assert mme(medicine(PATCH_25, dosages=[patch, patch])) == (120, True)
    assert mme(medicine(PATCH_25, dosages=[patch, none])) == (None, False)


def test_a_patch_may_be_ordered_by_its_rate() -> None:
    rate = dosage(amounts=[Amount(rate=quantity(25, "ug/h"))])

    assert mme(medicine(PATCH_25, dosages=[rate])) == (60, True)


@pytest.mark.parametrize("status", ["stopped", "completed", "on-hold"])
def test_what_is_not_taken_now_does_not_count(status: str) -> None:
    dose, state = facts(taken(OXYCODONE_5, TABLET, 4, status=status))

    assert (dose.mme, dose.complete, dose.opioids, dose.sources, state) == (0, True, 0, (), "none-recorded")


@pytest.mark.parametrize(
    "use",
    [taken(OXYCODONE_5, TABLET, 4, status="unknown"), medicine(text="Oxycodone 5 mg tablets")],
    ids=["status unknown", "named in words"],
)
def test_an_opioid_that_may_be_taken_leaves_it_open(use: MedicationUse) -> None:
    dose, state = facts(use, taken(OXYCODONE_5, TABLET, 2, id_="m2"))

    assert (dose.mme, dose.complete, state) == (15, False, "uncertain")
    assert facts(use)[1] == "uncertain"


def test_without_opioids_there_is_nothing_to_compute() -> None:
    dose, state = facts(medicine(("rxnorm", "310433")))

    assert (dose.mme, dose.complete, dose.opioids, state) == (0, True, 0, "none-recorded")


def test_a_list_that_is_not_at_hand_says_so_and_is_never_complete() -> None:
    dose, state = facts(taken(OXYCODONE_5, TABLET, 2), gap="failed")

    assert (dose.mme, dose.complete, state) == (15, False, "failed")


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({}, "known"),
        ({"medicationRequests": Retrieval.FAILED}, "failed"),
        ({"medicationStatements": Retrieval.INCOMPLETE}, "incomplete"),
        ({"medicationStatements": Retrieval.ABSENT}, "known"),
    ],
)
def test_the_domain_rests_on_the_lists_of_medicines(changed: dict[str, Retrieval], state: str) -> None:
    of = record(medications=[taken(OXYCODONE_5, TABLET, 2)], retrieved=retrievals(**changed))

    found = extract_medication_facts(of, Reports(), knowledge(), CLOCK)

    assert [one.state for one in found if isinstance(one, DataState) and one.domain == "opioid-dose"] == [state]


def test_an_opioid_that_is_signed_together_with_the_order_counts() -> None:
    drafts = [
        medicine(("rxnorm", "238082"), id_="k", status="draft"),
        taken(OXYCODONE_5, TABLET, 4, id_="o", status="draft"),
    ]

    found = extract_medication_facts(record(orders=drafts), Reports(), knowledge(), CLOCK)

    assert [one.mme for one in found if isinstance(one, OpioidDose)] == [30]


@pytest.mark.parametrize(
    "use",
    [
        taken(OXYCODONE_5, quantity(1e308, "mg")),
        taken(OXYCODONE_5, TABLET, 1e308),
        taken(PATCH_25, quantity(1e308, "patch")),
        taken(PATCH_25, quantity(1e308, "ug/h")),
    ],
    ids=["dose", "frequency", "patches", "rate"],
)
def test_an_opioid_by_a_number_that_no_float_can_hold_leaves_the_sum_incomplete(use: MedicationUse) -> None:
    assert mme(use) == (None, False)
    assert mme(use, taken(MORPHINE, quantity(30, "mg"), 2, id_="m2", route=ORAL)) == (60, False)
