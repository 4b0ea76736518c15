"""Which body has ended workers: told apart, counted, refused, forgotten."""

import json
import os
from typing import Any

import pytest

from kcds.errors import EvaluationError
from kcds.web import crashes
from kcds.web.crashes import BodyGuard, Crashes, Slot
from kcds.web.metrics import Metrics


def body(**members: Any) -> bytes:
    return json.dumps({"hook": "patient-view", "prefetch": {"filling": "x" * 20_000}} | members).encode()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (body(), body(), True),
        (body(hookInstance="1"), body(hookInstance="22"), True),
        (body(fhirAuthorization={"access_token": "a"}), body(fhirAuthorization={"access_token": "b"}), True),
        (body(hookInstance="1"), body(), False),
        (body(), body(prefetch={"filling": "y"}), False),
        (body(context={"patientId": "1"}), body(context={"patientId": "2"}), False),
        (b'{"hookInstance": "', b'{"hookInstance": "', True),
        (b'"hookInstance""access_token"', b'"access_token""hookInstance"', False),
        (b"", b"x", False),
    ],
)
def test_a_body_is_the_same_but_for_what_changes_when_it_is_sent_again(one: bytes, other: bytes, *, same: bool) -> None:
    known = Crashes()

    assert (known.tag_of(one) == known.tag_of(other)) is same


def test_no_tag_can_be_found_out_from_outside() -> None:
    assert Crashes().tag_of(body()) != Crashes().tag_of(body())


def test_a_body_is_refused_after_two_deaths_in_every_process_and_no_other_body_is() -> None:
    known = Crashes()
    one, other = known.tag_of(b"one"), known.tag_of(b"other")

    first, refused_after_one = known.note_death(one), known.is_refused(one)
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.read(read, 1)
        os._exit(known.is_refused(one) and not known.is_refused(other))
    second = known.note_death(one)
    os.write(write, b"!")

    assert (first, refused_after_one, second) == (False, False, True)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    os.close(read)
    os.close(write)


def test_what_is_remembered_is_bounded_and_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Crashes()
    tags = [known.tag_of(str(number).encode()) for number in range(200)]
    for tag in tags:
        known.note_death(tag)
        known.note_death(tag)

    refused = [known.is_refused(tag) for tag in tags]
    now = crashes.time.monotonic()
    monkeypatch.setattr(crashes.time, "monotonic", lambda: now + crashes.MEMORY + 60)
    later = [known.is_refused(tag) for tag in tags]
    again = known.note_death(tags[-1])

    assert refused == [False] * 136 + [True] * 64
    assert later == [False] * 200
    assert not again


def test_a_reload_gives_every_body_another_chance() -> None:
    known = Crashes()
    tag = known.tag_of(b"one")
    known.note_death(tag)
    known.note_death(tag)

    known.forget()

    assert not known.is_refused(tag)
    assert not known.note_death(tag)


def test_a_body_stands_in_the_slot_while_it_is_judged_and_a_refused_one_never() -> None:
    known, slot, metrics = Crashes(), Slot(), Metrics()
    guard = BodyGuard(known, slot, metrics)

    before = slot.body
    guard.look_at(b"one")
    meanwhile = slot.body
    slot.say_judged()
    known.note_death(known.tag_of(b"one"))
    known.note_death(known.tag_of(b"one"))
    with pytest.raises(EvaluationError, match="not judged again"):
        guard.look_at(b"one")

    assert (before, meanwhile, slot.body) == (None, known.tag_of(b"one"), None)
    assert "kcds_repeated_crash_refusals_total 1.0" in metrics.text().decode()


def test_a_slot_says_how_its_worker_is() -> None:
    slot = Slot()
    said = [(slot.is_ready, slot.ended_in_order)]
    slot.say_ready()
    said.append((slot.is_ready, slot.ended_in_order))
    slot.say_ended()
    said.append((slot.is_ready, slot.ended_in_order))

    assert said == [(False, False), (True, False), (True, True)]
