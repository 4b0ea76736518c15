"""One patient's data that did not come by a hook call: a CDS Hooks request, a FHIR Bundle or NDJSON, out of a file.

The command line reads files, the demo what is uploaded. Nothing is fetched unless the service given does.
"""

from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from kcds.cds_hooks.request import HookRequest, read_hook_request
from kcds.cds_hooks.services import SERVICES, Hook
from kcds.errors import RequestError
from kcds.fhir.bundles import Entry, bundle_entries, ndjson_entries
from kcds.fhir.codes import Since
from kcds.fhir.person import Person, read_person
from kcds.fhir.read import read_bundle, read_ndjson
from kcds.fhir.record import Record
from kcds.fhir.sent import distinct
from kcds.knowledge.load import Knowledge
from kcds.model.steps import Step
from kcds.service import AdviceService, Assessment, Moment, Review


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds: its bytes without a byte order mark, and its JSON; None where it is NDJSON."""

    raw: bytes
    parsed: object

    def values(self) -> Iterator[tuple[object, bytes]]:
        """Give each piece of JSON with the bytes that it was read from: the whole, or every line of NDJSON."""
        if self.parsed is not None:
            yield self.parsed, self.raw
            return
        for line in filter(bytes.strip, self.raw.split(b"\n")):
            if _is_json(line):  # what is none is refused when the record is read
                yield orjson.loads(line), line


def parse_content(raw: bytes) -> Content:
    """Parse what a file holds; raises RequestError where it is neither JSON nor NDJSON.

    It is NDJSON where its first line is complete, and the whole is not.
    """
    text = raw.removeprefix(BOM_UTF8)
    try:
        return Content(text, orjson.loads(text))
    except orjson.JSONDecodeError as error:
        first_line = next((line for line in text.split(b"\n") if line.strip()), b"")
        if not _is_json(first_line):
            raise RequestError(f"is not JSON: {error.msg}, line {error.lineno} column {error.colno}") from None
        return Content(text, None)


def hook_of(content: Content) -> Hook | None:
    """Say for which hook a CDS Hooks request asks; None where it is something else, or asks for none of ours."""
    asked = content.parsed.get("hook") if isinstance(content.parsed, dict) else None
    return next((hook for hook in Hook if hook == asked), None)


def assess_content(
    service: AdviceService, content: Content, hook: Hook | None, moment: Moment
) -> tuple[Hook, Assessment]:
    """Assess the patient of a file; raises RequestError, naming the element, where that cannot be done.

    `hook` is the moment to assume; without it a request is answered for its own hook, anything else for patient-view.
    """
    if call := _call(content, hook):
        moment.done(Step.RECEIVE)
        return call.hook, service.respond(call, moment)
    used = hook or Hook.PATIENT_VIEW
    moment.done(Step.RECEIVE)
    record = _record(content, service.knowledge, used, since=service.knowledge.since(moment.today))
    moment.done(Step.READ)
    return used, service.assess(record, used, _id_of(record), moment)


def review_content(service: AdviceService, content: Content, hook: Hook | None, moment: Moment) -> tuple[Hook, Review]:
    """Assess as `assess_content` does, with all that was measured and with who the patient is, for a page."""
    if call := _call(content, hook):
        return call.hook, service.review(call, moment)
    used = hook or Hook.PATIENT_VIEW
    record = _record(content, service.knowledge, used, since=None)
    assessment = service.assess(record, used, _id_of(record), moment)
    return used, Review(assessment=assessment, person=_person(content))


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def _call(content: Content, hook: Hook | None) -> HookRequest | None:
    """Read a CDS Hooks request, for this hook where one is given; None where it is something else."""
    sent = content.parsed
    if not isinstance(sent, dict) or "hook" not in sent:
        return None
    asked: dict[str, Any] = sent if hook is None else sent | {"hook": hook.value}
    service = next((s for s in SERVICES.values() if s.hook == asked["hook"]), None)
    if service is None:
        raise RequestError("no service answers this hook", "hook")
    return read_hook_request(asked, service)


def _record(content: Content, knowledge: Knowledge, hook: Hook, since: Since | None) -> Record:
    """Read a record; on the hooks about orders its drafts are what is ordered."""
    sent = content.parsed
    if sent is None:
        return read_ndjson(content.raw, wanted=knowledge.wants, since=since)
    if isinstance(sent, dict) and sent.get("resourceType") == "Bundle":
        orders = hook is not Hook.PATIENT_VIEW
        return read_bundle(sent, wanted=knowledge.wants, since=since, orders=orders)
    if isinstance(sent, dict) and "resourceType" in sent:
        return read_ndjson(orjson.dumps(sent), wanted=knowledge.wants, since=since)
    raise RequestError("neither a CDS Hooks request, nor a FHIR Bundle, nor NDJSON of FHIR resources")


def _person(content: Content) -> Person:
    """Say who the one patient of a record is that has been read already."""
    patients = (sent.resource for sent in distinct(_entries(content)) if sent.type == "Patient")
    return read_person(next(patients, None))


def _entries(content: Content) -> list[Entry]:
    sent = content.parsed
    if not isinstance(sent, dict):
        return ndjson_entries(content.raw)
    if sent.get("resourceType") == "Bundle":
        return bundle_entries(sent, key=None, place="Bundle")[0]
    return ndjson_entries(orjson.dumps(sent))


def _id_of(record: Record) -> str:
    return record.patient.reference.rpartition("/")[2]
