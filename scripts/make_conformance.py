"""Write docs/conformance.md: every line of the checklist, and the tests that hold it or where it is met.

A test says by `@pytest.mark.checklist("PRE-12")` which lines it holds; tests/conformance/checklist.yaml has the lines.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from doc_blocks import table

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "conformance.md"
CHECKLIST = ROOT / "tests" / "conformance" / "checklist.yaml"

_MARKER = "pytest.mark.checklist"
_SHOWN = 4

_HEAD = """# Conformance with CDS Hooks 2.0.1

Made by `scripts/make_conformance.py` from `tests/conformance/checklist.yaml` and the markers of the tests; a test fails
when it is stale, or when a line that has to be tested is held by no test.

The standard is [CDS Hooks 2.0.1](https://cds-hooks.hl7.org/2.0.1/). Where its text and this list differ, the text wins;
the differences that were found are named at the end. *[client]* binds the client, and the service copes with it;
*(3.0)* is new in the 3.0.0 ballot; *RULE* and *OWN* are ours: the standard leaves them open. The tests were written
from the standard and run over HTTP; those on FHIR access, authentication and feedback against a running `kcds serve`.
The lines on CORS, prefetch and live HTML are held in Chromium as well, where one is installed.

"""


def read_checklist() -> dict[str, list[dict[str, Any]]]:
    """Return the lines of the checklist by section."""
    sections: dict[str, list[dict[str, Any]]] = yaml.safe_load(CHECKLIST.read_text(encoding="utf-8"))
    return sections


def lines_of(sections: Mapping[str, list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Return the lines by id."""
    return {line["id"]: line for lines in sections.values() for line in lines}


@cache
def marked_tests() -> dict[str, list[str]]:
    """Return the tests that hold each line, as `file::test`, in the order of their files."""
    found: dict[str, list[str]] = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for name, ids in _marks(ast.parse(file.read_text(encoding="utf-8"))):
            for one in ids:
                found.setdefault(one, []).append(f"{file.relative_to(ROOT / 'tests').as_posix()}::{name}")
    return found


def _marks(module: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """Give the name of each marked test and the ids of its marker."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == _MARKER:
                    yield node.name, [ast.literal_eval(argument) for argument in mark.args]


def page() -> str:
    """Return the page as it has to be."""
    sections, tests = read_checklist(), marked_tests()
    lines = lines_of(sections)
    held = sum(1 for line in lines.values() if "test" in line)
    parts = [_HEAD, f"{len(lines)} lines; {held} have to be held by a test, and {len(tests)} are.\n"]
    for title, rows in sections.items():
        cells = (_cells(row, tests.get(row["id"], [])) for row in rows)
        parts.append(f"\n## {title}\n\n{table(['line', 'level', 'what', 'held by'], cells)}\n")
    parts.append("\n## Where the text of the standard differs from the checklist\n\n")
    parts += [f"* {line['id']}: {line['differs']}\n" for line in lines.values() if "differs" in line]
    return "".join(parts)


def _cells(line: Mapping[str, Any], tests: list[str]) -> list[str]:
    """Write one row: the tests with the id in their name first, and of many not all, since a marker finds them."""
    own = line["id"].lower().replace("-", "_")
    shown = [f"`{test.rpartition('::')[2]}`" for test in sorted(tests, key=lambda test: own not in test)]
    names = ", ".join(shown[:_SHOWN]) + (f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else "")
    said = " ".join(text for text in (line.get("na"), line.get("met")) if text)
    held = "<br>".join(text for text in (said, names) if text)
    return [line["id"], line["level"], line["what"], held]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
