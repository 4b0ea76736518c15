"""The plain form is narrower than FHIR: what fits is accepted by `fhir.resources`, and read to the same result."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from builders import (
    LOINC,
    RXNORM,
    SNOMED,
    allergy,
    blood_pressure,
    bundle,
    coding,
    condition,
    dosage,
    medication,
    medication_administration,
    medication_request,
    medication_statement,
    observation,
    patient,
    procedure,
    quantity,
    reference,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from kcds.errors import RequestError
from kcds.fhir import plain, validation
from kcds.fhir.bundles import type_of
from kcds.fhir.plain import is_plain
from kcds.fhir.read import read_bundle
from kcds.fhir.validation import kept_elements

SAMPLES = Path(__file__).parents[2] / "fhir_samples"
RATIO = {"numerator": quantity(10, "mg"), "denominator": quantity(1, "h")}
SCORED = {"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 2}
WHEN = {"start": "2019-05", "end": "2020-02-28T10:00:00.123Z"}
EVERYTHING_DOSED = dosage(600, "mg") | {
    "id": "d",
    "sequence": 1,
    "text": "as told",
    "additionalInstruction": [{"text": "with food"}],
    "asNeededBoolean": False,
    "site": {"text": "arm"},
    "method": {"text": "swallow"},
    "maxDosePerPeriod": RATIO,
    "maxDosePerAdministration": quantity(1, "mg"),
    "timing": {
        "event": ["2020-01-31"],
        "code": {"coding": [{"code": "BID"}]},
        "repeat": {
            "boundsPeriod": WHEN,
            "count": 3,
            "countMax": 4,
            "duration": 1.5,
            "durationUnit": "h",
            "frequency": 2,
            "period": 1,
            "periodUnit": "d",
            "dayOfWeek": ["mon"],
            "timeOfDay": ["08:00:00"],
            "when": ["MORN"],
        },
    },
}
ROUTED = {"route": {"text": "iv"}, "dose": quantity(20, "mg"), "rateRatio": RATIO}
ANSWERED = {"coding": [coding(LOINC, "LA6570-1") | {"extension": [SCORED], "version": "2"}], "text": "often"}
RESOURCES: list[dict[str, Any]] = [
    patient(deceasedDateTime="2026-01-30T23:59:59+13:00"),
    condition(onsetPeriod=WHEN, abatementDateTime="2020", recordedDate="2020-12-31", subject=reference("Patient/p1")),
    condition(onsetAge=quantity(30, "a"), abatementString="last year", code=ANSWERED | {"id": "c"}),
    blood_pressure(
        122,
        76,
        referenceRange=[{"low": quantity(1.5, "mm[Hg]"), "type": {"text": "normal"}, "age": {"low": quantity(1, "a")}}],
        interpretation=[{"coding": [{"code": "H"}]}],
    ),
    observation("44249-1", valueCodeableConcept=ANSWERED, effectiveDateTime=None, effectivePeriod=WHEN),
    observation("44249-1", valueInteger=7, effectiveDateTime=None, effectiveTiming={"event": ["2019-05-07"]}),
    observation("44249-1", valueString="7", effectiveDateTime=None, effectiveInstant="2019-05-07T10:00:00Z"),
    procedure(
        "14152002", performedDateTime=None, performedPeriod=WHEN, usedCode=[{"coding": [coding(RXNORM, "6130")]}]
    ),
    procedure(
        "14152002", performedDateTime=None, usedReference=[reference("Medication/med-6130")], performedString="in May"
    ),
    allergy("6130", type="allergy", onsetString="as a child")
    | {"reaction": [{"manifestation": [{"text": "rash"}], "onset": "2019-05-07", "severity": "mild"}]},
    medication_request(dosageInstruction=[EVERYTHING_DOSED], dispenseRequest={"validityPeriod": WHEN}),
    medication_request(
        None,
        medicationReference={"reference": "Medication/1", "display": "x", "identifier": {"use": "usual", "value": "x"}},
        reasonReference=[reference("Condition/1")],
        reasonCode=[{"coding": [coding(SNOMED, "82423001")]}],
        doNotPerform=False,
        dosageInstruction=[
            {"doseAndRate": [{"doseRange": {"low": quantity(1, "mg")}, "rateRange": {"high": quantity(2, "mg/h")}}]}
        ],
    ),
    medication_statement("25480", statusReason=[{"text": "no benefit"}], dosage=[dosage(600, "mg")]),
    medication_administration("6130", dosage=ROUTED),
    medication(
        "6130",
        status="active",
        ingredient=[
            {"itemReference": reference("Medication/2"), "isActive": True, "strength": RATIO},
            {"itemCodeableConcept": {"text": "sugar"}},
        ],
    ),
]
for _each in RESOURCES:
    for _name in [name for name, value in _each.items() if value is None]:
        del _each[_name]

DATES = st.one_of(
    st.dates().map(str),
    st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
    st.from_regex(
        r"[0-9]{4}-[01][0-9]-[0-3][0-9](T[0-2][0-9]:[0-5][0-9](:[0-6][0-9](\.[0-9]{1,8})?)?(Z|[+-][01][0-9]:00)?)?",
        fullmatch=True,
    ),
    st.sampled_from(
        [
            *(
                "2020",
                "2020-13",
                "2020-02-29",
                "2019-02-29",
                "1900-02-29",
                "1899-01-01",
                "2100-01-01",
                "0000",
                "20200101",
            ),
            *(
                "2020-04-31",
                "2020-01-31T24:00:00Z",
                "2020-01-31T23:59:60Z",
                "2020-01-01\n",
                "2020-01-01T10:00:00+14:00",
            ),
            *("٢٠٢٠-01-01", "2020-01-01T10:00:00z", "2020-01-01 10:00:00Z", "2020-1-1", "10:00:00", "24:00:00"),
        ]
    ),
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-2, max_value=2),
    st.floats(),
    st.text(max_size=3),
    DATES,
    st.sampled_from([2**31, 2**31 - 1, -(2**31), 10**400, 10**5000, 1e308, 5e-324, -0.0, 0.1, 7.0]),
    st.sampled_from(["", " ", "\t", "\x0b", "\xa0", "\ud800", "a  b", " a", "a ", "a\tb", "a\n", "ü", "7", "true"]),
    st.sampled_from(
        [
            *([], {}, [None], [[]], [{}], {"": None}, {"coding": [None]}, {"coding": []}, {"reference": {}}),
            *({"extension": [{"url": "x", "valueString": "y"}]}, {"extension": [SCORED]}, {"extension": []}),
            *({"text": "x"}, [{"text": "x"}], WHEN, RATIO, quantity(1, "mg"), reference("Patient/1"), [SCORED]),
            *({"resourceType": "Coding"}, {"fhir_comments": "x"}, {"value": "7"}, {"value": True}, {"value": 1e400}),
        ]
    ),
)


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a resource."""
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in inside:
        yield from places(below, (*path, step))


NAMES = sorted(
    {step for each in RESOURCES for path in places(each) for step in path if isinstance(step, str)}
    | {
        "extension",
        "modifierExtension",
        "implicitRules",
        "_status",
        "_value",
        "fhir_comments",
        "code__ext",
        "contained",
    }
    | {"valueBoolean", "valueDateTime", "valueRange", "valuePeriod", "valueTime", "deceasedBoolean", "onsetDateTime"}
    | {"asNeededCodeableConcept", "boundsDuration", "rateQuantity", "resource_type", "note", "offset", "assigner", ""}
)


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, Any]:
    """A resource with up to three elements changed, added or taken away."""
    resource: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(RESOURCES)))
    for _ in range(draw(st.integers(0, 3))):
        container: Any = resource
        path = draw(st.sampled_from(list(places(resource))))
        for step in path[:-1]:
            container = container[step]
        match draw(st.sampled_from(["change", "add", "add", "remove"])):
            case "change" if path:
                container[path[-1]] = copy.deepcopy(draw(VALUES))
            case "remove" if path and isinstance(container, dict):
                del container[path[-1]]
            case _:
                target = container[path[-1]] if path else container
                if isinstance(target, dict):
                    target[draw(st.sampled_from(NAMES))] = copy.deepcopy(draw(VALUES))
    return resource


@pytest.fixture(scope="module", autouse=True)
def _models_are_loaded() -> None:
    validation.warm_up()


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda each: each["resourceType"])
def test_resources_with_nothing_odd_are_plain(resource: dict[str, Any]) -> None:
    assert is_plain(kept_elements(resource))


@given(spoilt())
@settings(max_examples=600, deadline=None)
def test_what_is_plain_is_accepted_and_means_what_it_says(resource: dict[str, Any]) -> None:
    if type_of(resource) not in validation.RESOURCE_TYPES or not is_plain(kept_elements(resource)):
        return

    assert validation._faults(kept_elements(resource), validation.Effort()) == []
    assert not validation._changes_meaning(kept_elements(resource))
    assert resource.get("implicitRules") is None


@given(spoilt())
@settings(max_examples=300, deadline=None)
def test_what_is_read_of_a_plain_resource_is_what_the_long_way_reads(resource: dict[str, Any]) -> None:
    sent = bundle(*([] if type_of(resource) == "Patient" else [patient()]), resource)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(validation, "is_plain", lambda _: False)
        the_long_way = outcome(sent)

    assert outcome(sent) == the_long_way


def outcome(sent: dict[str, Any]) -> object:
    """The record, or the refusal."""
    try:
        return read_bundle(sent, wanted=lambda *_: True)
    except RequestError as refusal:
        return str(refusal)


def sample_resources() -> Iterator[dict[str, Any]]:
    """The resources of the samples that are of a type that kcds reads."""

    def inside(value: object) -> Iterator[dict[str, Any]]:
        if isinstance(value, dict):
            if type_of(value) in validation.RESOURCE_TYPES:
                yield value
            value = list(value.values())
        if isinstance(value, list):
            for below in value:
                yield from inside(below)

    for path in SAMPLES.glob("*/request.json"):
        yield from inside(json.loads(path.read_text(encoding="utf-8")))


def test_nearly_all_resources_of_the_samples_are_plain() -> None:
    found = [is_plain(kept_elements(resource)) for resource in sample_resources()]

    assert sum(found) / len(found) > 0.9


def test_only_elements_that_are_left_to_be_judged_are_described() -> None:
    for form in get_args(get_args(plain._Resource)[0]):
        described = form.__origin__ if hasattr(form, "__metadata__") else form
        resource_type = get_args(described.__annotations__["resourceType"])[0]
        resource_type = get_args(resource_type)[0] if get_args(resource_type) else resource_type
        names = dict.fromkeys(described.__annotations__)

        assert kept_elements({**names, "resourceType": resource_type}).keys() == names.keys()
