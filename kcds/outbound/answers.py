"""What another server answered, read as far as it is allowed to be long. What is compressed counts as unpacked."""

import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from kcds.errors import OutboundError

_GZIP = zlib.MAX_WBITS | 16


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and, of a success, the body."""

    status: int
    headers: Mapping[str, str] = field(repr=False)  # by name in lower case
    body: bytes = field(repr=False)


@dataclass(slots=True)
class Allowance:
    """How many bytes may still be received, in one answer or in all that belong together."""

    left: int

    def take(self, count: int) -> None:
        """Use up so many; raises OutboundError where there are not so many left."""
        if count > self.left:
            raise OutboundError("too-large")
        self.left -= count


async def read_body(parts: AsyncIterator[bytes], encoding: str, allowances: Sequence[Allowance]) -> bytes:
    """Put a body together; raises OutboundError for one that is too large, cut off or packed in an unknown way."""
    if encoding in ("", "identity"):
        return await _plain(parts, allowances)
    if encoding in ("gzip", "x-gzip"):
        return await _unpacked(parts, allowances)
    raise OutboundError("encoding")


async def _plain(parts: AsyncIterator[bytes], allowances: Sequence[Allowance]) -> bytes:
    body = bytearray()
    async for part in parts:
        _take(len(part), allowances)
        body += part
    return bytes(body)


async def _unpacked(parts: AsyncIterator[bytes], allowances: Sequence[Allowance]) -> bytes:
    """Unpack never more at once than may still be received: a megabyte can be packed into a kilobyte."""
    body = bytearray()
    unpacking = zlib.decompressobj(_GZIP)
    async for part in parts:
        most = min(allowance.left for allowance in allowances) + 1
        try:
            plain = unpacking.decompress(part, most)
        except zlib.error:
            raise OutboundError("encoding") from None
        _take(len(plain), allowances)
        body += plain
        if unpacking.eof:
            return bytes(body)
    raise OutboundError("encoding")


def _take(count: int, allowances: Sequence[Allowance]) -> None:
    for allowance in allowances:
        allowance.take(count)
