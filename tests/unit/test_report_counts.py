"""What became of the advice is counted right, on both databases, and no count can be told that is too small."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from postgres import PostgreSQL
from store_builders import NOON, STOP, Kept, call, card, eventually, feedback, opened

from kcds.errors import StoreError
from kcds.outbound.deadline import Deadline
from kcds.settings import Settings
from kcds.store.database import Database
from kcds.store.places import find_places
from kcds.store.queries import add_calls, add_feedback
from kcds.store.records import CallRecord, FeedbackRecord, RuleAnswer
from kcds.store.report import count_advice
from kcds.store.tally import NO_REASON, Tally, Wanted

SINCE = datetime(2026, 11, 9, tzinfo=UTC)
TWO_WEEKS = Wanted(since=SINCE, until=SINCE + timedelta(weeks=2))
CAUTION = RuleAnswer(rule="a-caution", version="2.0.0", status="data-required")
KEY, OTHER = (STOP.rule, STOP.version), (CAUTION.rule, CAUTION.version)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path | None, str | None]:
    if request.param == "sqlite":
        return tmp_path, None
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return None, server.new_database()


@pytest.fixture
def kept(place: tuple[Path | None, str | None]) -> Iterator[Kept]:
    with opened(*place) as store:
        yield store


def fill(place: tuple[Path | None, str | None], calls: list[CallRecord], entries: list[FeedbackRecord]) -> None:
    settings = Settings(data_dir=place[0], database_url=place[1])
    with closing(Database(find_places(settings).kept)) as database, database.transaction() as connection:
        add_calls(connection, [(str(one.id), one) for one in calls])
        add_feedback(connection, [(entry, None) for entry in entries])


def test_each_call_card_and_answer_is_counted_once(kept: Kept, place: tuple[Path | None, str | None]) -> None:
    accepted, overridden, bare, unanswered, held = (
        card(),
        card(rules=(STOP, CAUTION)),
        card(),
        card(),
        card(shown=False),
    )
    calls = [
        call(accepted, rules=(STOP, CAUTION), at=SINCE, milliseconds=5),
        call(overridden, bare, at=NOON, service="ketamine-order-sign", knowledge_version="2026.12.1"),
        call(unanswered, held, at=NOON),
        call(card(), at=NOON, mode="silent"),
        call(card(), at=SINCE - timedelta(seconds=1)),
        call(card(), at=TWO_WEEKS.until),
    ]
    entries = [
        feedback(accepted.uuid, outcome="accepted", reason_code=None),
        feedback(overridden.uuid, reason_code="data-wrong", reason_system="ours"),
        feedback(bare.uuid, reason_code=None, reason_system=None),
        feedback(unanswered.uuid, client="another"),
        feedback("a card that nobody knows"),
    ]

    fill(place, calls, entries)
    tally = kept.store.tally(TWO_WEEKS)

    stop, caution = tally.rules[KEY], tally.rules[OTHER]
    assert (stop.fired, stop.unknown, stop.shown, stop.accepted) == ({0: 1, 1: 2}, 0, 4, 1)
    assert stop.overridden == {("ours", "data-wrong"): 1, NO_REASON: 1}
    assert (caution.fired, caution.unknown, caution.shown, caution.accepted) == ({}, 1, 1, 0)
    assert tally.calls == {"ketamine-patient-view": 2, "ketamine-order-sign": 1}
    assert tally.cards == {"ketamine-patient-view": 2, "ketamine-order-sign": 2}
    assert sorted(tally.milliseconds) == [5, 12.5, 12.5]
    assert tally.modes == {"live": 3, "silent": 1}
    assert tally.clients == {"ehr": 4}
    assert tally.versions == {"2026.11.1": 0, "2026.12.1": 1}


@pytest.mark.parametrize(
    ("narrowed", "calls"),
    [
        ({"service": "ketamine-order-sign"}, 1),
        ({"client": "another"}, 1),
        ({"version": "2026.12.1"}, 1),
        ({"mode": "silent"}, 1),
        ({}, 3),
    ],
)
def test_only_what_is_wanted_is_counted(
    kept: Kept, place: tuple[Path | None, str | None], narrowed: dict[str, str], calls: int
) -> None:
    made = [
        call(card(), service="ketamine-order-sign"),
        call(card(), client="another"),
        call(card(), knowledge_version="2026.12.1"),
        call(card(), mode="silent"),
    ]
    fill(place, made, [])

    tally = kept.store.tally(Wanted(since=SINCE, until=TWO_WEEKS.until, **narrowed))

    assert tally.calls.total() == tally.cards.total() == tally.rules[KEY].shown == calls
    assert tally.clients.total() == len(made)


def test_of_several_answers_on_a_card_the_last_counts(kept: Kept, place: tuple[Path | None, str | None]) -> None:
    shown = card()
    later = {"outcome": "accepted", "reason_code": None, "outcome_at": NOON + timedelta(hours=1)}

    fill(place, [call(shown)], [feedback(shown.uuid, **later), feedback(shown.uuid)])
    tally = kept.store.tally(TWO_WEEKS)

    assert tally.rules[KEY].accepted == 1
    assert not tally.rules[KEY].overridden


def test_an_empty_store_and_a_call_without_findings_count_as_nothing(
    kept: Kept, place: tuple[Path | None, str | None]
) -> None:
    assert kept.store.tally(TWO_WEEKS) == Tally()

    fill(place, [call(rules=())], [])

    assert kept.store.tally(TWO_WEEKS).rules == {}


def test_what_the_service_writes_is_what_is_counted(kept: Kept) -> None:
    shown = card()

    kept.store.record_call(call(shown, rules=(STOP, CAUTION)))
    kept.store.keep_feedback([feedback(shown.uuid)])

    tally = eventually(lambda: (found := kept.store.tally(TWO_WEEKS)).calls and found)
    assert tally.rules[KEY].overridden.total() == 1


def test_counting_ends_when_its_time_is_over(tmp_path: Path) -> None:
    with opened(tmp_path):
        fill((tmp_path, None), [call(card())], [])
    database = Database(find_places(Settings(data_dir=tmp_path)).kept)

    with (
        closing(database),
        pytest.raises(StoreError, match="in time"),
        database.transaction(writes=False) as connection,
    ):
        count_advice(connection, TWO_WEEKS, Deadline.after(0))


def test_a_store_that_is_not_there_is_an_error_that_is_counted() -> None:
    with opened(None, "postgresql://nobody@127.0.0.1:1/none") as kept, pytest.raises(StoreError):
        kept.store.tally(TWO_WEEKS)

    assert kept.counted["report-failed"] == 1
