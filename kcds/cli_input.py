"""Files for the command line: a CDS Hooks request, a FHIR Bundle or one patient's NDJSON."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import count
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson

from kcds.advice.speaking import Audience
from kcds.cds_hooks.request import read_hook_request
from kcds.cds_hooks.services import SERVICES, Hook
from kcds.errors import RequestError
from kcds.fhir.read import read_bundle, read_ndjson, read_prefetch
from kcds.fhir.record import Record
from kcds.service import Moment

Wanted = Callable[[str, Iterable[tuple[str | None, str | None]]], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One patient to assess, and where the data came from."""

    file: Path
    hook: Hook
    patient_id: str
    record: Record

    def moment(self, as_of: datetime | None, zone: tzinfo, audience: Audience) -> Moment:
        """Make the moment of the call: noon of `as_of`, else now. Uuids follow from the file: same input, same cards."""
        now = as_of.replace(hour=12, tzinfo=zone) if as_of else datetime.now(zone)
        numbers = count(1)

        def new_uuid() -> UUID:
            return uuid5(NAMESPACE_URL, f"urn:kcds:card:{self.file.name}:{next(numbers)}")

        return Moment(now=now, today=now.date(), audience=audience, new_uuid=new_uuid)


def read_case(file: Path, hook: Hook | None, wanted: Wanted) -> Case:
    """Read a file; raises RequestError, naming the file, where it is none of the three."""
    try:
        return _read(file, hook, wanted)
    except RequestError as error:
        where = f"{file}: {error.element}" if error.element else str(file)
        raise RequestError(f"{where}: {error}") from None
    except RecursionError:
        raise RequestError(f"{file}: nested too deeply") from None


def _read(file: Path, hook: Hook | None, wanted: Wanted) -> Case:
    raw = file.read_bytes()
    try:
        content = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _as_case(file, hook, read_ndjson(raw, wanted=wanted))
    if isinstance(content, dict) and "hook" in content:
        return _request_case(file, content, wanted)
    if isinstance(content, dict) and content.get("resourceType") == "Bundle":
        return _as_case(file, hook, read_bundle(content, wanted=wanted))
    raise RequestError("neither a CDS Hooks request, nor a FHIR Bundle, nor NDJSON of FHIR resources")


def _as_case(file: Path, hook: Hook | None, record: Record) -> Case:
    patient_id = record.patient.reference.rpartition("/")[2]
    return Case(file=file, hook=hook or Hook.PATIENT_VIEW, patient_id=patient_id, record=record)


def _request_case(file: Path, content: dict[str, Any], wanted: Wanted) -> Case:
    service = next((s for s in SERVICES.values() if s.hook == content["hook"]), None)
    if service is None:
        raise RequestError("no service answers this hook", "hook")
    request = read_hook_request(content, service)
    record = read_prefetch(
        request.prefetch,
        patient_id=request.patient_id,
        draft_orders=request.draft_orders,
        selections=request.selections,
        wanted=wanted,
    )
    return Case(file=file, hook=request.hook, patient_id=request.patient_id, record=record)
