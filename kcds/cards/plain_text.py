"""Text from the record, made harmless: whatever a card shows of it can be neither markup nor a link.

The sandbox of the standard renders raw HTML in cards, and Markdown makes links and images of brackets. Escaping is
fragile where the same text is read as Markdown by one client and as plain text by another, so everything but letters,
digits and plain punctuation is replaced by a space.
"""

import re
from dataclasses import replace

from kcds.model.facts import Fact, UnidentifiedMedication, UnidentifiedProblem

_UNSAFE = re.compile(r":?//+|www\.|[^\w .,;%/+-]|_", re.UNICODE)
_LONGEST = 60


def without_markup(fact: Fact) -> Fact:
    """Return the fact with its record text made harmless; other facts hold none and are returned as they are."""
    if isinstance(fact, UnidentifiedMedication | UnidentifiedProblem) and fact.text is not None:
        return replace(fact, text=plain(fact.text))
    return fact


def plain(text: str) -> str:
    """Return the text as one short line of letters, digits and plain punctuation."""
    line = " ".join(_UNSAFE.sub(" ", text).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"


def sentence(text: str) -> str:
    """Return the text as one line, ended by a full stop."""
    line = " ".join(text.split())
    return line if not line or line.endswith((".", "!", "?", ":")) else line + "."
