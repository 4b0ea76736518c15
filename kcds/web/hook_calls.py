"""One hook call over HTTP: who calls, what about, what is advised, what is kept of it.

In silent mode everything is evaluated and kept as ever, and no card is shown.
"""

from uuid import uuid4

import orjson
import structlog
from flask import Flask, Response

from kcds.auth.identity import Client
from kcds.cards.fatigue import said_by
from kcds.cds_hooks.card import to_json
from kcds.cds_hooks.request import HookRequest, read_hook_request
from kcds.cds_hooks.services import Hook, find_service
from kcds.model.findings import Applicability
from kcds.model.steps import Step
from kcds.outbound.deadline import Deadline
from kcds.service import Moment
from kcds.store.records import CallRecord
from kcds.web.arrival import arrival_of_call, deadline_of_call
from kcds.web.body import read_body
from kcds.web.call_records import AnsweredCall
from kcds.web.callers import who_calls
from kcds.web.links import links_for
from kcds.web.memory import CallMemory
from kcds.web.observation import milliseconds_so_far
from kcds.web.parts import Parts
from kcds.web.profiles import fitted
from kcds.web.responses import json_response
from kcds.web.timings import HEADER, Timings

_APPLIES, _CANNOT_TELL = Applicability.APPLIES.value, Applicability.CANNOT_TELL.value

log = structlog.get_logger("kcds.web")


def register_hook_calls(app: Flask, parts: Parts) -> None:
    """Answer hook calls at `/cds-services/{id}`."""

    @app.post("/cds-services/<service_id>")
    def answer(service_id: str) -> Response:
        timings = Timings(arrival_of_call().taken)
        cds_service = find_service(service_id)
        deadline = deadline_of_call(parts.settings.deadline)
        client = who_calls(parts, deadline)
        hook_request = read_hook_request(read_body(), cds_service)
        now = parts.clock()
        call_id = uuid4()
        memory = _memory(parts, client, hook_request, deadline)
        timings.done(Step.RECEIVE)
        moment = Moment(
            now=now,
            today=parts.today(now),
            audience=parts.settings.patient_view,
            new_uuid=uuid4,
            memory=memory,
            links=links_for(parts, client, hook_request, call_id),
            deadline=deadline,
            done=timings.done,
        )
        assessment = parts.service.respond(hook_request, moment)
        answered = AnsweredCall(
            id=call_id,
            at=now,
            client=client,
            service=cds_service,
            request=hook_request,
            assessment=assessment,
            milliseconds=milliseconds_so_far(),
            silent=parts.settings.mode == "silent",
            memory=memory,
        )
        cards = fitted(to_json([made.card for made in answered.shown]), client)
        response = json_response(orjson.dumps({"cards": cards}))
        timings.done(Step.CARDS)
        record = answered.record(parts.service.knowledge.version, parts.settings.mode)
        _keep(answered, record, parts)
        _log_call(answered, record)
        _let_go_once_sent(answered, response)
        timings.done(Step.KEEP)
        return _timed(response, timings, parts)


def _timed(response: Response, timings: Timings, parts: Parts) -> Response:
    """Say how long each step took, to whoever runs the service and to the client; an answered call only."""
    for step, seconds in timings.seconds.items():
        parts.metrics.observe_step(step, seconds)
    response.headers[HEADER] = timings.header()
    return response


def _let_go_once_sent(answered: AnsweredCall, response: Response) -> None:
    """Keep what the call was made of until its answer is sent: nobody should wait for a record to be taken apart."""
    kept = [answered]
    response.call_on_close(kept.clear)


def _memory(parts: Parts, client: Client, call: HookRequest, deadline: Deadline) -> CallMemory | None:
    """Return what is remembered for this call; None where no card may be held back for it, or none is shown anyway."""
    if parts.settings.alert_fatigue == "off" or parts.settings.mode == "silent":
        return None
    return CallMemory(
        store=parts.store,
        keys=parts.keys,
        client=client,
        server=call.fhir.server.rstrip("/") if call.fhir else "",
        patient=call.patient_id,
        user=call.user_id,
        deadline=deadline,
    )


def _keep(answered: AnsweredCall, record: CallRecord, parts: Parts) -> None:
    """Keep what was advised, and what a user was told when a chart was opened."""
    parts.store.record_call(record)
    parts.metrics.count_advice(record)
    if answered.memory is not None and answered.request.hook is Hook.PATIENT_VIEW:
        said = said_by(answered.assessment.advice, record.knowledge_version)
        for made in answered.shown:
            answered.memory.remember_told(made.tier.value, said, answered.at)


def _log_call(answered: AnsweredCall, record: CallRecord) -> None:
    """Log what was answered: rule ids, counts and times, nothing of the patient."""
    data = {"data": answered.assessment.remark} if answered.assessment.remark else {}
    log.info(
        "hook call",
        service=record.service,
        hook_instance=str(record.hook_instance),
        disposition=record.disposition,
        speech=answered.assessment.speech.value,
        cards=len(answered.assessment.made),
        shown=len(answered.shown),
        rules=[answer.rule for answer in record.rules if answer.status == _APPLIES],
        undecided=[answer.rule for answer in record.rules if answer.status == _CANNOT_TELL],
        milliseconds=record.milliseconds,
        **data,
    )
