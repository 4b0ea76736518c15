"""The sources of a card that is too long to name one after every line: once, at the end, by their short names."""

from collections.abc import Iterable

from kcds.advice.weigh import Advised
from kcds.cards.wording import SOURCES
from kcds.knowledge.rule import Evidence

_NAME_ENDS = (", ", ": ", " (")
"""Where the short name of a source ends: "Cohen et al. 2018, ASRA/AAPM/ASA consensus guidelines ..."."""


def sources_line(shown: Iterable[Advised]) -> str:
    """Name each source of these findings once, with how good it is, in their order."""
    grades: dict[str, dict[str, None]] = {}
    for entry in (entry for advised in shown for entry in advised.rule.evidence):
        grades.setdefault(_short_name(entry), {})[_grade(entry)] = None
    named = (f"{name} ({' / '.join(found)})" for name, found in grades.items())
    return f"_{SOURCES}: {'; '.join(named)}._"


def _short_name(entry: Evidence) -> str:
    end = min((entry.citation.find(mark) for mark in _NAME_ENDS if mark in entry.citation), default=None)
    return entry.citation[:end]


def _grade(entry: Evidence) -> str:
    """Say the grade, and whether the source was only recalled."""
    recalled = entry.verified == "R" and "recalled" not in entry.grade.lower()
    return entry.grade + (", recalled" if recalled else "")
