"""The rulebook as files: to be read without the service, printed, and compared with another one by `diff -r`.

The same rules and cases make the same bytes: there is no time in it, and no page of a rule names the version of the
knowledge, so that only the pages of rules that changed differ.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from kcds.pages.rulebook.book import Rulebook
from kcds.pages.rulebook.catalogue import Wanted, make_catalogue
from kcds.pages.rulebook.render import list_html, rule_html
from kcds.pages.site import STATIC, Site

INDEX = "index.html"
RULES = "rules"
ASSETS = "assets"
_ASSETS = ("htmx.min.js", "inter.woff2", "kcds.css", "kcds.js", "pico.min.css", "rulebook.css", "theme.js")
"""What these pages are made with; none of the others, so that a change of theirs is no change of the rulebook."""
MARKER = "kcds-rulebook.txt"
_MARKED = "The rulebook of kcds, made by `kcds rules export`, which may write here again.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSite(Site):
    """Pages that are files beside each other: every link is relative."""

    root: str = ""  # from the page to the directory of all: "" or "../"

    def path(self, *parts: str) -> str:
        """Return the path of the list or of a rule; there are no other pages."""
        place = INDEX if len(parts) != len((RULES, "id")) else f"{RULES}/{parts[1]}.html"
        return self.root + place

    def asset(self, name: str) -> str:
        """Return the path of an asset, the same whatever its content."""
        return f"{self.root}{ASSETS}/{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written, and what of it is wrong."""

    rules: int
    cases: int
    failed: int
    problems: tuple[str, ...]  # cases that fail, and case files that could not be read


def may_write(directory: Path) -> bool:
    """Whether a directory is new, empty, or holds an earlier export."""
    if not directory.exists():
        return True
    return directory.is_dir() and ((directory / MARKER).is_file() or not any(directory.iterdir()))


def export_rulebook(book: Rulebook, directory: Path) -> Exported:
    """Write every page; an earlier export in the directory is replaced. Raises OSError."""
    knowledge = book.knowledge
    for name in (RULES, ASSETS):
        shutil.rmtree(directory / name, ignore_errors=True)
        (directory / name).mkdir(parents=True)
    _write(directory / MARKER, _MARKED)
    cases, failed, problems = 0, 0, []
    for rule in knowledge.rules:
        page = book.page(rule)
        cases += len(page.cases.rows)
        failed += page.cases.failed
        problems += [f"{rule.id}: {row.name}: {row.problem}" for row in page.cases.rows if not row.passed]
        problems += page.cases.faults
        _write(directory / RULES / f"{rule.id}.html", rule_html(FileSite(root="../"), page, today=None))
    index = list_html(
        FileSite(version=knowledge.version),
        make_catalogue(knowledge, Wanted()),
        today=None,
        form=False,
        tested=(cases, failed),
    )
    _write(directory / INDEX, index)
    for name in _ASSETS:
        shutil.copyfile(STATIC / name, directory / ASSETS / name)
    return Exported(rules=len(knowledge.rules), cases=cases, failed=failed, problems=tuple(problems))


def _write(path: Path, text: str) -> None:
    path.write_text("".join(f"{line.rstrip()}\n" for line in text.splitlines() if line.strip()), encoding="utf-8")
