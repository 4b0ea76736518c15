"""What is asked of another server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kcds.outbound.answers import Allowance


@dataclass(frozen=True, slots=True)
class Call:
    """Where to, with which headers (a token may be there), and how much may come back; a POST where it has a form."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    allowances: Sequence[Allowance]
    form: bytes | None = field(default=None, repr=False)
