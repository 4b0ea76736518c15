"""Asking an EHR: through the guarded client, by when, and at what time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kcds.auth.smart.refusal import LaunchRefusedError, Why
from kcds.auth.strict_json import read_object
from kcds.errors import OutboundError
from kcds.outbound.answers import Answer
from kcds.outbound.client import OutboundClient
from kcds.outbound.deadline import Deadline

LARGEST = 256 * 1024
"""Bytes of what an EHR says of itself, of a token's answer, of a key set."""

OK = 200
_JSON = {"Accept": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What the questions of one step of a launch have in common."""

    outbound: OutboundClient
    deadline: Deadline
    now: datetime

    def read(self, url: str) -> dict[str, Any]:
        """Read a JSON object; raises LaunchRefusedError."""
        try:
            answer = self.outbound.get(url, headers=_JSON, deadline=self.deadline, largest=LARGEST)
        except OutboundError as error:
            raise LaunchRefusedError(Why.UNREACHABLE, error.kind) from None
        if answer.status != OK:
            raise LaunchRefusedError(Why.UNREACHABLE, f"status {answer.status}")
        try:
            return read_object(answer.body)
        except ValueError:
            raise LaunchRefusedError(Why.UNFIT, "not-json") from None

    def send(self, url: str, form: str, headers: dict[str, str]) -> Answer:
        """Send a form; raises LaunchRefusedError."""
        try:
            return self.outbound.post_form(
                url, form.encode(), headers=_JSON | headers, deadline=self.deadline, largest=LARGEST
            )
        except OutboundError as error:
            raise LaunchRefusedError(Why.UNREACHABLE, error.kind) from None
