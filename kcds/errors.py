"""Every error that kcds raises, as one tree.

KcdsError
├── KnowledgeError      ours: a rule, value set, claim or case file is wrong; stops the start
├── EvaluationError     ours: the engine failed or disagreed with the reference; no advice is given
├── SettingsError       the operator's: a KCDS_* setting is wrong; stops the start
├── OutboundError       the network's: another server could not be asked, or may not be
├── StoreError          ours: the store cannot keep what must be kept; the caller may try again (503)
├── PageError           theirs: a page cannot be shown; says so on a page, in words for a clinician
└── RequestError        theirs: the caller's input is wrong; becomes a 4xx
    ├── UnknownServiceError       404
    ├── UnauthorizedError         401: who calls is not known; never says why
    ├── PreconditionError         412: needed data was neither sent nor can be had
    └── TooMuchDataError          413: more relevant entries than can be judged

Status codes come from the class, never from the text. No message holds anything of a patient.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


class KcdsError(Exception):
    """Base of all errors raised by kcds."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in the knowledge files: which file, which key, and what to do."""

    file: str
    key: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        """Read as one line: file, key, problem, remedy."""
        return f"{self.file}: {self.key}: {self.problem} {self.remedy}".rstrip()


class KnowledgeError(KcdsError):
    """Knowledge files are wrong; carries every fault of the run, not only the first."""

    def __init__(self, faults: list[Fault]) -> None:
        """Keep the faults, sorted so that the message is stable."""
        self.faults = sorted(faults, key=str)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class EvaluationError(KcdsError):
    """The engine could not be trusted for this request, so no advice is given."""


class SettingsError(KcdsError):
    """A setting is missing or wrong."""


class OutboundError(KcdsError):
    """Another server could not be asked, or may not be; `kind` is a word for metrics, the message quotes no URL."""

    def __init__(self, kind: str) -> None:
        """Keep the kind: `refused`, `timeout`, `connection`, `redirect`, `too-large`, `status`, `not-json` ..."""
        self.kind = kind
        super().__init__(f"a call to another server failed: {kind}")


class StoreError(KcdsError):
    """The store cannot keep what must be kept; `state` says how it is: `unavailable`, `full` or `refused`."""

    def __init__(self, message: str, state: str = "unavailable") -> None:
        """Keep the state; the message holds nothing of what was to be kept."""
        self.state = state
        super().__init__(message)


class RequestError(KcdsError):
    """The caller's input is at fault; `element` names the place (a FHIRPath-like expression)."""

    status = 400
    issue = "invalid"

    def __init__(self, message: str, element: str | None = None) -> None:
        """Say what is wrong and where; never quote values."""
        self.element = element
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class NextStep:
    """What can be done about a page that cannot be shown: a link, for a window of its own or not."""

    label: str
    url: str
    new_window: bool = False


class PageError(KcdsError):
    """A page cannot be shown; `title` says what happened, the message what to do. Nothing of a patient in either."""

    def __init__(self, status: int, title: str, text: str, action: NextStep | None = None) -> None:
        """Keep what the page says, and its status."""
        self.status = status
        self.title = title
        self.action = action
        super().__init__(text)


class UnknownServiceError(RequestError):
    """No service of that id."""

    status = 404
    issue = "not-found"


class UnauthorizedError(RequestError):
    """The caller has not shown who it is. One message for every reason: a forger learns nothing."""

    status = 401
    issue = "login"

    def __init__(self) -> None:
        """Say the same whatever was wrong."""
        super().__init__("a valid client token is needed: Authorization: Bearer <JWT>, as CDS Hooks 2.0.1 describes")


class PreconditionError(RequestError):
    """The patient, or every clinical key, is neither prefetched nor fetchable."""

    status = 412
    issue = "required"

    def __init__(
        self, message: str, element: str | None = None, failures: Mapping[str, Collection[str]] | None = None
    ) -> None:
        """Keep also how requests for the data failed, and for which types of resources, where any was made."""
        self.failures = failures or {}
        super().__init__(message, element)


def place_of(error: BaseException) -> str:
    """Say where an unexpected error was raised. Its message is never shown or logged: it may quote the record."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return f"{frame.tb_frame.f_code.co_qualname}:{frame.tb_lineno}" if frame else "unknown"


class TooMuchDataError(RequestError):
    """One patient's data hold more relevant entries than can be judged in time."""

    status = 413
    issue = "too-costly"
