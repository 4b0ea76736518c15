"""YAML as knowledge files use it: nothing is guessed and nothing is lost.

YAML 1.1 reads `no` as false, `1:30` as 90 and `010` as 8, and lets a second key silently win over the first. Here only
`true` and `false` are truth values, numbers are decimal, dates are YYYY-MM-DD, and a repeated key is a fault. So are
tags, aliases and numbers of more than twelve digits: no reader would see what they come to.
"""

import errno
import re
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from kcds.errors import Fault, KnowledgeError

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _RepeatedKeyError(yaml.YAMLError):
    """A mapping holds the same key twice."""

    def __init__(self, key: str, line: int) -> None:
        self.key = key
        self.line = line
        super().__init__(key)


class _Loader(_Base):  # type: ignore[misc]
    """The safe loader with a smaller set of implicit types, and without repeated keys."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  (declared so by yaml)

    def resolve(self, kind: type[yaml.Node], value: str, implicit: tuple[bool, bool]) -> str:
        """Say what a node without a tag is; of a word in quotes, that it is text."""
        if kind is not yaml.ScalarNode:
            return _MAPPING if kind is yaml.MappingNode else _SEQUENCE
        for tag, pattern in self.yaml_implicit_resolvers.get(value[:1], ()) if implicit[0] else ():
            if pattern.match(value):
                return tag
        return _TEXT

    def construct_document(self, node: yaml.Node) -> object:
        """Return what a file says; called once for each."""
        return self._value_of(node)

    def _value_of(self, node: yaml.Node) -> Any:  # noqa: ANN401 - whatever it says
        """Read the usual nodes at once, and have all others, such as those with a tag, judged by the library.

        The library is made for references in both directions, which are refused here, and takes three times as long.
        """
        if isinstance(node, yaml.ScalarNode):
            if node.tag == _TEXT:
                return node.value
        elif isinstance(node, yaml.MappingNode):
            if node.tag == _MAPPING:
                return self._mapping_of(node)
        elif node.tag == _SEQUENCE:
            return [self._value_of(part) for part in node.value]
        return self.construct_object(node, deep=True)

    def _mapping_of(self, node: yaml.MappingNode) -> dict[Any, Any]:
        _refuse_odd_keys(node)
        return {self._value_of(key): self._value_of(value) for key, value in node.value}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        """Refuse a mapping that holds a key twice, or a key that is no single word."""
        _refuse_odd_keys(node)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping

    def construct_day(self, node: yaml.ScalarNode) -> date:
        """Refuse a day that the calendar does not have, and say where it stands."""
        try:
            return date.fromisoformat(node.value)
        except ValueError:
            problem = f"{node.value} is no day of the calendar"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark) from None

    def construct_number(self, node: yaml.ScalarNode) -> int | float:
        """Refuse a number that is not written in a few decimal digits, such as one by a tag: `!!float .nan`."""
        whole = _INT.fullmatch(node.value) is not None
        if not (whole or _FLOAT.fullmatch(node.value)) or abs(float(node.value)) >= _TOO_LARGE:
            problem = f"{node.value[:20]} is no number that a rule could mean"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
        return int(node.value) if whole else float(node.value)


def _refuse_odd_keys(node: yaml.MappingNode) -> None:
    """Refuse a mapping that holds a key twice, or a key that is no single word."""
    seen = set()
    for key_node, _ in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise yaml.MarkedYAMLError(problem="a key must be one word", problem_mark=key_node.start_mark)
        if key_node.value in seen:
            raise _RepeatedKeyError(str(key_node.value), key_node.start_mark.line + 1)
        seen.add(str(key_node.value))


_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?[0-9]+\.[0-9]+([eE][-+]?[0-9]+)?")
_TOO_LARGE = 1e12
_ALIAS = re.compile(r"(?:^|[\s\[{,:-])\*\w")
"""What may be an alias, or a word in stars within a text."""

_TAG = "tag:yaml.org,2002:"
_TEXT, _MAPPING, _SEQUENCE = f"{_TAG}str", f"{_TAG}map", f"{_TAG}seq"
_KINDS = (*("map", "seq", "str", "null", "bool"), None)  # None: what is said of every other tag
_Loader.yaml_constructors = {
    tag: make for tag, make in _Base.yaml_constructors.items() if tag in {kind and f"{_TAG}{kind}" for kind in _KINDS}
}
_Loader.add_constructor(f"{_TAG}timestamp", _Loader.construct_day)
_Loader.add_constructor(f"{_TAG}int", _Loader.construct_number)
_Loader.add_constructor(f"{_TAG}float", _Loader.construct_number)

for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("int", _INT.pattern, "-+0123456789"),
    ("float", _FLOAT.pattern, "-+0123456789"),
    ("null", r"~|null|", "~n\0"),
    ("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "0123456789"),
):
    _Loader.add_implicit_resolver(
        f"{_TAG}{_tag}", re.compile(f"^(?:{_pattern})$"), ["" if c == "\0" else c for c in _first]
    )


def read_yaml(path: Path, name: str) -> object:
    """Return what one file says; `name` is how faults call it. Raises KnowledgeError with one fault."""
    try:
        if path.is_fifo():  # nobody may ever write into it, and the reader would wait
            raise OSError(errno.EINVAL, "it is a pipe")  # noqa: TRY301 - said like any other that cannot be opened
        text = path.read_text(encoding="utf-8")
        _refuse_aliases(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506  (a safe loader, made stricter)
    except _RepeatedKeyError as error:
        fault = Fault(name, f"line {error.line}", f"the key `{error.key}` is there twice.", "Keep one of the two.")
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}" if error.problem_mark else "file"
        remedy = "Check indentation (blanks, not tabs), quotes and colons."
        fault = Fault(name, line, f"is not right: {error.problem}.", remedy)
    except (yaml.YAMLError, ValueError) as error:
        problem = str(error).splitlines()[0].rstrip(".")
        fault = Fault(name, "file", f"cannot be read: {problem}.", "Save it as UTF-8 text with real dates.")
    except RecursionError:
        fault = Fault(name, "file", "is nested too deeply.", "Write it with fewer levels.")
    except OSError as error:
        fault = Fault(name, "file", f"cannot be opened: {error.strerror}.", "Put the file back or allow reading it.")
    raise KnowledgeError([fault]) from None


def _refuse_aliases(text: str) -> None:
    """Refuse `*name`: a part that stands elsewhere, and may stand there a million times."""
    if "*" in text and _ALIAS.search(text):
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                mark: Any = event.start_mark
                problem = f"`*{event.anchor}` repeats another part; write it out"
                raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
