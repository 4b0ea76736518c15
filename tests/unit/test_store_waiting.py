"""What waits is bounded: the queue, the threads that ask, the memory of tokens."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from store_builders import NOON, eventually

from kcds.errors import StoreError
from kcds.store import writer as writer_module
from kcds.store.patience import MOST_THREADS, Askers, Breaker
from kcds.store.token_memory import TokenMemory
from kcds.store.writer import BATCH, Writer


class Paper:
    """What is written, as long as it may be."""

    def __init__(self) -> None:
        self.written: list[int] = []
        self.may_write = threading.Event()
        self.may_write.set()
        self.error: Exception | None = None
        self.refused: set[int] = set()

    def write(self, batch: Sequence[int]) -> None:
        self.may_write.wait(10)
        if self.error is not None:
            raise self.error
        if self.refused & set(batch):
            raise StoreError("refused", "refused")
        self.written += batch


def make_writer(paper: Paper, counted: Counter[str], room: int = 100) -> Writer[int]:
    return Writer(paper.write, lambda: None, lambda event: counted.update([event]), room)


def test_what_is_put_in_is_written_in_order() -> None:
    paper, counted = Paper(), Counter[str]()
    writer = make_writer(paper, counted)

    for number in range(50):
        writer.put(number)
    writer.close(5)

    assert paper.written == list(range(50))
    assert counted == {}


class Batches:
    """What is written, batch by batch."""

    def __init__(self) -> None:
        self.written: list[list[int]] = []

    def write(self, batch: Sequence[int]) -> None:
        self.written.append(list(batch))


def test_what_comes_within_a_moment_is_written_at_once_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "GATHERING", 1.0)
    paper = Batches()
    writer: Writer[int] = Writer(paper.write, lambda: None, lambda _event: None)

    for number in range(10):
        writer.put(number)
        time.sleep(0.001)

    assert eventually(lambda: paper.written) == [list(range(10))]
    writer.put(10)
    assert eventually(lambda: len(paper.written) == 2)
    writer.close(5)
    assert paper.written == [list(range(10)), [10]]


def test_a_full_batch_does_not_wait_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "GATHERING", 60)
    paper = Batches()
    writer: Writer[int] = Writer(paper.write, lambda: None, lambda _event: None)

    for number in range(BATCH):
        writer.put(number)

    assert eventually(lambda: paper.written) == [list(range(BATCH))]
    writer.close(5)


def test_closing_does_not_wait_for_more_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "GATHERING", 60)
    paper = Batches()
    writer: Writer[int] = Writer(paper.write, lambda: None, lambda _event: None)

    writer.put(1)
    writer.close(5)

    assert paper.written == [[1]]


def test_when_the_queue_is_full_what_comes_is_dropped_and_counted() -> None:
    paper, counted = Paper(), Counter[str]()
    writer = make_writer(paper, counted, room=10)
    paper.may_write.clear()

    for number in range(30):
        writer.put(number)

    assert counted == {"dropped": 20}
    paper.may_write.set()
    writer.close(5)
    assert paper.written == list(range(10))


def test_what_could_not_be_written_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "PAUSE", 0.01)
    monkeypatch.setattr(writer_module, "GATHERING", 0.01)
    paper, counted = Paper(), Counter[str]()
    writer = make_writer(paper, counted)
    paper.error = StoreError("gone")
    writer.put(1)
    time.sleep(0.05)

    paper.error = None

    assert eventually(lambda: paper.written) == [1]
    writer.close(5)
    assert counted == {}


@pytest.mark.parametrize("error", [None, ValueError("a mistake of ours")], ids=["refused", "unexpected"])
def test_one_item_that_can_never_be_written_does_not_keep_the_others(error: Exception | None) -> None:
    paper, counted = Paper(), Counter[str]()

    def write(batch: Sequence[int]) -> None:
        if error is not None and 3 in batch:
            raise error
        paper.write(batch)

    paper.refused = {3}
    paper.may_write.clear()
    writer: Writer[int] = Writer(write, lambda: None, lambda event: counted.update([event]))
    for number in range(6):
        writer.put(number)

    paper.may_write.set()
    writer.close(5)

    assert paper.written == [0, 1, 2, 4, 5]
    assert counted == {"dropped": 1}


def test_closing_does_not_wait_for_a_writer_that_hangs() -> None:
    paper, counted = Paper(), Counter[str]()
    writer = make_writer(paper, counted)
    paper.may_write.clear()
    writer.put(1)
    writer.put(2)

    writer.close(0.05)

    assert counted == {"dropped": 2}
    paper.may_write.set()


def test_what_comes_after_closing_is_counted() -> None:
    paper, counted = Paper(), Counter[str]()
    writer = make_writer(paper, counted)
    writer.close(1)

    writer.put(1)

    assert counted == {"dropped": 1}


def test_an_answer_or_an_error_comes_back_to_who_asked() -> None:
    askers = Askers()

    assert askers.ask(lambda: 42, 5) == 42
    with pytest.raises(ZeroDivisionError):
        askers.ask(lambda: 1 // 0, 5)


def test_who_asks_is_not_kept_waiting_and_threads_left_behind_are_few() -> None:
    askers, released = Askers(), threading.Event()

    for _ in range(MOST_THREADS + 5):
        with pytest.raises(StoreError):
            askers.ask(lambda: released.wait(10), 0.01)
    waiting = [thread for thread in threading.enumerate() if thread.name == "kcds-store-ask"]

    assert len(waiting) >= MOST_THREADS
    released.set()
    assert eventually(lambda: _answers(askers)) == 42


def _answers(askers: Askers) -> int | None:
    try:
        return askers.ask(lambda: 42, 1)
    except StoreError:
        return None


def test_a_breaker_rests_after_two_failures_on_end_and_then_asks_again() -> None:
    breaker = Breaker(rest=0.05)

    breaker.failed()
    breaker.worked()
    breaker.failed()
    after_one = breaker.is_open
    breaker.failed()

    assert not after_one
    assert breaker.is_open
    assert eventually(lambda: not breaker.is_open)


def test_the_memory_of_tokens_forgets_the_oldest_and_the_expired() -> None:
    memory = TokenMemory(room=3)
    for number in range(4):
        memory.add(bytes([number]), NOON + timedelta(minutes=number))

    assert memory.add(b"\0", NOON)
    assert not memory.add(b"\3", NOON)
    memory.forget_expired(NOON + timedelta(minutes=3))
    assert memory.add(b"\2", NOON)
    assert not memory.add(b"\3", NOON)
