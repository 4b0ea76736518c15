"""The settings as `kcds settings` prints them and docs/operate.md lists them. No secret is ever shown."""

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from textwrap import fill, indent

import orjson
from pydantic import SecretStr

from kcds.outbound.places import Place, bracketed
from kcds.settings import Settings, variable

MASK = "********"


@dataclass(frozen=True, slots=True)
class Entry:
    """One setting: its variable, its value as text (empty: none), whether it was set, what it means."""

    variable: str
    value: str
    is_set: bool
    meaning: str


def report_text(settings: Settings) -> str:
    """Write the settings for people: variable and value, and the meaning below."""
    blocks = (
        f"{one.variable}={one.value}{'' if one.is_set else '  (default)'}\n{indent(fill(one.meaning, 96), '    ')}\n"
        for one in _entries(settings)
    )
    return "\n".join(blocks)


def report_json(settings: Settings) -> str:
    """Write the settings for programs."""
    listed = [asdict(one) for one in _entries(settings)]
    return orjson.dumps(listed, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def settings_table() -> str:
    """Write all settings and their defaults as a table in Markdown."""
    rows = (
        f"| `{variable(name)}` | {field.description} | {f'`{_text(field.default)}`' if _text(field.default) else ''} |"
        for name, field in Settings.model_fields.items()
    )
    return "\n".join(("| variable | meaning | default |", "|---|---|---|", *rows))


def _entries(settings: Settings) -> Iterator[Entry]:
    given = {name.upper() for name, value in os.environ.items() if value}
    for name, field in Settings.model_fields.items():
        text = _text(getattr(settings, name))
        yield Entry(variable(name), text, variable(name) in given, field.description or "")


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return _masked(value.get_secret_value())
    if isinstance(value, Place):
        return value.url if value.port else f"{value.scheme}://{bracketed(value.host)}:*{value.path}"
    if isinstance(value, tuple):
        return ",".join(map(_text, value))
    return "" if value is None else str(value)


def _masked(secret: str) -> str:
    """Show of a database URL which server it means; of any other secret nothing."""
    scheme, found, rest = secret.partition("://")
    if not found:
        return MASK
    user, at, place = rest.rpartition("@")
    place, query, _ = place.partition("?")
    name, password, _ = user.partition(":")
    shown = f"{name if password else ''}{password}{MASK}@" if at else ""
    return f"{scheme}://{shown}{place}{f'?{MASK}' if query else ''}"
