"""Too many calls: what has waited too long for a worker is refused at once, so that nobody waits without end.

Calls wait in the queue of the kernel. Those for which an answer would come too late are told so, unread: the time goes
to those that can still be answered. Feedback, discovery and health are always answered: they cost little, and feedback
must not be lost. Pages wait no longer than calls, but for the demo, where nobody calls but who looks.
"""

from math import inf

import structlog
from flask import Flask, Response, request

from kcds.web.arrival import seconds_queued
from kcds.web.errors import outcome
from kcds.web.observation import milliseconds_so_far
from kcds.web.pages.kinds import ASSETS, kind_of
from kcds.web.parts import Parts

WAITING = 1 / 4
"""The part of the deadline that a hook call may have waited for a worker: what is left is for the answer."""

WAITING_FOR_DEMO = 1 / 2
"""The same of every page where there is the demo: one person, and one worker may have to draw all that it looks at."""

RETRY_AFTER = 2
"""Seconds after which to try again: those who waited before have been answered or refused by then."""

OVERLOADED = 503
_HOOK_CALL = "/cds-services/<service_id>"

log = structlog.get_logger("kcds.web")


def register_overload(app: Flask, parts: Parts) -> None:
    """Refuse what waited too long; to be registered after observation, which notes the arrival."""

    @app.before_request
    def refuse() -> Response | None:
        longest = _longest_wait(demo=parts.settings.demo == "on") * parts.settings.deadline
        if seconds_queued() <= longest:
            return None
        parts.metrics.count_overload()
        log.info("call refused", status=OVERLOADED, milliseconds=milliseconds_so_far(), why="overload")
        text = "no advice was given: too many calls are waiting; try again later"
        response = outcome(OVERLOADED, "throttled", text)
        response.headers["Retry-After"] = str(RETRY_AFTER)
        return response


def _longest_wait(*, demo: bool) -> float:
    """Return the part of the deadline that this request may have waited."""
    rule = request.url_rule.rule if request.url_rule else ""
    if rule == _HOOK_CALL and request.method == "POST":
        return WAITING
    if kind_of(rule) in (None, ASSETS):
        return inf
    return WAITING_FOR_DEMO if demo else WAITING
