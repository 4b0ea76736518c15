"""The first line of rule and case files: it tells editors which JSON Schema completes and checks them."""

from collections.abc import Iterator
from pathlib import Path

from kcds.errors import Fault
from kcds.knowledge.cases import SUFFIX
from kcds.knowledge.editor_schema import CASES_SCHEMA, RULE_SCHEMA
from kcds.knowledge.paths import files_below
from kcds.knowledge.rule_files import is_rule_or_cases


def header_of(name: str) -> str:
    """Return the first line of a file of this name, one folder below the schemas."""
    schema = CASES_SCHEMA if name.endswith(SUFFIX) else RULE_SCHEMA
    return f"# yaml-language-server: $schema=../{schema}"


def check_places_of_cases(directory: Path) -> Iterator[Fault]:
    """Find case files without a rule beside them: nobody who reads the rule would see them."""
    for path in files_below(directory):
        rule = path.with_name(path.name.removesuffix(SUFFIX) + ".yaml")
        if path.name.endswith(SUFFIX) and not rule.is_file():
            problem = "does not stand beside its rule."
            yield Fault(path.relative_to(directory).as_posix(), "file", problem, f"Put it where {rule.name} is.")


def check_headers(directory: Path) -> Iterator[Fault]:
    """Find rule and case files without that line."""
    for path in files_below(directory):
        place = path.relative_to(directory)
        if path.suffix == ".yaml" and is_rule_or_cases(place) and path.is_file():
            with path.open(encoding="utf-8", errors="replace") as lines:
                first = lines.readline().rstrip()
            if first != header_of(path.name):
                problem = "does not name the schema for editors."
                yield Fault(place.as_posix(), "line 1", problem, f"Write: {header_of(path.name)}")
