"""`kcds` as it is, but some users harm the process that answers them: for tests of what comes then."""

import ctypes
import time

from kcds.cds_hooks.request import HookRequest
from kcds.cli import main
from kcds.engine.reference import ReferenceEngine
from kcds.service import AdviceService, Assessment, Moment
from kcds.web import server

server.TIMEOUT = 3
server.MOST_RETIRED = 2
_respond = AdviceService.respond


def respond(self: AdviceService, request: HookRequest, moment: Moment) -> Assessment:
    """Answer, or do what this user is known for."""
    if request.user_id == "Practitioner/crash":
        ctypes.string_at(0)
    if request.user_id == "Practitioner/slow":
        time.sleep(1.5)
    if request.user_id == "Practitioner/differ":
        return _differing(self, request, moment)
    while request.user_id == "Practitioner/endless":
        pass
    return _respond(self, request, moment)


def _differing(self: AdviceService, request: HookRequest, moment: Moment) -> Assessment:
    """Answer while one engine finds less than the other."""
    honest = ReferenceEngine.match
    ReferenceEngine.match = lambda *of: dict(list(honest(*of).items())[1:])  # type: ignore[method-assign, assignment]
    try:
        return _respond(self, request, moment)
    finally:
        ReferenceEngine.match = honest  # type: ignore[method-assign]


AdviceService.respond = respond  # type: ignore[method-assign]

if __name__ == "__main__":
    main()
