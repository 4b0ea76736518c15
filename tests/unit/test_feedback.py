"""Feedback as it comes in: the standard's shape and Epic's, and every fault named by its element."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from builders import Json
from hypothesis import given
from hypothesis import strategies as st

from kcds.cds_hooks.feedback import LONGEST_COMMENT, MOST_ENTRIES, Feedback, read_feedback
from kcds.errors import RequestError

CARD = "f6b95768-b1c8-40dc-8385-bf3504b82ffb"
REASON = {"code": "not-relevant", "system": "urn:kcds:override-reason"}


def accepted(**members: Any) -> Json:
    entry = {
        "card": CARD,
        "outcome": "accepted",
        "acceptedSuggestions": [{"id": "e56e1945-20b3-4393-8503-a1a20fd73152"}],
        "outcomeTimestamp": "2026-11-21T12:00:00Z",
    }
    return entry | members


def overridden(**members: Any) -> Json:
    return {"card": CARD, "outcome": "overridden", "outcomeTimestamp": "2026-11-21T12:00:00Z"} | members


def only(entry: Json) -> Feedback:
    (read,) = read_feedback({"feedback": [entry]})
    return read


def without(entry: Json, name: str) -> Json:
    return {member: value for member, value in entry.items() if member != name}


def test_an_accepted_suggestion_is_read() -> None:
    read = only(accepted())

    assert read == Feedback(
        card=CARD,
        outcome="accepted",
        at=datetime(2026, 11, 21, 12, tzinfo=UTC),
        accepted_suggestions=("e56e1945-20b3-4393-8503-a1a20fd73152",),
    )


def test_an_override_with_reason_and_comment_is_read() -> None:
    read = only(overridden(overrideReason={"reason": REASON, "userComment": "seen by cardiology"}))

    assert (read.reason_code, read.reason_system) == ("not-relevant", "urn:kcds:override-reason")
    assert read.comment == "seen by cardiology"


@pytest.mark.parametrize("reason", [None, {"userComment": ""}, {"reason": REASON}], ids=["none", "blank", "no comment"])
def test_an_override_needs_no_comment_and_no_reason(reason: Json | None) -> None:
    read = only(overridden(overrideReason=reason) if reason else overridden())

    assert read.comment is None


def test_members_that_say_nothing_may_be_sent_as_null() -> None:
    nothing = {"acceptedSuggestions": None, "overrideReasons": None}

    assert only(overridden(overrideReason={"reason": REASON, "userComment": None}, **nothing)).reason_code
    assert only(accepted(overrideReason=None, overrideReasons=None)).accepted_suggestions


def test_an_override_with_a_comment_alone_has_no_reason() -> None:
    read = only(overridden(overrideReason={"userComment": "seen"}))

    assert (read.reason_code, read.reason_system, read.comment) == (None, None, "seen")


@pytest.mark.checklist("FB-8")
def test_the_reason_of_epic_is_read_from_its_plural() -> None:
    read = only(overridden(card="123456", overrideReasons={"reason": REASON | {"display": "bad"}, "userComment": "x"}))

    assert (read.card, read.reason_code, read.comment) == ("123456", "not-relevant", "x")


@pytest.mark.checklist("FB-8")
def test_a_reason_that_epic_has_of_its_own_is_an_override_without_one_of_ours() -> None:
    own = {"com.epic.cdshooks.feedback.overrideReason.reasonCategory": "45"}

    read = only(overridden(overrideReasons={"extension": own, "userComment": "x"}))

    assert (read.outcome, read.reason_code, read.comment) == ("overridden", None, "x")


@pytest.mark.parametrize("written", [CARD.upper(), f"urn:uuid:{CARD}", CARD.replace("-", "")])
def test_a_card_is_known_by_its_uuid_however_that_is_written(written: str) -> None:
    assert only(overridden(card=written)).card == CARD


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-21T13:00:00+01:00",
        "2026-11-21t12:00:00z",
        "2026-11-21T12:00:00.000Z",
        "2026-11-21T12:00:00.0000000000Z",
        "2026-11-21T06:30:00-05:30",
        "2026-11-21T12:00:00-00:00",
    ],
)
def test_a_time_is_read_in_utc_from_any_offset(written: str) -> None:
    at = only(overridden(outcomeTimestamp=written)).at

    assert (at, at.tzinfo) == (datetime(2026, 11, 21, 12, tzinfo=UTC), UTC)


def test_a_leap_second_is_the_end_of_its_minute() -> None:
    at = only(overridden(outcomeTimestamp="2016-12-31T23:59:60Z")).at

    assert at == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("2020-12-11T00:00:00Z UTC", id="as an early draft of the standard had it"),
        pytest.param("2026-11-21T12:00:00", id="without an offset"),
        pytest.param("2026-11-21 12:00:00Z", id="with a blank"),
        pytest.param("2026-11-21", id="a day"),
        pytest.param("2026-02-30T12:00:00Z", id="no day of the calendar"),
        pytest.param("2026-11-21T24:00:00Z", id="the hour 24"),
        pytest.param("2026-11-21T12:00:00+25:00", id="an offset of more than a day"),
        pytest.param("0001-01-01T00:00:00+10:00", id="before the calendar"),
        pytest.param("٢٠٢٦-11-21T12:00:00Z", id="digits of another script"),
        pytest.param("", id="empty"),
        pytest.param(1763726400, id="a number"),
        pytest.param(None, id="null"),
    ],
)
def test_any_other_time_is_refused(written: object) -> None:
    with pytest.raises(RequestError) as refused:
        only(overridden(outcomeTimestamp=written))

    assert refused.value.element == "feedback[0].outcomeTimestamp"


@pytest.mark.parametrize(
    ("entry", "element"),
    [
        (without(overridden(), "card"), ".card"),
        (overridden(card=""), ".card"),
        (overridden(card=7), ".card"),
        (overridden(card="a\x00b"), ".card"),
        (overridden(card="x" * 257), ".card"),
        (without(overridden(), "outcome"), ".outcome"),
        (overridden(outcome="ignored"), ".outcome"),
        (overridden(outcome=["accepted"]), ".outcome"),
        (without(overridden(), "outcomeTimestamp"), ".outcomeTimestamp"),
        (without(accepted(), "acceptedSuggestions"), ".acceptedSuggestions"),
        (accepted(acceptedSuggestions=[]), ".acceptedSuggestions"),
        (accepted(acceptedSuggestions={"id": "x"}), ".acceptedSuggestions"),
        (accepted(acceptedSuggestions=[{"id": "x"}, {}]), ".acceptedSuggestions[1].id"),
        (accepted(acceptedSuggestions=[{"id": ""}]), ".acceptedSuggestions[0].id"),
        (overridden(overrideReason={}), ".overrideReason"),
        (overridden(overrideReasons={}), ".overrideReasons"),
        (overridden(overrideReason="not relevant"), ".overrideReason"),
        (overridden(overrideReason={"reason": {"code": "x"}}), ".overrideReason.reason.system"),
        (overridden(overrideReason={"reason": {"system": "x"}}), ".overrideReason.reason.code"),
        (overridden(overrideReason={"reason": {"code": "", "system": "x"}}), ".overrideReason.reason.code"),
        (overridden(overrideReason={"userComment": 5}), ".overrideReason.userComment"),
        ("overridden", ""),
        (None, ""),
    ],
)
@pytest.mark.checklist("FB-3")
def test_a_fault_is_named_by_its_element_among_entries_that_are_right(entry: object, element: str) -> None:
    with pytest.raises(RequestError) as refused:
        read_feedback({"feedback": [overridden(), accepted(), entry]})

    assert (refused.value.status, refused.value.element) == (400, f"feedback[2]{element}")


@pytest.mark.parametrize("body", [{}, {"feedback": None}, {"feedback": {}}, {"feedback": "x"}])
def test_without_an_array_there_is_no_feedback(body: Json) -> None:
    with pytest.raises(RequestError) as refused:
        read_feedback(body)

    assert (refused.value.status, refused.value.element) == (400, "feedback")


@pytest.mark.parametrize("body", [None, [], "feedback", 1])
def test_a_body_that_is_no_object_is_refused(body: object) -> None:
    with pytest.raises(RequestError):
        read_feedback(body)


def test_an_empty_batch_is_no_fault() -> None:
    assert read_feedback({"feedback": []}) == ()


def test_a_batch_has_a_largest_size() -> None:
    assert len(read_feedback({"feedback": [overridden()] * MOST_ENTRIES})) == MOST_ENTRIES

    with pytest.raises(RequestError) as refused:
        read_feedback({"feedback": [overridden()] * (MOST_ENTRIES + 1)})
    assert (refused.value.status, refused.value.element) == (413, "feedback")


def test_a_long_comment_is_cut_not_refused() -> None:
    read = only(overridden(overrideReason={"userComment": "x" * (LONGEST_COMMENT + 1)}))

    assert read.comment == "x" * LONGEST_COMMENT


def test_unknown_members_are_ignored() -> None:
    assert only(overridden(extension={"a": 1}, hookInstance="x")) == only(overridden())


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["accepted", CARD]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["feedback", *accepted(), "overrideReason", "reason", "code", "id"]), inner, max_size=5
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_is_sent_is_read_or_refused(body: object) -> None:
    with suppress(RequestError):
        read = read_feedback({"feedback": body})

        assert isinstance(body, list)
        assert len(read) == len(body)
