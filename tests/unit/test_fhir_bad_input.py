"""Whatever is sent: a record, or a RequestError that quotes nothing. Nothing else ever escapes."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from builders import (
    RXNORM,
    allergy,
    blood_pressure,
    bundle,
    condition,
    dosage,
    medication,
    medication_request,
    medication_statement,
    operation_outcome,
    patient,
    procedure,
    quantity,
    reference,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from kcds.errors import RequestError
from kcds.fhir.read import read_bundle, read_prefetch
from kcds.fhir.validation import warm_up

CANARY = "Canary-7391"


@pytest.fixture(scope="module", autouse=True)
def _models_are_loaded() -> None:
    warm_up()


def deep(levels: int) -> object:
    nested: object = []
    for _ in range(levels):
        nested = [nested]
    return nested


ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(
        [
            *(
                CANARY,
                "2019-13-45",
                "2019-05-07T10:00:00",
                "\ud800",
                "\x00",
                "#",
                "urn:uuid:",
                "Patient/x",
                "Patient?x",
            ),
            *('{"a": 1}', 10**400, -1, 1e308, [], {}, [None], [[]], {"": None}, {"coding": [None]}, {"reference": {}}),
            *({"resourceType": "Bundle", "entry": [{}]}, {"resourceType": []}, deep(300), {"start": 5, "end": []}),
        ]
    ),
)


def rich_bundle() -> dict[str, Any]:
    return bundle(
        patient(deceasedBoolean=False),
        condition(onsetPeriod={"start": "2019"}, abatementDateTime="2020"),
        blood_pressure(122, 76, referenceRange=[{"high": quantity(120, "mm[Hg]")}], meta={"lastUpdated": "2020"}),
        medication_request(
            None,
            medicationReference=reference("Medication/med-6130"),
            reasonReference=[reference("#c")],
            contained=[condition(id="c")],
            dosageInstruction=[dosage(600, "mg")],
            dispenseRequest={"validityPeriod": {"start": "2020-01-01"}},
        ),
        medication("6130", ingredient=[{"itemReference": reference("Medication/med-6130")}]),
        medication_statement("25480", statusReason=[{"text": "no benefit"}], effectiveDateTime="2020"),
        procedure("14152002", usedReference=[reference("Medication/med-6130")]),
        allergy("6130", reaction=[{"manifestation": [{"text": "rash"}]}]),
        operation_outcome("warning"),
        link=[{"relation": "self", "url": "x"}],
    )


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, inner in items for found in ((*path, key), *places(inner, (*path, key)))]


PLACES = places(rich_bundle())


def spoiled(path: tuple[str | int, ...], odd: object) -> dict[str, Any]:
    sent: Any = rich_bundle()
    inner = sent
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = copy.deepcopy(odd)
    return dict(sent)


def refusal_of(read: Callable[[], object]) -> str:
    """What the caller is told, if the input is refused; any other exception escapes."""
    try:
        read()
    except RequestError as refusal:
        return f"{refusal.element}: {refusal}"
    return ""


def all_refusals(sent: object) -> str:
    """What is told when this is sent as a Bundle, as the answer to queries, and as drafted orders."""
    whole = refusal_of(lambda: read_bundle(sent, wanted=lambda *_: True))
    parts = refusal_of(
        lambda: read_prefetch(
            {"patient": patient(), "conditions": sent, "medicationRequests": sent},
            patient_id="pat-1",
            draft_orders=sent,
            wanted=lambda *_: True,
        )
    )
    return whole + parts


@settings(max_examples=400, deadline=None)
@given(path=st.sampled_from(PLACES), odd=ODD_VALUES)
def test_one_odd_value_anywhere_never_escapes_as_another_error(path: tuple[str | int, ...], odd: object) -> None:
    assert CANARY not in all_refusals(spoiled(path, odd))


@pytest.mark.parametrize("odd", [5, CANARY, [], {}, [{}], 10**40, True], ids=str)
def test_this_odd_value_escapes_nowhere(odd: object) -> None:
    for path in PLACES:
        assert CANARY not in all_refusals(spoiled(path, odd))


def test_a_resource_nested_a_hundred_thousand_deep_is_unreadable() -> None:
    record = read_bundle(bundle(patient(), condition(code=deep(100_000))), wanted=lambda *_: True)

    assert [each.type for each in record.unreadable] == ["Condition"]


def test_one_spoiled_resource_spoils_no_other() -> None:
    broken = medication_request("6130", id="broken", intent=5)

    record = read_bundle(bundle(patient(), condition(), broken, medication_request("25480")), wanted=lambda *_: True)

    assert len(record.conditions) == 1
    assert [each.reference for each in record.medications] == ["MedicationRequest/mr-25480"]
    assert [each.codes for each in record.unreadable] == [{(RXNORM, "6130")}]
