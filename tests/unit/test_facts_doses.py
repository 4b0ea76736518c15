"""The dose of a day: ranges, limits, tablets, what is taken only when needed."""

from decimal import Decimal

import pytest
from record_builders import dosage, medicine, quantity
from terminology import formulary, value_sets

from kcds.facts.doses import DailyDose, daily_dose, daily_dose_of
from kcds.facts.medications import identify_all, medication_facts, read_medicines
from kcds.fhir.record import Amount, Dosage, MedicationUse
from kcds.knowledge.products import Strength
from kcds.model.code_systems import RXNORM

TABLET = Strength(Decimal(500), "unit")
GRAM, MILLIGRAMS = quantity(1, "g"), quantity(500, "mg")
DAY = quantity(1, "d")
ACETAMINOPHEN_500 = ("rxnorm", "198440")
OXYCODONE_WITH_ACETAMINOPHEN = ("rxnorm", "1049221")


def daily(one: Dosage, strength: Strength | None = None) -> tuple[float, float] | None:
    dose = daily_dose([one], strength)
    return None if dose is None else (float(dose.least), float(dose.most))


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (dosage(dose=MILLIGRAMS, frequency=4, period=1, period_unit="d"), (2000, 2000)),
        (dosage(dose=MILLIGRAMS, period=6, period_unit="h"), (2000, 2000)),
        (dosage(dose=MILLIGRAMS, frequency=7, period=1, period_unit="wk"), (500, 500)),
        (dosage(dose=GRAM, least_dose=MILLIGRAMS, frequency=2, period=1, period_unit="d"), (1000, 2000)),
        (dosage(dose=MILLIGRAMS, frequency=2, most_frequency=4, period=1, period_unit="d"), (1000, 2000)),
        (dosage(dose=MILLIGRAMS, frequency=1, period=4, most_period=6, period_unit="h"), (2000, 3000)),
        (dosage(dose=MILLIGRAMS, period=6, period_unit="h", as_needed=True), (0, 2000)),
        (dosage(dose=GRAM, period=4, period_unit="h", limit=(quantity(4, "g"), DAY)), (4000, 4000)),
        (dosage(dose=MILLIGRAMS, period=6, period_unit="h", limit=(quantity(4, "g"), DAY)), (2000, 2000)),
        (dosage(limit=(quantity(3, "g"), DAY), as_needed=True), (0, 3000)),
        (dosage(limit=(quantity(3, "g"), DAY)), None),
        (dosage(limit=(quantity(3, "tablet"), DAY), as_needed=True), None),
        (dosage(limit=(quantity(3, "g"), quantity(1, "mo")), as_needed=True), None),
        (dosage(dose=MILLIGRAMS), None),
        (dosage(least_dose=MILLIGRAMS, period=1, period_unit="d"), None),
        (dosage(dose=MILLIGRAMS, period=1, period_unit="mo"), None),
        (dosage(dose=quantity(500, "mg", "<"), period=1, period_unit="d"), None),
        (dosage(dose=quantity(5, "mg/kg"), period=1, period_unit="d"), None),
        (dosage(dose=quantity(5, "mg/h"), period=1, period_unit="d"), None),
        (
            dosage(amounts=[Amount(dose=MILLIGRAMS), Amount(dose=quantity(1, "tablet"))], period=1, period_unit="d"),
            (500, 500),
        ),
    ],
    ids=str,
)
def test_the_daily_dose_has_a_least_and_a_most(one: Dosage, expected: tuple[float, float] | None) -> None:
    assert daily(one) == expected


def test_a_number_of_tablets_is_a_dose_where_their_strength_is_known() -> None:
    two_four_times = dosage(dose=quantity(2, "{tablet}"), frequency=4, period=1, period_unit="d")

    assert daily(two_four_times, TABLET) == (4000, 4000)
    assert daily(two_four_times) is None


def test_of_a_combination_only_a_number_of_tablets_tells_the_dose() -> None:
    product = formulary().product(RXNORM, OXYCODONE_WITH_ACETAMINOPHEN[1])
    assert product is not None
    by_name = {one.name: one for one in product.ingredients}
    often = {"frequency": 4, "period": 1, "period_unit": "d"}
    tablets = [dosage(dose=quantity(2, "tablet"), **often)]
    milligrams = [dosage(dose=quantity(10, "mg"), limit=(quantity(4, "g"), DAY), **often)]
    limited = [dosage(dose=quantity(2, "tablet"), limit=(quantity(6, "tablet"), DAY), **often)]

    assert daily_dose_of(by_name["oxycodone"], product, tablets) == DailyDose(Decimal(40), Decimal(40))
    assert daily_dose_of(by_name["acetaminophen"], product, tablets) == DailyDose(Decimal(2600), Decimal(2600))
    assert daily_dose_of(by_name["oxycodone"], product, milligrams) is None
    assert daily_dose_of(by_name["oxycodone"], product, limited) == DailyDose(Decimal(30), Decimal(30))


def test_a_combination_whose_strengths_are_not_known_has_no_daily_dose() -> None:
    product = formulary().product(RXNORM, "214183")
    assert product is not None
    tablets = [dosage(dose=quantity(2, "tablet"), frequency=1, period=1, period_unit="d")]

    assert len(product.ingredients) > 1
    assert daily_dose_of(product.ingredients[0], product, tablets) is None


def acetaminophen(use: MedicationUse) -> tuple[float | None, bool | None]:
    (fact,) = {
        (one.daily_dose_mg, one.as_needed)
        for one in medication_facts(read_medicines(identify_all([use], formulary())), value_sets())
        if one.concept == "rx-nsaid-acetaminophen"
    }
    return fact


@pytest.mark.parametrize(
    ("code", "dose"),
    [
        (("rxnorm", "161"), quantity(1000, "mg")),
        (ACETAMINOPHEN_500, quantity(1000, "mg")),
        (ACETAMINOPHEN_500, quantity(2, "tablet")),
    ],
)
def test_a_gram_of_acetaminophen_four_times_daily_is_four_grams(code: tuple[str, str], dose: object) -> None:
    use = medicine(code, dosages=[dosage(dose=dose, frequency=4, period=1, period_unit="d")])

    assert acetaminophen(use) == (4000, False)


def test_acetaminophen_in_a_combination_counts_with_its_part() -> None:
    six = dosage(dose=quantity(1, "tablet"), period=4, period_unit="h", as_needed=True)

    assert acetaminophen(medicine(OXYCODONE_WITH_ACETAMINOPHEN, dosages=[six])) == (1950, True)


def test_a_medicine_is_taken_as_needed_only_if_all_its_instructions_say_so() -> None:
    daily_, needed = dosage(dose=MILLIGRAMS), dosage(dose=MILLIGRAMS, as_needed=True)

    assert acetaminophen(medicine(ACETAMINOPHEN_500, dosages=[daily_, needed]))[1] is False
    assert acetaminophen(medicine(ACETAMINOPHEN_500, dosages=[needed]))[1] is True
    assert acetaminophen(medicine(ACETAMINOPHEN_500))[1] is None


ONCE_DAILY = {"frequency": 1, "period": 1, "period_unit": "d"}


@pytest.mark.parametrize(
    "one",
    [
        dosage(dose=quantity(1e308, "g"), **ONCE_DAILY),
        dosage(dose=quantity(5e-324, "mg"), **ONCE_DAILY),
        dosage(dose=MILLIGRAMS, **(ONCE_DAILY | {"frequency": 1e308})),
        dosage(dose=MILLIGRAMS, **ONCE_DAILY, most_frequency=1e308),
        dosage(dose=MILLIGRAMS, **(ONCE_DAILY | {"period": 5e-324})),
        dosage(dose=MILLIGRAMS, **ONCE_DAILY, most_period=1e308),
        dosage(dose=GRAM, least_dose=quantity(5e-324, "mg"), **ONCE_DAILY),
    ],
    ids=["dose", "small dose", "frequency", "highest frequency", "period", "longest period", "least dose"],
)
def test_a_dose_by_a_number_that_no_float_can_hold_is_not_known(one: Dosage) -> None:
    assert daily(one) is None
    assert acetaminophen(medicine(ACETAMINOPHEN_500, dosages=[one])) == (None, False)


def test_a_limit_that_no_float_can_hold_limits_nothing() -> None:
    for limit in ((quantity(1e308, "g"), DAY), (quantity(4, "g"), quantity(5e-324, "d"))):
        assert daily(dosage(dose=GRAM, **ONCE_DAILY, limit=limit)) == (1000, 1000)
        assert daily(dosage(as_needed=True, limit=limit)) is None
