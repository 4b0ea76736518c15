"""One hook call as it comes in: checked at the door, plain inside.

Strict where the standard says REQUIRED, tolerant where real clients differ: unknown members are ignored, and ids may
carry their type ("Patient/123"). Error messages name the element and never quote a value.
"""

import re
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from kcds.cds_hooks.services import CdsService, Hook
from kcds.errors import RequestError
from kcds.outbound.places import Place

_ID = r"[A-Za-z0-9\-.]{1,64}"
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PERSON_TYPES = {
    Hook.PATIENT_VIEW: ("Practitioner", "PractitionerRole", "Patient", "RelatedPerson"),
    Hook.ORDER_SELECT: ("Practitioner", "PractitionerRole"),
    Hook.ORDER_SIGN: ("Practitioner", "PractitionerRole"),
}


class _Wire(BaseModel):
    """JSON of the standard: camelCase, types as written, unknown members ignored."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True, strict=True)


def _without_type(reference: str) -> str:
    return reference.rpartition("/")[2]


def _base_url(url: str) -> str:
    Place.of_url(url)  # raises ValueError
    return url


def _uuid(text: str) -> str:
    if _UUID.fullmatch(text) is None:
        raise ValueError("must be a UUID")
    return text


PatientId = Annotated[str, Field(pattern=rf"^(Patient/)?{_ID}$"), AfterValidator(_without_type)]
Reference = Annotated[str, Field(pattern=rf"^[A-Za-z]+/{_ID}$")]


class _FhirAuthorization(_Wire):
    access_token: str = Field(alias="access_token", pattern=r"^[!-~]+$")  # RFC 6750: no space, no line break
    token_type: str = Field(alias="token_type", pattern="^Bearer$")
    expires_in: int = Field(alias="expires_in")
    scope: str = Field(alias="scope", min_length=1)
    subject: str = Field(alias="subject", min_length=1)


class _PatientViewContext(_Wire):
    user_id: Reference
    patient_id: PatientId
    encounter_id: str | None = Field(default=None, min_length=1)


class _OrderSignContext(_PatientViewContext):
    draft_orders: dict[str, Any]


class _OrderSelectContext(_OrderSignContext):
    selections: list[str]


class _Call(_Wire):
    hook: str = Field(min_length=1)
    hook_instance: Annotated[str, AfterValidator(_uuid)]
    context: dict[str, Any] = Field(min_length=1)
    prefetch: dict[str, Any] | None = None
    fhir_server: Annotated[str, AfterValidator(_base_url)] | None = None
    fhir_authorization: _FhirAuthorization | None = None


_T = TypeVar("_T", bound=BaseModel)

_CONTEXTS: dict[Hook, type[_PatientViewContext]] = {
    Hook.PATIENT_VIEW: _PatientViewContext,
    Hook.ORDER_SELECT: _OrderSelectContext,
    Hook.ORDER_SIGN: _OrderSignContext,
}


@dataclass(frozen=True, slots=True)
class FhirAccess:
    """The client's FHIR server and the token for it: for this one call, never logged, never kept."""

    server: str
    token: str | None = field(default=None, repr=False)
    refused: frozenset[str] = frozenset()  # types of resources that the token does not open


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRequest:
    """One hook call: which moment, which patient, and the data that came with it."""

    hook: Hook
    hook_instance: UUID
    patient_id: str
    user_id: str
    fhir: FhirAccess | None = None
    prefetch: dict[str, Any] | None = None
    draft_orders: dict[str, Any] | None = None  # a Bundle
    selections: frozenset[str] | None = None  # order-select only


def read_hook_request(payload: object, service: CdsService) -> HookRequest:
    """Check a request body for one service; raises RequestError naming the element at fault."""
    if not isinstance(payload, dict):
        raise RequestError("the body must be a JSON object")
    call = _checked(_Call, payload, "")
    if call.hook != service.hook:
        raise RequestError(f"this service answers the hook {service.hook.value} only", "hook")
    if call.fhir_authorization is not None and call.fhir_server is None:
        raise RequestError("fhirServer is required where fhirAuthorization is given", "fhirServer")
    context = _checked(_CONTEXTS[service.hook], call.context, "context.")
    if context.user_id.partition("/")[0] not in _PERSON_TYPES[service.hook]:
        allowed = ", ".join(_PERSON_TYPES[service.hook])
        raise RequestError(f"must be a reference to one of {allowed}", "context.userId")
    return HookRequest(
        hook=service.hook,
        hook_instance=UUID(call.hook_instance),
        patient_id=context.patient_id,
        user_id=context.user_id,
        fhir=_access(call),
        prefetch=call.prefetch,
        draft_orders=_bundle(context.draft_orders) if isinstance(context, _OrderSignContext) else None,
        selections=frozenset(context.selections) if isinstance(context, _OrderSelectContext) else None,
    )


def request_schema(service: CdsService) -> dict[str, Any]:
    """Describe the body of a call to one service, as JSON Schema; what no schema can say is left to the reader."""
    schema, context = _Call.model_json_schema(), _CONTEXTS[service.hook].model_json_schema()
    users = "|".join(_PERSON_TYPES[service.hook])
    context["properties"]["userId"]["pattern"] = rf"^({users})/{_ID}$"
    if "draftOrders" in context["properties"]:
        bundle = {"resourceType": {"const": "Bundle"}}
        context["properties"]["draftOrders"] |= {"properties": bundle, "required": ["resourceType"]}
    schema["properties"]["hook"] = {"const": service.hook.value}
    schema["properties"]["hookInstance"]["format"] = "uuid"
    schema["properties"]["context"] = context
    return schema


def _checked(model: type[_T], data: dict[str, Any], prefix: str) -> _T:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        element = prefix + ".".join(str(part) for part in first["loc"])
        raise RequestError(first["msg"].removeprefix("Value error, "), element) from None


def _access(call: _Call) -> FhirAccess | None:
    if call.fhir_server is None:
        return None
    granted = call.fhir_authorization
    return FhirAccess(call.fhir_server, granted.access_token if granted else None)


def _bundle(draft_orders: dict[str, Any]) -> dict[str, Any]:
    if draft_orders.get("resourceType") != "Bundle":
        raise RequestError("must be a FHIR Bundle", "context.draftOrders")
    return draft_orders
