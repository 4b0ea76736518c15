"""Files for the command line: a CDS Hooks request, a FHIR Bundle or one patient's NDJSON."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import count
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from kcds.advice.speaking import Audience
from kcds.cds_hooks.services import Hook
from kcds.errors import RequestError
from kcds.reading import assess_content, parse_content
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
        used, assessment = assess_content(service, parse_content(_read(file)), hook, moment)
    except RequestError as error:
        where = f"{file}: {error.element}" if error.element else str(file)
        raise RequestError(f"{where}: {error}") from None
    except RecursionError:
        raise RequestError(f"{file}: nested too deeply") from None
    return Answered(file=file, hook=used, moment=moment, assessment=assessment)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise RequestError(f"cannot be read: {error.strerror}") from None
