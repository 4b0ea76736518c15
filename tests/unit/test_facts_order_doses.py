"""How much ketamine an order is: by weight, by rate, for how long, how often."""

import pytest
from record_builders import concept, dosage, medicine, observation, quantity, span, value
from terminology import CLOCK, formulary, parameters, value_sets

from kcds.facts.body_weight import body_weight
from kcds.facts.medications import identify_all
from kcds.facts.observations import read_reports
from kcds.facts.treatment import read_orders, treatment_facts, treatment_states
from kcds.fhir.record import Amount, Dosage, MedicationUse, Observation, Quantity
from kcds.model.facts import Treatment

VIAL_10, VIAL_100 = ("rxnorm", "238082"), ("rxnorm", "238083")
KETAMINE, ESKETAMINE, SPRAY = ("rxnorm", "6130"), ("rxnorm", "2119365"), ("rxnorm", "2119381")
SALINE = ("rxnorm", "9863")
IV, IM, NASAL, ORAL = ("snomed", "47625008"), ("snomed", "78421000"), ("snomed", "46713006"), ("snomed", "26643006")
SUBLINGUAL, SUBCUTANEOUS = ("snomed", "37839007"), ("snomed", "34206005")
CATEGORY = "http://terminology.hl7.org/CodeSystem/medicationrequest-category"


def weight(
    kg: float = 70, unit: str = "kg", *, on: str = "2026-11-20", status: str = "final", id_: str = "w"
) -> Observation:
    return observation(value(("loinc", "29463-7"), quantity_=quantity(kg, unit)), effective=on, status=status, id_=id_)


def measured(*weights: Observation) -> float | None:
    reports = read_reports(weights, value_sets(), CLOCK)
    found = body_weight(reports, CLOCK, parameters())
    return None if found is None else round(float(found), 2)


def draft(*codes: tuple[str, str], **more: object) -> MedicationUse:
    return medicine(*codes, status="draft", **more)


def iv(**more: object) -> Dosage:
    return dosage(route=IV, **more)


def fact(use: MedicationUse, *weights: Observation) -> Treatment:
    orders = read_orders(identify_all([use], formulary()))
    reports = read_reports(weights, value_sets(), CLOCK)
    kg = body_weight(reports, CLOCK, parameters())
    (one,) = treatment_facts(orders, value_sets(), kg)
    return one


def of(*dosages: Dosage, kg: float | None = 70, code: tuple[str, str] = VIAL_10) -> Treatment:
    return fact(draft(code, dosages=dosages), *([weight(kg)] if kg is not None else []))


def dose_state(*dosages: Dosage, code: tuple[str, str] = VIAL_10) -> tuple[str | None, str | None]:
    (state, _) = treatment_states(read_orders(identify_all([draft(code, dosages=dosages)], formulary())), value_sets())
    return state.state, state.basis


# --- what a dose is -------------------------------------------------------------------------------------------------


def test_half_a_milligram_per_kilogram_over_forty_minutes_is_an_infusion() -> None:
    order = of(iv(dose=quantity(0.5, "mg/kg"), duration=40, duration_unit="min"))

    assert (order.bolus_mg, order.bolus_mg_per_kg) == (None, None)
    assert order.rate_mg_per_kg_h == pytest.approx(0.75)
    assert order.rate_mg_h == pytest.approx(52.5)
    assert (order.hours, order.total_mg, order.per_kg) == (pytest.approx(2 / 3), pytest.approx(35), "stated")


def test_a_dose_per_kilogram_is_as_stated_without_any_weight() -> None:
    order = of(iv(dose=quantity(0.35, "mg/kg")), kg=None)

    assert (order.bolus_mg, order.bolus_mg_per_kg, order.per_kg, order.total_mg) == (None, 0.35, "stated", None)


def test_35_mg_for_70_kg_are_half_a_milligram_per_kilogram() -> None:
    order = of(iv(dose=quantity(35, "mg")))

    assert (order.bolus_mg, order.bolus_mg_per_kg, order.per_kg, order.total_mg) == (35, 0.5, "weighed", 35)
    assert (order.rate_mg_h, order.rate_mg_per_kg_h, order.hours) == (None, None, None)


def test_a_dose_in_milligrams_without_a_weight_cannot_be_judged() -> None:
    order = of(iv(dose=quantity(35, "mg")), kg=None)

    assert (order.bolus_mg, order.bolus_mg_per_kg, order.per_kg) == (35, None, "no-weight")


def test_25_mg_an_hour_for_four_hours_are_100_mg() -> None:
    order = of(iv(rate=quantity(25, "mg/h"), duration=4, duration_unit="h"))

    assert (order.rate_mg_h, order.hours, order.total_mg) == (25, 4, 100)
    assert order.rate_mg_per_kg_h == pytest.approx(25 / 70)
    assert (order.bolus_mg, order.bolus_mg_per_kg) == (None, None)


def test_the_outpatient_regimen_for_crps() -> None:
    often = {"frequency": 1, "period": 1, "period_unit": "d", "count": 10}
    order = of(iv(rate=quantity(0.35, "mg/kg/h"), duration=4, duration_unit="h", **often), kg=80)

    assert (order.rate_mg_per_kg_h, order.per_kg, order.hours, order.infusions) == (0.35, "stated", 4, 10)
    assert (order.rate_mg_h, order.total_mg) == (pytest.approx(28), pytest.approx(112))


def test_a_rate_without_a_length_has_no_total() -> None:
    order = of(iv(rate=quantity(25, "mg/h")))

    assert (order.rate_mg_h, order.hours, order.total_mg) == (25, None, None)


def test_a_dose_with_a_rate_is_what_is_infused_at_that_rate() -> None:
    order = of(iv(dose=quantity(50, "mg"), rate=quantity(25, "mg/h")))

    assert (order.bolus_mg, order.rate_mg_h, order.total_mg) == (None, 25, 50)


def test_a_bolus_and_an_infusion_are_two_instructions() -> None:
    bolus = iv(dose=quantity(0.35, "mg/kg"))
    infusion = iv(rate=quantity(0.5, "mg/kg/h"), duration=2, duration_unit="h")

    order = of(bolus, infusion)

    assert (order.bolus_mg_per_kg, order.rate_mg_per_kg_h, order.total_mg) == (0.35, 0.5, 70)


def test_of_a_length_with_two_ends_the_rate_is_by_the_shorter_and_the_total_by_the_longer() -> None:
    as_dose = of(iv(dose=quantity(40, "mg"), duration=30, most_duration=60, duration_unit="min"))
    as_rate = of(iv(rate=quantity(40, "mg/h"), duration=30, most_duration=60, duration_unit="min"))
    longest_only = of(iv(dose=quantity(40, "mg"), most_duration=60, duration_unit="min"))

    assert (as_dose.rate_mg_h, as_dose.hours, as_dose.total_mg) == (pytest.approx(80), 1, 80)
    assert (as_rate.rate_mg_h, as_rate.total_mg) == (40, 40)
    assert (longest_only.rate_mg_h, longest_only.hours) == (40, 1)


def test_the_highest_of_several_instructions_counts() -> None:
    order = of(iv(dose=quantity(20, "mg")), iv(dose=quantity(35, "mg")), iv(dose=quantity(0.4, "mg/kg")))

    assert (order.bolus_mg, order.bolus_mg_per_kg, order.per_kg) == (35, 0.5, "weighed")


def test_the_dose_of_one_route_is_not_that_of_another() -> None:
    order = draft(VIAL_10, dosages=[iv(dose=quantity(0.2, "mg/kg")), dosage(route=IM, dose=quantity(0.5, "mg/kg"))])
    facts = treatment_facts(read_orders(identify_all([order], formulary())), value_sets(), None)

    assert [(one.route, one.bolus_mg_per_kg) for one in facts] == [("im", 0.5), ("iv", 0.2)]


def test_an_instruction_without_a_route_may_be_of_any() -> None:
    order = of(iv(dose=quantity(0.2, "mg/kg")), dosage(dose=quantity(0.5, "mg/kg")))

    assert (order.route, order.bolus_mg_per_kg) == ("iv", 0.5)


def test_a_dose_by_one_route_does_not_answer_for_another() -> None:
    assert dose_state(iv(dose=quantity(0.2, "mg/kg")), dosage(route=IM)) == ("missing", None)


def test_one_instruction_that_cannot_be_judged_by_weight_is_enough() -> None:
    order = of(iv(dose=quantity(200, "mg")), iv(dose=quantity(0.4, "mg/kg")), kg=None)

    assert (order.bolus_mg, order.bolus_mg_per_kg, order.per_kg) == (200, 0.4, "no-weight")


def test_a_dose_as_ordered_and_as_calculated_is_one_dose() -> None:
    twice = iv(amounts=[Amount(dose=quantity(0.5, "mg/kg")), Amount(dose=quantity(36, "mg"))])

    without, with_weight = of(twice, kg=None), of(twice)

    assert (without.bolus_mg, without.bolus_mg_per_kg, without.per_kg) == (36, 0.5, "stated")
    assert (with_weight.bolus_mg, with_weight.bolus_mg_per_kg, with_weight.per_kg) == (36, 0.5, "stated")


def test_a_rate_written_as_a_dose_is_a_rate() -> None:
    assert of(iv(dose=quantity(0.5, "mg/kg/h"))).rate_mg_per_kg_h == 0.5


@pytest.mark.parametrize("route", [SUBCUTANEOUS, IM])
def test_every_injection_is_judged_by_weight(route: tuple[str, str]) -> None:
    assert of(dosage(route=route, dose=quantity(35, "mg"))).bolus_mg_per_kg == 0.5


def test_an_injection_whose_route_is_not_stated_may_be_judged_by_weight() -> None:
    assert of(dosage(dose=quantity(35, "mg")), kg=None).per_kg == "no-weight"


def test_oral_ketamine_is_not_judged_by_weight() -> None:
    order = of(dosage(route=ORAL, dose=quantity(35, "mg")), code=KETAMINE)

    assert (order.bolus_mg, order.bolus_mg_per_kg, order.per_kg) == (35, None, None)


def test_esketamine_56_mg_twice_weekly_has_a_dose_and_no_number() -> None:
    order = of(dosage(dose=quantity(56, "mg"), frequency=2, period=1, period_unit="wk"), kg=None, code=SPRAY)

    assert (order.drug, order.route, order.bolus_mg, order.total_mg, order.per_kg) == (
        "esketamine",
        "nasal",
        56,
        56,
        None,
    )
    assert (order.infusions, order.compounded, order.strength_mg_ml) == (None, False, 140)


# --- is there a dose at all? ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instruction", "state"),
    [
        (iv(dose=quantity(35, "mg")), ("known", None)),
        (iv(dose=quantity(0.5, "mL")), ("known", None)),
        (iv(dose=quantity(0.5, "mg/kg")), ("known", None)),
        (iv(), ("missing", None)),
        (iv(dose=quantity(2, "puff")), ("uncertain", "unusable-value")),
        (iv(rate=quantity(10, "mL/h")), ("uncertain", "unusable-value")),
        (iv(dose=quantity(5, "mL"), duration=1, duration_unit="h"), ("uncertain", "unusable-value")),
    ],
    ids=str,
)
def test_a_dose_is_known_where_it_can_be_read(instruction: Dosage, state: tuple[str, str | None]) -> None:
    assert dose_state(instruction) == state


def test_a_dose_in_millilitres_is_read_by_the_strength_of_the_product() -> None:
    assert of(iv(dose=quantity(0.5, "mL")), code=VIAL_100).bolus_mg == 50
    assert of(iv(dose=quantity(0.5, "mL")), code=KETAMINE).bolus_mg is None


def test_what_is_infused_from_a_vial_is_diluted_so_millilitres_an_hour_say_nothing() -> None:
    assert of(iv(rate=quantity(10, "mL/h")), code=VIAL_100).rate_mg_h is None


# --- strength, compounding, home ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "strength"), [(VIAL_10, 10), (("rxnorm", "238084"), 50), (VIAL_100, 100), (KETAMINE, None)]
)
def test_the_strength_is_that_of_the_product(code: tuple[str, str], strength: float | None) -> None:
    assert of(iv(), code=code).strength_mg_ml == strength


def mixture(*strengths: Quantity | None, route: tuple[str, str] | None = IV, rate: Quantity | None = None) -> Treatment:
    parts = [concept(KETAMINE), concept(SALINE)]
    return fact(draft(ingredients=parts, strengths=strengths, dosages=[dosage(route=route, rate=rate)]))


def test_a_mixture_is_as_strong_as_its_ingredients_say_and_ready_to_be_infused() -> None:
    order = mixture(quantity(2, "mg/mL"), quantity(9, "mg/mL"), rate=quantity(10, "mL/h"))

    assert (order.strength_mg_ml, order.rate_mg_h, order.compounded) == (2, 20, False)


@pytest.mark.parametrize("strength", [None, quantity(500, "mg/{bag}")])
def test_a_mixture_of_unknown_strength_has_none(strength: Quantity | None) -> None:
    order = mixture(strength, None, rate=quantity(10, "mL/h"))

    assert (order.strength_mg_ml, order.rate_mg_h) == (None, None)


def test_a_vial_described_by_its_ingredient_too_is_still_a_vial() -> None:
    vial = draft(
        VIAL_100,
        ingredients=[concept(KETAMINE)],
        strengths=[quantity(100, "mg/mL")],
        dosages=[iv(rate=quantity(10, "mL/h"))],
    )

    order = fact(vial)

    assert (order.strength_mg_ml, order.rate_mg_h, order.compounded) == (100, None, False)


@pytest.mark.parametrize(
    ("use", "compounded"),
    [
        (draft(VIAL_10, dosages=[iv()]), False),
        (draft(VIAL_10, dosages=[dosage(route=IM)]), False),
        (draft(VIAL_10), None),
        (draft(VIAL_10, dosages=[dosage(route=NASAL)]), True),
        (draft(VIAL_10, dosages=[dosage(route=SUBCUTANEOUS)]), True),
        (draft(KETAMINE, dosages=[dosage(route=ORAL)]), True),
        (draft(text="ketamine troche", ingredients=[concept(KETAMINE)]), True),
        (draft(ingredients=[concept(text="ketamine")]), True),
        (draft(text="ketamine troche"), None),
        (draft(SPRAY), False),
        (draft(ingredients=[concept(ESKETAMINE)], dosages=[dosage(route=NASAL)]), True),
    ],
    ids=["iv", "im", "no route", "nasal", "sc", "oral", "ingredient", "named ingredient", "text", "spray", "own spray"],
)
def test_ketamine_is_compounded_by_any_route_but_iv_and_im(use: MedicationUse, compounded: bool | None) -> None:  # noqa: FBT001
    assert fact(use).compounded is compounded


def test_a_troche_to_take_home() -> None:
    troche = draft(
        text="Ketamine 100 mg troche, compounded",
        ingredients=[concept(KETAMINE)],
        category=[concept((CATEGORY, "community"))],
        dosages=[dosage(route=SUBLINGUAL, dose=quantity(100, "mg"))],
    )

    order = fact(troche, weight())

    assert (order.drug, order.route, order.compounded, order.take_home) == ("ketamine", "sublingual", True, True)
    assert (order.bolus_mg, order.bolus_mg_per_kg, order.per_kg, order.total_mg) == (100, None, None, 100)


@pytest.mark.parametrize(
    ("categories", "take_home"),
    [
        (["community"], True),
        (["discharge"], True),
        (["outpatient"], False),
        (["inpatient"], False),
        (["outpatient", "community"], True),
        (["somewhere"], None),
        ([], None),
    ],
)
def test_what_is_ordered_for_home_is_taken_home(categories: list[str], take_home: bool | None) -> None:  # noqa: FBT001
    use = draft(VIAL_10, category=[concept((CATEGORY, code)) for code in categories])

    assert fact(use).take_home is take_home


# --- how often ----------------------------------------------------------------------------------------------------

DAILY = {"frequency": 1, "period": 1, "period_unit": "d"}
TWICE_A_WEEK = {"frequency": 2, "period": 1, "period_unit": "wk"}


@pytest.mark.parametrize(
    ("timing", "infusions"),
    [
        ({"count": 6}, 6),
        ({"count": 6, "frequency": 3, "period": 1, "period_unit": "wk"}, 6),
        ({**DAILY, "bounds_length": quantity(10, "d")}, 10),
        ({**DAILY, "bounds": span("2026-11-21", "2026-11-30")}, 10),
        ({**TWICE_A_WEEK, "bounds_length": quantity(4, "wk")}, 8),
        ({"period": 1, "period_unit": "d", "bounds_length": quantity(1, "wk")}, 7),
        ({**TWICE_A_WEEK, "bounds_length": quantity(10, "d")}, None),
        ({**DAILY, "bounds_length": quantity(1, "mo")}, None),
        ({**DAILY, "bounds_length": quantity(10, "d", "<")}, None),
        ({**DAILY, "bounds": span("2026-11", "2026-12")}, None),
        ({**DAILY, "bounds": span("2026-11-21", "2026-12")}, None),
        ({**DAILY, "bounds": span("2026-11-21")}, None),
        ({**DAILY, "bounds": span(None, "2026-11-30")}, None),
        ({**DAILY, "bounds": span("2026-11-30", "2026-11-20")}, None),
        ({**DAILY, "most_frequency": 2, "bounds_length": quantity(10, "d")}, None),
        ({**DAILY, "most_period": 2, "bounds_length": quantity(10, "d")}, None),
        ({**DAILY, "as_needed": True, "bounds_length": quantity(10, "d")}, None),
        ({**DAILY, "frequency": 0, "bounds_length": quantity(10, "d")}, None),
        (DAILY, None),
        ({"bounds_length": quantity(10, "d")}, None),
        ({}, None),
    ],
    ids=str,
)
def test_the_number_of_infusions_is_what_the_order_says_exactly(
    timing: dict[str, object], infusions: float | None
) -> None:
    assert of(iv(dose=quantity(35, "mg"), **timing)).infusions == infusions


def test_the_highest_number_of_several_instructions_counts() -> None:
    assert of(iv(count=6), iv(count=10), iv()).infusions == 10


# --- the weight ---------------------------------------------------------------------------------------------------


def test_a_weight_that_nobody_believes_gives_way_to_the_one_before_and_never_makes_a_dose() -> None:
    slip, before = weight(720, id_="slip"), weight(72, on="2026-11-10", id_="before")

    order = fact(draft(VIAL_10, dosages=(dosage(dose=quantity(35, "mg")),)), slip)

    assert measured(slip, before) == 72
    assert (order.bolus_mg, order.bolus_mg_per_kg, order.per_kg) == (35, None, "no-weight")


@pytest.mark.parametrize(
    ("of_record", "kg"),
    [
        (weight(70), 70),
        (weight(154.32, "[lb_av]"), 70),
        (weight(154.32, "lb"), 70),
        (weight(70000, "g"), 70),
        (weight(11, "[stone_av]"), None),
        (weight(on="2026-10-22"), 70),
        (weight(on="2026-10-21"), None),
        (weight(on="2026-11-24"), None),
        (weight(status="preliminary"), None),
        (weight(status="entered-in-error"), None),
        (weight(0), None),
        (weight(19.9), None),
        (weight(20), 20),
        (weight(400), 400),
        (weight(400.1), None),
        (weight(70, "g"), None),
    ],
    ids=[
        *("kg", "UCUM pound", "pound", "g", "stone", "30 days", "31 days", "future", "preliminary", "in error", "zero"),
        *("below the least", "the least", "the most", "above the most", "g for kg"),
    ],
)
def test_a_weight_counts_if_it_is_measured_final_and_recent(of_record: Observation, kg: float | None) -> None:
    assert measured(of_record) == kg


def test_the_latest_weight_counts_and_of_one_day_the_least() -> None:
    assert measured(weight(80, on="2026-11-01", id_="a"), weight(70, on="2026-11-20", id_="b")) == 70
    assert measured(weight(80, id_="a"), weight(75, id_="b")) == 75


def test_more_than_a_weight_is_no_weight() -> None:
    heavy = observation(value(("loinc", "29463-7"), quantity_=quantity(150, "kg", ">")))

    assert measured(heavy) is None


def test_without_a_weight_there_is_none() -> None:
    assert measured() is None


@pytest.mark.parametrize(
    "amounts",
    [
        {"dose": quantity(1e308, "mg")},
        {"dose": quantity(5e-324, "mg/kg")},
        {"rate": quantity(1e308, "mg/h"), "duration": 1, "duration_unit": "h"},
        {"dose": quantity(35, "mg"), "duration": 5e-324, "duration_unit": "min"},
        {"dose": quantity(35, "mg"), "duration": 1, "most_duration": 1e308, "duration_unit": "h"},
    ],
    ids=["dose", "dose by weight", "rate", "length", "longest length"],
)
def test_an_order_by_a_number_that_no_float_can_hold_states_no_dose(amounts: dict[str, object]) -> None:
    order = of(iv(**amounts))

    assert (order.bolus_mg, order.rate_mg_h, order.bolus_mg_per_kg, order.rate_mg_per_kg_h) == (None,) * 4
    assert order.total_mg is None
    assert dose_state(iv(**amounts)) == ("uncertain", "unusable-value")


@pytest.mark.parametrize(
    "timing",
    [
        {"count": 10**308},
        {"frequency": 1e308, "period": 1, "period_unit": "d", "bounds_length": quantity(10, "d")},
        {"frequency": 1, "period": 5e-324, "period_unit": "d", "bounds_length": quantity(10, "d")},
        {"frequency": 1, "period": 1, "period_unit": "d", "bounds_length": quantity(1e308, "d")},
    ],
    ids=["count", "frequency", "period", "length"],
)
def test_so_many_infusions_as_no_float_can_hold_are_not_known(timing: dict[str, object]) -> None:
    assert of(iv(dose=quantity(35, "mg"), **timing)).infusions is None
