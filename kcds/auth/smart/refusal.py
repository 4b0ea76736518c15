"""Why the page is not opened: a word for the log, and what the clinician reads; nothing of what was sent."""

from enum import StrEnum

from kcds.errors import PageError


class Why(StrEnum):
    """What went wrong, as the log says it."""

    UNKNOWN_EHR = "unknown-ehr"
    NOT_STANDALONE = "not-standalone"
    BAD_LAUNCH = "bad-launch"
    UNREACHABLE = "ehr-unreachable"
    UNFIT = "ehr-unfit"
    DENIED = "denied"
    SCOPE = "scope-refused"
    EHR_ERROR = "ehr-error"
    STATE = "state"
    ISSUER = "other-issuer"
    NO_TOKEN = "no-token"  # noqa: S105 - a word for the log
    BAD_TOKEN = "bad-token"  # noqa: S105 - likewise
    NO_PATIENT = "no-patient"
    IDENTITY = "bad-id-token"
    OTHER_PATIENT = "other-patient"
    STORE = "store"
    ENDED = "no-session"


_AGAIN = "Open it again from the chart."
_TELL = "If it happens again, tell those who look after kcds: its log names the reason."
_IN_WORDS: dict[Why, tuple[int, str, str]] = {
    Why.UNKNOWN_EHR: (403, "This EHR is not registered", "kcds opens only from EHRs that its operator registered."),
    Why.NOT_STANDALONE: (403, "Open it from the chart", "From this EHR the review is opened inside a patient's chart."),
    Why.BAD_LAUNCH: (400, "The link is not complete", f"The EHR did not say which chart is open. {_AGAIN}"),
    Why.UNREACHABLE: (
        502,
        "The EHR does not answer",
        f"Nothing was read. Try again in a moment from the chart. {_TELL}",
    ),
    Why.UNFIT: (502, "The EHR gave an answer that cannot be used", f"Nothing was read. {_AGAIN} {_TELL}"),
    Why.DENIED: (403, "The EHR did not give access", f"Access to this chart was declined. Nothing was read. {_AGAIN}"),
    Why.SCOPE: (
        403,
        "The EHR does not permit what the review needs",
        f"Without at least the patient's own record no review can be made. Nothing was read. {_TELL}",
    ),
    Why.EHR_ERROR: (502, "The EHR could not give access", f"Nothing was read. {_AGAIN} {_TELL}"),
    Why.STATE: (
        400,
        "Open again from the chart",
        "This way in was used before, is too old, or began in another browser.",
    ),
    Why.ISSUER: (400, "Open again from the chart", f"The answer did not come from the EHR that was asked. {_TELL}"),
    Why.NO_TOKEN: (502, "The EHR could not give access", f"Nothing was read. {_AGAIN} {_TELL}"),
    Why.BAD_TOKEN: (502, "The EHR gave an answer that cannot be used", f"Nothing was read. {_AGAIN} {_TELL}"),
    Why.NO_PATIENT: (
        400,
        "No patient is chosen",
        "The EHR did not say which patient this is about. Open a chart first.",
    ),
    Why.IDENTITY: (502, "The EHR's answer could not be checked", f"Nothing was read. {_AGAIN} {_TELL}"),
    Why.OTHER_PATIENT: (
        403,
        "Open again from the chart",
        "The card that this was opened from is about another patient than the chart that is open now.",
    ),
    Why.STORE: (503, "The review cannot be opened now", "kcds could not keep the session. Try again in a moment."),
    Why.ENDED: (
        403,
        "Open again from the chart",
        "This review has expired, was closed, or was opened in another browser. What it showed is not kept.",
    ),
}


def refusal(why: Why) -> PageError:
    """Make the page that says so."""
    status, title, text = _IN_WORDS[why]
    return PageError(status, title, text)


class LaunchRefusedError(Exception):
    """A launch ends here; `detail` is a kind of failure for the log."""

    def __init__(self, why: Why, detail: str | None = None) -> None:
        """Keep why."""
        self.why = why
        self.detail = detail
        super().__init__(why)
