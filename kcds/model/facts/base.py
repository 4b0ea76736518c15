"""What every fact is, and the types that a property may have."""

import datetime as dt
from typing import ClassVar, TypeAlias

from kcds.model.immutable import immutable

Value: TypeAlias = str | float | bool | dt.date | None


@immutable(kw_only=True)
class Fact:
    """Base of all kinds of fact."""

    kind: ClassVar[str]
    sources: tuple[str, ...] = ()
