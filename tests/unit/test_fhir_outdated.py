from datetime import date

import pytest
from builders import PATIENT_ID, blood_pressure, concept, observation, patient, quantity, searchset

from kcds.fhir.read import read_prefetch

SINCE = date(2025, 11, 21)
YES = concept("http://snomed.info/sct", "373066001")


def weight(day: str, **changes: object) -> dict[str, object]:
    value = {"valueQuantity": quantity(80, "kg")} | changes
    return observation("29463-7", effectiveDateTime=day, id=f"w-{day}", **value)


def kept(*resources: dict[str, object]) -> list[str]:
    prefetch = {"patient": patient(), "vitalSigns": searchset(*resources)}
    record = read_prefetch(prefetch, patient_id=PATIENT_ID, wanted=lambda *_: True, since=lambda _codes: SINCE)
    return [one.reference.partition("/")[2] for one in record.observations]


def is_read(odd: dict[str, object]) -> bool:
    """Whether it is read, or reported as unreadable, beside a newer one of its kind."""
    prefetch = {"patient": patient(), "vitalSigns": searchset(weight("2021-05-05"), odd)}
    record = read_prefetch(prefetch, patient_id=PATIENT_ID, wanted=lambda *_: True, since=lambda _codes: SINCE)
    return "Observation/odd" in {one.reference for one in (*record.observations, *record.unreadable)}


def test_of_old_measurements_of_one_kind_only_the_latest_is_read() -> None:
    assert kept(weight("2019-01-01"), weight("2021-05-05"), weight("2020-03-03")) == ["w-2021-05-05"]


def test_of_several_old_measurements_of_one_moment_all_are_read_in_whatever_order_they_come() -> None:
    first, second = weight("2021-05-05") | {"id": "a"}, weight("2021-05-05") | {"id": "b"}

    assert kept(first, weight("2019-01-01"), second) == ["a", "b"]
    assert kept(second, weight("2019-01-01"), first) == ["b", "a"]


def test_a_measurement_on_the_first_day_that_matters_is_read() -> None:
    assert kept(weight("2025-11-21"), weight("2025-11-20")) == ["w-2025-11-21", "w-2025-11-20"]


def test_kinds_are_told_apart() -> None:
    pressure = blood_pressure(120, 80) | {"effectiveDateTime": "2019-01-01", "id": "bp"}

    assert kept(weight("2021-05-05"), pressure, weight("2019-01-01")) == ["w-2021-05-05", "bp"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"valueQuantity": None, "valueBoolean": True}, id="an answer to a question"),
        pytest.param({"valueQuantity": None, "valueCodeableConcept": YES}, id="a coded answer"),
        pytest.param({"status": "preliminary"}, id="a preliminary number, which may raise concern"),
        pytest.param({"effectiveDateTime": "2019-13-45"}, id="a date that is none"),
        pytest.param({"effectiveDateTime": "2019"}, id="a year"),
        pytest.param({"status": []}, id="a status that is a list"),
        pytest.param({"effectiveDateTime": {}}, id="a date that is an object"),
        pytest.param({"code": []}, id="a code that is a list"),
        pytest.param({"component": {}}, id="components that are an object"),
    ],
)
def test_whatever_is_not_plainly_an_old_number_is_read(changes: dict[str, object]) -> None:
    odd = weight("2019-01-01") | changes | {"id": "odd"}
    odd = {name: value for name, value in odd.items() if value is not None}

    assert is_read(odd)
