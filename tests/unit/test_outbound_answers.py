"""Unpacking needs no more memory than the answer may come to, however much is packed into it."""

import asyncio
import gzip
import tracemalloc
from collections.abc import AsyncIterator

import pytest

from kcds.errors import OutboundError
from kcds.outbound.answers import Allowance, read_body


async def parts(*given: bytes) -> AsyncIterator[bytes]:
    for part in given:
        yield part


def test_a_bomb_is_not_unpacked_before_it_is_measured() -> None:
    bomb = gzip.compress(b"\0" * 40_000_000)
    tracemalloc.start()

    with pytest.raises(OutboundError) as caught:
        asyncio.run(read_body(parts(bomb), "gzip", [Allowance(100_000), Allowance(50_000_000)]))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.kind == "too-large"
    assert peak < 3_000_000


def test_what_follows_the_end_of_a_packed_answer_is_not_read() -> None:
    packed = gzip.compress(b"{}")

    body = asyncio.run(read_body(parts(packed[:5], packed[5:], b"more"), "gzip", [Allowance(10)]))

    assert body == b"{}"


def test_answers_use_up_what_they_may_come_to_together() -> None:
    together = Allowance(10)

    for _ in range(2):
        asyncio.run(read_body(parts(b"1234"), "", [Allowance(8), together]))

    assert together.left == 2
    with pytest.raises(OutboundError):
        asyncio.run(read_body(parts(b"1234"), "identity", [Allowance(8), together]))
