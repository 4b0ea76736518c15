"""The start of a command: what it imports and loads is made at once and stays."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def starting() -> Iterator[None]:
    """Keep the garbage collector from going through all of it over and over: that is a third of the time.

    Hardly any of it is garbage, so it is left alone afterwards too (`gc.freeze`).
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
