"""What a draft still lacks: texts that begin with "to write:", as `kcds rules new` leaves them, each with a hint."""

from collections.abc import Iterator

from kcds.errors import Fault

MARK = "to write: "


def check_written(data: object, file: str, key: str = "") -> Iterator[Fault]:
    """Find what is still to be written, and say how."""
    if isinstance(data, dict):
        for name, value in data.items():
            yield from check_written(value, file, f"{key}.{name}" if key else str(name))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from check_written(value, file, f"{key}[{number}]")
    elif isinstance(data, str) and data.startswith(MARK):
        hint = data.removeprefix(MARK)
        yield Fault(file, key, "is still to be written.", f"{hint[:1].upper()}{hint[1:]}")
