"""What every fact is, and the types that a property may have."""

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

Value: TypeAlias = str | float | bool | dt.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Base of all kinds of fact."""

    kind: ClassVar[str]
    sources: tuple[str, ...] = ()
