"""Words that the review page shares: days as a clinician reads them, numbers with units, plain lists."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from kcds.cards.plain_text import sentence
from kcds.knowledge.templates import say
from kcds.pages.html import say_day
from kcds.pages.words import UNITS

_ISO_DAY = re.compile(r"(?<![\d-])(\d{4})-(\d\d)-(\d\d)(?![\d-])")
_ISO_MONTH = re.compile(r"(?<![\d-])(\d{4})-(\d\d)(?![\d-])")

_UNITS = {**UNITS, "{INR}": "", "{score}": ""}
"""Units behind a value whose name says what is counted."""


def _day(found: re.Match[str]) -> str:
    try:
        return say_day(date.fromisoformat(found[0]))
    except ValueError:
        return found[0]


def _month(found: re.Match[str]) -> str:
    try:
        return f"{date(int(found[1]), int(found[2]), 1):%b %Y}"
    except ValueError:
        return found[0]


def readable(text: str) -> str:
    """Return a card's text with its days written as on the page: 2026-11-06 reads 6 Nov 2026."""
    return _ISO_MONTH.sub(_month, _ISO_DAY.sub(_day, text))


@dataclass(frozen=True, slots=True)
class FactInWords:
    """What a fact says, and the day that it speaks of."""

    text: str
    when: str | None = None


def plainly(name: str | None) -> str | None:
    """Write a name of ours as words."""
    return name.replace("-", " ") if name else None


def name_of_concept(concept: str | None) -> str:
    """Name a concept that has no label: its own name without the kind in front."""
    if concept is None:
        return "not stated"
    kind, _, rest = concept.partition("-")
    return (rest if kind in ("rx", "proc", "obs") else concept).replace("-", " ")


def with_unit(value: float | None, unit: str | None) -> str:
    """Say a measured value, with its unit unless it has none."""
    named = _UNITS.get(unit or "", unit or "")
    return f"{say(value)} {named}".strip()


def day_or_none(day: date | None) -> str | None:
    """Say a day, where there is one."""
    return say_day(day) if day is not None else None


def phrase(*parts: str | None, joiner: str = ", ") -> str:
    """Join what there is."""
    return joiner.join(part for part in parts if part)


def listed(names: Sequence[str], most: int) -> str:
    """Name the first few, and say how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def sentences(texts: Iterable[str]) -> str:
    """Put texts behind one another, each as a sentence."""
    return " ".join(sentence(text) for text in texts if text)
