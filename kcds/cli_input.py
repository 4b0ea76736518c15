"""Files for the command line: a CDS Hooks request, a FHIR Bundle or one patient's NDJSON."""

from codecs import BOM_UTF8
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from itertools import count
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson

from kcds.advice.speaking import Audience
from kcds.cds_hooks.request import HookRequest, read_hook_request
from kcds.cds_hooks.services import SERVICES, Hook
from kcds.errors import RequestError
from kcds.fhir.read import read_bundle, read_ndjson
from kcds.fhir.record import Record
from kcds.knowledge.load import Knowledge
from kcds.model.steps import Step
from kcds.service import AdviceService, Assessment, Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One file and what it came to."""

    file: Path
    hook: Hook
    moment: Moment
    assessment: Assessment


def moment_of(file: Path, as_of: datetime | None, zone: tzinfo, audience: Audience) -> Moment:
    """Make the moment of the call: noon of `as_of`, else now. Uuids follow from the file: same input, same cards."""
    now = as_of.replace(hour=12, tzinfo=zone) if as_of else datetime.now(zone)
    numbers = count(1)

    def new_uuid() -> UUID:
        return uuid5(NAMESPACE_URL, f"urn:kcds:card:{file.name}:{next(numbers)}")

    return Moment(now=now, today=now.date(), audience=audience, new_uuid=new_uuid)


def assess_file(service: AdviceService, file: Path, hook: Hook | None, moment: Moment) -> Answered:
    """Assess the patient of a file; raises RequestError, naming file and element, where that cannot be done.

    `hook` is the moment to assume; without it a request is answered for its own hook, anything else for patient-view.
    """
    try:
        used, assessment = _assess(service, _read(file), hook, moment)
    except RequestError as error:
        where = f"{file}: {error.element}" if error.element else str(file)
        raise RequestError(f"{where}: {error}") from None
    except RecursionError:
        raise RequestError(f"{file}: nested too deeply") from None
    return Answered(file=file, hook=used, moment=moment, assessment=assessment)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes().removeprefix(BOM_UTF8)
    except OSError as error:
        raise RequestError(f"cannot be read: {error.strerror}") from None


def _assess(service: AdviceService, raw: bytes, hook: Hook | None, moment: Moment) -> tuple[Hook, Assessment]:
    content = _parse(raw)
    if isinstance(content, dict) and "hook" in content:
        call = _call(content if hook is None else content | {"hook": hook.value})
        moment.done(Step.RECEIVE)
        return call.hook, service.respond(call, moment)
    used = hook or Hook.PATIENT_VIEW
    moment.done(Step.RECEIVE)
    record = _record(content, raw, service.knowledge, moment.today, used)
    moment.done(Step.READ)
    return used, service.assess(record, used, record.patient.reference.rpartition("/")[2], moment)


def _parse(raw: bytes) -> object:
    """Return the JSON of a file, or None where it is NDJSON: its first line is complete, the whole is not."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        first_line = next((line for line in raw.split(b"\n") if line.strip()), b"")
        if not _is_json(first_line):
            raise RequestError(f"is not JSON: {error.msg}, line {error.lineno} column {error.colno}") from None
        return None


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def _call(content: dict[str, Any]) -> HookRequest:
    service = next((s for s in SERVICES.values() if s.hook == content["hook"]), None)
    if service is None:
        raise RequestError("no service answers this hook", "hook")
    return read_hook_request(content, service)


def _record(content: object, raw: bytes, knowledge: Knowledge, today: date, hook: Hook) -> Record:
    """Read a record; on the hooks about orders its drafts are what is ordered."""
    since = knowledge.since(today)
    if content is None:
        return read_ndjson(raw, wanted=knowledge.wants, since=since)
    if isinstance(content, dict) and content.get("resourceType") == "Bundle":
        orders = hook is not Hook.PATIENT_VIEW
        return read_bundle(content, wanted=knowledge.wants, since=since, orders=orders)
    if isinstance(content, dict) and "resourceType" in content:
        return read_ndjson(orjson.dumps(content), wanted=knowledge.wants, since=since)
    raise RequestError("neither a CDS Hooks request, nor a FHIR Bundle, nor NDJSON of FHIR resources")
