"""What is asked of another server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kcds.outbound.answers import Allowance


@dataclass(frozen=True, slots=True)
class Call:
    """One GET: where to, with which headers (a token may be among them), and how much may come back."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    allowances: Sequence[Allowance]
