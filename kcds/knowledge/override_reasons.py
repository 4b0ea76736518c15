"""Why a card may be dismissed, and for how long it then stays away (`rules/override_reasons.yaml`).

The reasons stand on every card. The times are used only where alert fatigue is on; they are local policy.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field

from kcds.errors import Fault, KnowledgeError
from kcds.knowledge.durations import is_duration, length_of
from kcds.knowledge.rule import PLAIN, RuleId, Strict
from kcds.knowledge.schema import parse
from kcds.knowledge.yaml_files import read_yaml

FILE = "override_reasons.yaml"
OVERRIDE_SYSTEM = "urn:kcds:override-reason"
"""Code system of the reasons."""


class _Reason(Strict):
    """One reason of the file."""

    display: Annotated[str, Field(pattern=PLAIN)]
    quiet: str


class _File(Strict):
    """What the file says."""

    reasons: Annotated[dict[RuleId, _Reason], Field(min_length=1)]
    patient_view_repeat: str


@dataclass(frozen=True, slots=True)
class OverrideReason:
    """One reason for which a card may be dismissed."""

    code: str
    display: str
    quiet: str  # a duration: how long a card dismissed for it is not shown again


@dataclass(frozen=True, slots=True)
class QuietPolicy:
    """The reasons by code, in the order in which cards offer them, and when patient-view may repeat itself."""

    reasons: Mapping[str, OverrideReason] = field(default_factory=dict)
    patient_view_repeat: str = ""  # a duration

    @property
    def longest(self) -> str:
        """Return the longest time for which any reason keeps a card away."""
        return max((reason.quiet for reason in self.reasons.values()), key=length_of)


def load_quiet_policy(directory: Path, faults: list[Fault]) -> QuietPolicy:
    """Read `override_reasons.yaml`; what is wrong with it goes into `faults`."""
    try:
        entries = parse(_File, read_yaml(directory / FILE, FILE), FILE, faults)
    except KnowledgeError as error:
        faults += error.faults
        return QuietPolicy()
    if entries is None:
        return QuietPolicy()
    faults += _check_times(entries)
    reasons = {code: OverrideReason(code, one.display, one.quiet) for code, one in entries.reasons.items()}
    return QuietPolicy(reasons, entries.patient_view_repeat)


def _check_times(entries: _File) -> Iterator[Fault]:
    """Find times that are none, or that would end as they begin."""
    times = {f"reasons.{code}.quiet": one.quiet for code, one in entries.reasons.items()}
    for key, text in (times | {"patient_view_repeat": entries.patient_view_repeat}).items():
        if not is_duration(text) or not length_of(text):
            yield Fault(FILE, key, f"`{text}` is no length of time.", "Write a duration of one part, such as P30D.")
