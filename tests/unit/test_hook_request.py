from typing import Any

import pytest

from kcds.cds_hooks.request import read_hook_request
from kcds.cds_hooks.services import find_service
from kcds.errors import PreconditionError, RequestError, UnknownServiceError

VIEW = find_service("ketamine-patient-view")
SELECT = find_service("ketamine-order-select")
SIGN = find_service("ketamine-order-sign")
INSTANCE = "5f1a9c1e-3e34-4f1e-9c0a-0d7b9f6f6a10"


def call(hook: str = "patient-view", **changes: Any) -> dict[str, Any]:
    context = {"userId": "Practitioner/p1", "patientId": "pat-1"}
    if hook != "patient-view":
        context["draftOrders"] = {"resourceType": "Bundle", "type": "collection"}
    if hook == "order-select":
        context["selections"] = ["MedicationRequest/m1"]
    return {"hook": hook, "hookInstance": INSTANCE, "context": context} | changes


def test_a_call_is_read() -> None:
    request = read_hook_request(call("order-select"), SELECT)

    assert request.patient_id == "pat-1"
    assert request.selections == frozenset({"MedicationRequest/m1"})
    assert str(request.hook_instance) == INSTANCE


def test_a_patient_id_may_carry_its_type() -> None:
    context = {"userId": "Practitioner/p1", "patientId": "Patient/pat-1"}

    assert read_hook_request(call(context=context), VIEW).patient_id == "pat-1"


def test_unknown_members_and_extensions_are_ignored() -> None:
    request = read_hook_request(call(extension={"org.example": 1}, somethingNew=[1]), VIEW)

    assert request.patient_id == "pat-1"


@pytest.mark.parametrize(
    ("payload", "service", "element"),
    [
        pytest.param([], VIEW, None, id="not an object"),
        pytest.param(call(hook="order-sign"), VIEW, "hook", id="a hook that this service does not answer"),
        pytest.param(call(hook=""), VIEW, "hook", id="an empty hook"),
        pytest.param(call(hook=None), VIEW, "hook", id="a null hook"),
        pytest.param(call(hookInstance="abc"), VIEW, "hookInstance", id="a hookInstance that is no UUID"),
        pytest.param(call(hookInstance=7), VIEW, "hookInstance", id="a hookInstance of the wrong type"),
        pytest.param(call(context=None), VIEW, "context", id="no context"),
        pytest.param(call(context={}), VIEW, "context", id="an empty context"),
        pytest.param(call(context={"userId": "Practitioner/1"}), VIEW, "context.patientId", id="no patient"),
        pytest.param(
            call(context={"userId": "Practitioner/1", "patientId": "a b"}), VIEW, "context.patientId", id="no FHIR id"
        ),
        pytest.param(
            call(context={"userId": "Device/1", "patientId": "a"}), VIEW, "context.userId", id="a device as user"
        ),
        pytest.param(call(prefetch=[]), VIEW, "prefetch", id="prefetch of the wrong type"),
        pytest.param(
            call("order-sign", context={"userId": "Practitioner/1", "patientId": "a"}),
            SIGN,
            "context.draftOrders",
            id="order-sign without draftOrders",
        ),
        pytest.param(
            call("order-sign", context={"userId": "Practitioner/1", "patientId": "a", "draftOrders": {"a": 1}}),
            SIGN,
            "context.draftOrders",
            id="draftOrders that is no Bundle",
        ),
        pytest.param(
            call(
                fhirAuthorization={
                    "access_token": "x",
                    "token_type": "Bearer",
                    "expires_in": 3,
                    "scope": "s",
                    "subject": "c",
                }
            ),
            VIEW,
            "fhirServer",
            id="an authorization without its server",
        ),
        pytest.param(
            call(fhirServer="https://ehr.example.org", fhirAuthorization={"access_token": "x"}),
            VIEW,
            "fhirAuthorization.token_type",
            id="half an authorization",
        ),
    ],
)
def test_a_faulty_call_is_refused_by_naming_the_element(payload: object, service: Any, element: str | None) -> None:
    with pytest.raises(RequestError) as caught:
        read_hook_request(payload, service)

    assert caught.value.element == element
    assert caught.value.status == 400


def test_an_error_never_quotes_the_value() -> None:
    with pytest.raises(RequestError) as caught:
        read_hook_request(call(context={"userId": "Practitioner/1", "patientId": "Jane Doe 1970"}), VIEW)

    assert "Jane" not in str(caught.value)


def test_an_unknown_service_is_404() -> None:
    with pytest.raises(UnknownServiceError) as caught:
        find_service("ketamine")

    assert caught.value.status == 404
    assert PreconditionError.status == 412
