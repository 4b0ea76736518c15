"""`kcds` as it is, but some users harm the process that answers them: for tests of what comes then."""

import sys
import time
from unittest.mock import patch

import durable_rules_engine as c_engine

from kcds.cds_hooks.request import HookRequest
from kcds.cli import main
from kcds.engine import checked
from kcds.engine.durable import DurableRuleEngine
from kcds.service import AdviceService, Assessment, Moment, Review
from kcds.web import server

server.TIMEOUT = 5
SLOW = 2.5
"""Seconds that a slow call takes: far longer than a call may wait for a worker, and far less than one may take."""

checked.MOST_RETIRED = 2
_respond, _review = AdviceService.respond, AdviceService.review


def respond(self: AdviceService, request: HookRequest, moment: Moment) -> Assessment:
    """Answer, or do what this user is known for."""
    if request.user_id == "Practitioner/crash":
        _crash()
    if request.user_id == "Practitioner/slow":
        sys.stderr.write("a slow call has begun\n")  # the test waits for it
        sys.stderr.flush()
        time.sleep(SLOW)
    if request.user_id == "Practitioner/differ":
        return _differing(self, request, moment)
    while request.user_id == "Practitioner/endless":
        pass
    return _respond(self, request, moment)


def review(self: AdviceService, request: HookRequest, moment: Moment) -> Review:
    """Review, or crash where this user asks."""
    if request.user_id == "Practitioner/crash":
        _crash()
    return _review(self, request, moment)


def _differing(self: AdviceService, request: HookRequest, moment: Moment) -> Assessment:
    """Answer while one engine finds less than the other."""
    with patch.object(DurableRuleEngine, "match", lambda *_: {}):
        return _respond(self, request, moment)


def _crash() -> None:
    """Let the C extension of the rules engine run over its stack, which is a real SIGSEGV of the process."""
    number = c_engine.create_ruleset("crash", '{"r": {"all": [{"m": {"k": 1}}]}}')
    c_engine.assert_fact(number, '{"id":"f","sid":"' + "x" * 12_000_000 + '","k":1}')


AdviceService.respond = respond  # type: ignore[method-assign]
AdviceService.review = review  # type: ignore[method-assign]

if __name__ == "__main__":
    main()
