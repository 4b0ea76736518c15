"""The shipped sample stories, moved to any day: they happened on one day, and data grows stale."""

import re
from datetime import date, timedelta
from pathlib import Path

from kcds.errors import RequestError

STORY_DAY = date(2026, 11, 21)
"""The day on which the stories of `fhir_samples/` happen."""

_DATE = re.compile(rb'(?<=")\d{4}-\d\d-\d\d(?=["T])')


def samples_directory() -> Path:
    """Return where the samples are: in an installed kcds inside the package, in a checkout beside it."""
    package = Path(__file__).parent
    installed = package / "_fhir_samples"
    return installed if installed.is_dir() else package.parent / "fhir_samples"


def sample_names() -> list[str]:
    """Return the names of the stories."""
    return sorted(path.parent.name for path in samples_directory().glob("*/request.json"))


def read_sample(name: str, today: date) -> bytes:
    """Return the CDS Hooks request of a story as if it happened today; raises RequestError for an unknown name."""
    if name not in sample_names():
        raise RequestError(f"no such sample; there are: {', '.join(sample_names())}")
    shift = today - STORY_DAY
    content = (samples_directory() / name / "request.json").read_bytes()
    return _DATE.sub(lambda found: _moved(found.group(), shift), content)


def _moved(day: bytes, shift: timedelta) -> bytes:
    return (date.fromisoformat(day.decode()) + shift).isoformat().encode()
