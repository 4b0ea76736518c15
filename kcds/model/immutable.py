"""Data that nobody changes and that is made by the thousand in one request: facts, and what they are found by."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
def immutable(cls: type[T], /) -> type[T]: ...


@overload
def immutable(*, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def immutable(cls: type[T] | None = None, /, *, kw_only: bool = False) -> type[T] | Callable[[type[T]], type[T]]:
    """Make a dataclass that is frozen for mypy: whoever assigns to a property of one fails `make test`.

    It is compared and hashed by its properties, and has no others. A dataclass that is frozen at run time too takes
    two to three times as long to make.
    """

    def make(plain: type[T]) -> type[T]:
        return dataclass(slots=True, unsafe_hash=True, kw_only=kw_only)(plain)

    return make if cls is None else make(cls)
