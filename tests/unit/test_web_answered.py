"""What a call was made of is taken apart when its answer has been sent, and then at once."""

import weakref
from dataclasses import dataclass, replace
from typing import Any

from service_builders import hook_call, logs, make_client, real_service

from kcds.cds_hooks.request import HookRequest
from kcds.service import AdviceService, Assessment, Moment


class Remains:
    """Stands for the record of a patient: whether it is still there can be seen."""


@dataclass(frozen=True)
class Watched:
    """The service, with remains of which it is told where they are."""

    real: AdviceService
    seen: list["weakref.ref[Any]"]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def respond(self, request: HookRequest, moment: Moment) -> Assessment:
        remains: Any = Remains()
        self.seen.append(weakref.ref(remains))
        return replace(self.real.respond(request, moment), record=remains)


def test_a_record_is_there_until_the_answer_is_sent_and_no_longer() -> None:
    seen: list[weakref.ref[Any]] = []
    service: Any = Watched(real_service(), seen)

    with logs():
        response = make_client(service=service).post("/cds-services/ketamine-patient-view", json=hook_call())

    (remains,) = seen
    assert response.status_code == 200
    assert remains() is not None
    response.close()
    assert remains() is None
