"""Files that name whom this service deals with: a YAML list of entries of one kind, read so that every fault is named.

A fault says file, entry, key, what is wrong and what to write instead; it quotes no value, since one may be a secret.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from kcds.errors import Fault, KnowledgeError, SettingsError
from kcds.knowledge.yaml_files import read_yaml

Entry = TypeVar("Entry", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Format(Generic[Entry]):
    """What the entries of a file are, and what is said of wrong ones."""

    key: str  # "clients": above the list
    bare: bool  # whether the list may stand without its key
    many: str  # "clients"
    one: str  # "A client": opens a sentence
    entry: type[Entry]
    sample: str
    problems: Mapping[str, str]  # by type of pydantic
    remedies: Mapping[str, str]  # by key


class EntryFile(Generic[Entry]):
    """A file while it is read, and what was found wrong."""

    def __init__(self, path: Path, form: Format[Entry]) -> None:
        """Read nothing yet."""
        self.path = path
        self._form = form
        self._faults: list[Fault] = []

    def say(self, where: str, problem: str, remedy: str) -> None:
        """Note a fault."""
        self._faults.append(Fault(str(self.path), where, problem, remedy))

    def require_soundness(self) -> None:
        """Raise SettingsError where something is wrong: every fault, a line each."""
        if self._faults:
            raise SettingsError("\n".join(map(str, self._faults)))

    def entries(self) -> list[Any]:
        """Return the list as it is written; an empty one where there is none."""
        key = self._form.key
        try:
            document = read_yaml(self.path, str(self.path))
        except KnowledgeError as error:
            self._faults += error.faults
            return []
        entries = document if self._form.bare else None
        if isinstance(document, dict) and document.keys() == {key}:
            entries = document[key]
        if isinstance(entries, list) and entries:
            return entries
        remedy = f"Write `{key}:` and below it one `- {self._form.sample}` for each."
        self.say(key, f"is no list of {self._form.many}.", remedy)
        return []

    def entry(self, where: str, raw: object) -> Entry | None:
        """Check one entry; None where it is not as it should be."""
        try:
            return self._form.entry.model_validate(raw)
        except ValidationError as error:
            for detail in error.errors(include_url=False, include_input=False, include_context=False):
                problem = self._form.problems.get(detail["type"], f"{detail['msg']}.")
                self.say(_place(where, detail), problem, self._remedy(detail))
            return None

    def _remedy(self, detail: ErrorDetails) -> str:
        key = str(detail["loc"][0]) if detail["loc"] else ""
        keys = ", ".join(self._form.entry.model_fields)
        return self._form.remedies.get(key, f"{self._form.one} has {keys}, such as {self._form.sample}.")


def _place(where: str, detail: ErrorDetails) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"])
    return f"{where}, {path.removeprefix('.')}" if path else where
