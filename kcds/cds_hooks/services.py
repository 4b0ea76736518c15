"""The services that discovery lists: one id per hook, because several clients key services by id alone."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from kcds.cds_hooks.prefetch import prefetch_templates
from kcds.errors import UnknownServiceError

SPECIFICATION = "2.0.1"
"""Version of the CDS Hooks specification that the services implement."""


class Hook(StrEnum):
    """The moments in the workflow at which kcds is asked."""

    PATIENT_VIEW = "patient-view"
    ORDER_SELECT = "order-select"
    ORDER_SIGN = "order-sign"


@dataclass(frozen=True, slots=True)
class CdsService:
    """One entry of discovery."""

    id: str
    hook: Hook
    title: str
    description: str


_USAGE = (
    "Needs the Patient and, for full advice, every other prefetch key; a key that is left out is reported as missing "
    "data, never read as normal. Advisory only: nothing is ordered, changed or blocked."
)

SERVICES: Mapping[str, CdsService] = {
    service.id: service
    for service in (
        CdsService(
            "ketamine-patient-view",
            Hook.PATIENT_VIEW,
            "Ketamine for chronic pain: is it an option?",
            "Says whether ketamine is a reasonable option for this patient's chronic pain, what speaks against it, "
            "what to monitor and how long relief can honestly be expected to last. Silent for everybody else.",
        ),
        CdsService(
            "ketamine-order-select",
            Hook.ORDER_SELECT,
            "Ketamine for chronic pain: selected order",
            "Checks a selected ketamine or esketamine order for contraindications, cautions, interactions and gaps.",
        ),
        CdsService(
            "ketamine-order-sign",
            Hook.ORDER_SIGN,
            "Ketamine for chronic pain: order to be signed",
            "Checks a drafted ketamine or esketamine order before it is signed.",
        ),
    )
}


def find_service(service_id: str) -> CdsService:
    """Return the service of that id; raises UnknownServiceError (404)."""
    try:
        return SERVICES[service_id]
    except KeyError:
        raise UnknownServiceError("no such CDS service; GET /cds-services lists them") from None


def describe_services(codes_of: Callable[[str], Iterable[tuple[str, str]]]) -> dict[str, object]:
    """Make the body of discovery; `codes_of` gives the (system, code) pairs of a value set."""
    templates = prefetch_templates(codes_of)
    return {
        "services": [
            {
                "hook": service.hook.value,
                "id": service.id,
                "title": service.title,
                "description": service.description,
                "version": SPECIFICATION,
                "usageRequirements": _USAGE,
                "prefetch": templates,
            }
            for service in SERVICES.values()
        ]
    }
