"""Requests and hook contexts (checklist 5): what the standard requires is required, what it leaves open is taken."""

import copy
from typing import Any

import pytest
from answers import CRPS, DRAFT, discovered
from builders import RXNORM, Json, bundle, condition, medication, medication_request
from service_builders import (
    INSTANCE,
    advice_of,
    assert_readable,
    cards_of,
    hook_call,
    logs,
    make_client,
    order_call,
    post,
)
from werkzeug.test import TestResponse

HOOKS = ["patient-view", "order-select", "order-sign"]
WRONG: list[Any] = [..., None, "", [], {}, 5, True, 1.5]
ALL_TYPES = ("Practitioner", "PractitionerRole", "Patient", "RelatedPerson")
USERS = {"patient-view": ALL_TYPES, "order-select": ALL_TYPES[:2], "order-sign": ALL_TYPES[:2]}
REQUIRED = {
    "patient-view": ("userId", "patientId"),
    "order-select": ("userId", "patientId", "selections", "draftOrders"),
    "order-sign": ("userId", "patientId", "draftOrders"),
}
GRANTED = {
    "access_token": "opaque",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "user/Patient.read user/Observation.read",
    "subject": "kcds",
}


def call(hook: str) -> Json:
    """A good call of that hook."""
    if hook == "patient-view":
        return hook_call(conditions=[CRPS])
    selected = ["MedicationRequest/draft"] if hook == "order-select" else None
    return order_call(DRAFT, selected=selected, conditions=[CRPS])


def sent(request: Json, service: str | None = None) -> TestResponse:
    with logs():
        return post(make_client(), request, service)


def changed(request: Json, member: str, value: Any) -> Json:
    """The call with one member of itself (or of its context) replaced; `...` takes it away."""
    other = copy.deepcopy(request)
    inner = other["context"] if member in other["context"] else other
    if value is ...:
        del inner[member]
    else:
        inner[member] = value
    return other


def assert_refused(response: TestResponse, *statuses: int) -> None:
    assert response.status_code in statuses, response.get_data(as_text=True)[:300]
    assert_readable(response)


@pytest.mark.checklist("REQ-1", "REQ-2")
@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("member", ["hook", "hookInstance", "context"])
@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_req_1_req_2_hook_instance_and_context_are_required_and_of_their_type(
    hook: str, member: str, value: Any
) -> None:
    request = copy.deepcopy(call(hook))
    if value is ...:
        del request[member]
    else:
        request[member] = value

    assert_refused(sent(request, f"ketamine-{hook}"), 400)


@pytest.mark.checklist("REQ-2")
@pytest.mark.parametrize(("member", "value"), [("prefetch", []), ("fhirServer", 5), ("fhirAuthorization", "x")])
def test_req_2_an_optional_member_of_the_wrong_type_is_refused(member: str, value: Any) -> None:
    assert_refused(sent(call("patient-view") | {member: value}), 400)


@pytest.mark.checklist("REQ-3")
@pytest.mark.parametrize(
    "instance",
    [
        "1",
        "not-a-uuid",
        "5f1a9c1e-3e34-4f1e-9c0a",
        "5f1a9c1e" * 5,
        f"{{{INSTANCE}}}",
        f"{INSTANCE}\n",
        "5-" * 16 + "5" * 16,
    ],
)
def test_req_3_a_hook_instance_that_is_no_uuid_is_refused(instance: str) -> None:
    assert_refused(sent(call("patient-view") | {"hookInstance": instance}), 400)


@pytest.mark.checklist("REQ-3")
@pytest.mark.parametrize("instance", [INSTANCE, INSTANCE.upper()])
def test_req_3_a_uuid_is_taken_in_either_case(instance: str) -> None:
    assert sent(call("patient-view") | {"hookInstance": instance}).status_code == 200


@pytest.mark.checklist("REQ-4")
@pytest.mark.parametrize("service", [service["id"] for service in discovered()])
@pytest.mark.parametrize("hook", [*HOOKS, "appointment-book", "org.example.own"])
def test_req_4_a_hook_that_is_not_served_at_the_id_is_refused(service: str, hook: str) -> None:
    request = call("order-select") | {"hook": hook}

    if service == f"ketamine-{hook}":
        assert sent(request, service).status_code == 200
    else:
        assert_refused(sent(request, service), 400)


@pytest.mark.checklist("REQ-9")
@pytest.mark.parametrize("hook", HOOKS)
def test_req_9_unknown_members_and_extensions_change_nothing(hook: str) -> None:
    plain = call(hook)
    odd = copy.deepcopy(plain) | {"extension": {"com.example": [None, {}]}, "future": {"a": 1}, "": 1}
    odd["context"] |= {"extension": {"com.example.x": "y"}, "priority": "high"}

    assert advice_of(cards_of(sent(odd))) == advice_of(cards_of(sent(plain)))


@pytest.mark.checklist("REQ-10")
@pytest.mark.parametrize("hook", HOOKS)
def test_req_10_an_optional_context_field_may_be_there_or_not(hook: str) -> None:
    request = call(hook)

    assert "encounterId" not in request["context"]
    request["context"]["encounterId"] = "89284"
    assert sent(request).status_code == 200


@pytest.mark.checklist("CTX-1")
@pytest.mark.parametrize(("hook", "member"), [(hook, member) for hook in HOOKS for member in REQUIRED[hook]])
@pytest.mark.parametrize("value", [..., None, "", 5, True], ids=repr)
def test_ctx_1_a_required_context_field_that_is_missing_or_of_another_type_is_refused(
    hook: str, member: str, value: Any
) -> None:
    assert_refused(sent(changed(call(hook), member, value)), 400)


@pytest.mark.checklist("CTX-1")
@pytest.mark.parametrize("selections", [[5], [None], {}, "MedicationRequest/draft"])
def test_ctx_1_selections_are_a_list_of_texts(selections: Any) -> None:
    assert_refused(sent(changed(call("order-select"), "selections", selections)), 400)


@pytest.mark.checklist("CTX-2")
@pytest.mark.parametrize(("hook", "kind"), [(hook, kind) for hook in HOOKS for kind in USERS[hook]])
def test_ctx_2_every_kind_of_user_that_the_hook_names_is_taken(hook: str, kind: str) -> None:
    assert sent(changed(call(hook), "userId", f"{kind}/abc")).status_code == 200


@pytest.mark.checklist("CTX-2")
@pytest.mark.parametrize("user", ["abc", "Practitioner", "Practitioner/", "/abc", "Device/1", "Practitioner/a/b"])
def test_ctx_2_a_user_that_is_no_reference_of_such_a_kind_is_refused(user: str) -> None:
    assert_refused(sent(changed(call("order-sign"), "userId", user)), 400)


@pytest.mark.checklist("CTX-3")
@pytest.mark.parametrize("patient", ["a b", "a/b/c", "x" * 65, "../1", "pat-1?x=1", "pat-1\n", "é", "%2e", "a&b=c"])
def test_ctx_3_an_id_outside_the_syntax_of_fhir_is_refused(patient: str) -> None:
    assert_refused(sent(changed(call("patient-view"), "patientId", patient)), 400)


@pytest.mark.checklist("CTX-4")
@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
@pytest.mark.parametrize("drafts", [[], "x", {"resourceType": "MedicationRequest"}, {"entry": []}])
def test_ctx_4_draft_orders_that_are_no_bundle_are_refused(hook: str, drafts: Any) -> None:
    assert_refused(sent(changed(call(hook), "draftOrders", drafts)), 400)


@pytest.mark.checklist("CTX-4")
@pytest.mark.parametrize(
    "order",
    [
        pytest.param({"resourceType": "NutritionOrder", "id": "n1"}, id="a type that is not read"),
        pytest.param({"resourceType": "ServiceRequest", "id": "s1", "status": "draft"}, id="half a service request"),
        pytest.param({"resourceType": "MedicationRequest", "id": "m1"}, id="an order without anything"),
        pytest.param(medication_request(None, id="m1"), id="an order without medication"),
        pytest.param(medication_request("310433", id="m1", category={"text": "x"}), id="a category as an object"),
        pytest.param(medication_request("310433", id="m1", status="active"), id="an order signed again"),
    ],
)
def test_ctx_4_odd_orders_beside_the_one_in_question_are_tolerated(order: Json) -> None:
    request = changed(call("order-sign"), "draftOrders", bundle(order, DRAFT))

    assert cards_of(sent(request))


@pytest.mark.checklist("CTX-4")
@pytest.mark.parametrize("drafts", [{"resourceType": "Bundle"}, {"resourceType": "Bundle", "entry": []}])
def test_ctx_4_a_bundle_without_orders_gets_silence(drafts: Json) -> None:
    assert cards_of(sent(changed(call("order-sign"), "draftOrders", drafts))) == []


@pytest.mark.checklist("CTX-4")
def test_ctx_4_only_selected_orders_are_advised_on_and_the_others_are_background() -> None:
    other = medication_request("310433", id="other", status="draft")
    request = changed(call("order-select"), "draftOrders", bundle(DRAFT, other))

    assert cards_of(sent(request))
    assert cards_of(sent(changed(request, "selections", ["MedicationRequest/other"]))) == []


@pytest.mark.checklist("CTX-4")
@pytest.mark.parametrize(
    "selection", ["MedicationRequest/draft", "draft", "https://ehr.example.org/MedicationRequest/draft"]
)
def test_ctx_4_an_order_may_be_selected_by_reference_or_by_its_id_alone(selection: str) -> None:
    assert cards_of(sent(changed(call("order-select"), "selections", [selection])))


@pytest.mark.checklist("FHIR-7")
@pytest.mark.parametrize("token", ["a b", "a\r\nX-Evil: 1", "a\x00", "\u00e9", " "])
def test_fhir_7_a_token_that_no_header_can_carry_is_refused(token: str) -> None:
    granted = GRANTED | {"access_token": token}
    request = call("patient-view") | {"fhirServer": "https://ehr.example.org", "fhirAuthorization": granted}

    assert_refused(sent(request), 400)


@pytest.mark.checklist("FHIR-6", "FHIR-7")
@pytest.mark.parametrize("member", GRANTED)
@pytest.mark.parametrize("value", [..., None, "", [], {}], ids=repr)
def test_fhir_7_an_authorization_that_is_not_whole_is_refused(member: str, value: Any) -> None:
    granted = {name: kept for name, kept in GRANTED.items() if name != member}
    granted |= {} if value is ... else {member: value}
    request = call("patient-view") | {"fhirServer": "https://ehr.example.org", "fhirAuthorization": granted}

    assert_refused(sent(request), 400)


@pytest.mark.checklist("FHIR-7")
@pytest.mark.parametrize("kind", ["Basic", "MAC", 5])
def test_fhir_7_a_token_of_another_type_is_refused(kind: Any) -> None:
    granted = GRANTED | {"token_type": kind}
    request = call("patient-view") | {"fhirServer": "https://ehr.example.org", "fhirAuthorization": granted}

    assert_refused(sent(request), 400)


@pytest.mark.checklist("FHIR-6")
@pytest.mark.parametrize("server", [..., None, ""])
def test_fhir_6_an_authorization_without_its_server_is_refused(server: Any) -> None:
    request = call("patient-view") | {"fhirAuthorization": GRANTED}
    request |= {} if server is ... else {"fhirServer": server}

    assert_refused(sent(request), 400)


@pytest.mark.checklist("FHIR-7", "FHIR-9")
@pytest.mark.parametrize("scope", ["user/Observation.read", "patient/*.rs launch", "epic.scanning.dicom.read"])
def test_fhir_7_a_whole_authorization_is_taken_whatever_the_style_of_its_scopes(scope: str) -> None:
    granted = GRANTED | {"scope": scope, "patient": "pat-1"}
    request = call("patient-view") | {"fhirServer": "https://ehr.example.org", "fhirAuthorization": granted}

    assert sent(request).status_code == 200


LONG = "ez067mnwOAKP5z1.YJwRAsd9gCwdOzQ8wSrsM04QFoz882hxQZKBulF4smVj2SxHWfesiTZ1qsgBez8Rdeb2GpbWYuU.L0KkOq" * 2


@pytest.mark.checklist("CTX-4", "ACT-4")
@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
def test_ctx_4_drafts_as_epic_sends_them_are_read_and_may_be_taken_back(hook: str) -> None:
    named = {"reference": "Medication/eVBXvKwrWZIkPmaGwY.s1hQ3", "display": "KETAMINE 50 MG/ML IJ SOLN"}
    order = medication_request(None, id=LONG, status="draft", priority="routine", medicationReference=named)
    sibling = medication("238082", id="eVBXvKwrWZIkPmaGwY.s1hQ3")
    request = order_call(
        *(order, sibling),
        selected=[f"MedicationRequest/{LONG}"] if hook == "order-select" else None,
        conditions=[CRPS, condition("F11.20")],
    )

    cards = cards_of(sent(request))

    deleted = [
        a["resourceId"] for c in cards for s in c.get("suggestions", ()) for a in s["actions"] if "resourceId" in a
    ]
    assert {advice["disposition"] for advice in advice_of(cards)} == {"contraindicated"}
    assert deleted == ([f"MedicationRequest/{LONG}"] if hook == "order-sign" else [])


ESKETAMINE = {"coding": [{"system": RXNORM, "code": "2119365", "display": "esketamine"}], "text": "esketamine"}


@pytest.mark.checklist("CTX-4")
@pytest.mark.parametrize("hook", ["order-select", "order-sign"])
def test_ctx_4_the_reason_of_a_draft_counts_also_where_it_stands_alone_as_the_sandbox_sends_it(hook: str) -> None:
    selected = ["MedicationRequest/request-123"] if hook == "order-select" else None

    def told(reason: Any) -> list[Json]:
        order = medication_request(
            None, id="request-123", status="draft", medicationCodeableConcept=ESKETAMINE, reasonCode=reason
        )
        order |= {"category": {"coding": [{"code": "community"}]}, "intent": "proposal"}
        return advice_of(cards_of(sent(order_call(order, selected=selected, conditions=[CRPS, condition("F11.20")]))))

    assert told(CRPS["code"]) == told([CRPS["code"]])
    assert len(told(CRPS["code"])) > len(told(None))
