"""Text from the record, made harmless: whatever a card shows of it can be neither markup nor a link.

The sandbox of the standard renders raw HTML in cards, and Markdown makes links and images of brackets. Escaping is
fragile where the same text is read as Markdown by one client and as plain text by another, so everything but letters,
their marks, digits and plain punctuation is replaced by a space. So is a full stop inside a word, since some clients
make a link of every name of a host.
"""

import re
from dataclasses import replace
from unicodedata import category, normalize

from kcds.model.facts import Fact, UnidentifiedMedication, UnidentifiedProblem

_PUNCTUATION = frozenset(" .,;%/+-")
_LINK = re.compile(r"/{2,}|(?i:www)\.|(?<=[^\W\d])\.(?=[^\W\d]{2})")
_MARKS = ("Mn", "Mc")  # of letters: without them words of many languages cannot be read
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_LONGEST = 60
_QUOTING = (UnidentifiedMedication, UnidentifiedProblem)


def may_hold_markup(fact: Fact) -> bool:
    """Whether a fact holds text of the record."""
    return isinstance(fact, _QUOTING)


def without_markup(fact: Fact) -> Fact:
    """Return the fact with its record text made harmless; other facts hold none and are returned as they are."""
    if isinstance(fact, _QUOTING) and fact.text is not None:
        return replace(fact, text=plain(fact.text))
    return fact


def plain(text: str) -> str:
    """Return the text as one short line of letters, digits and plain punctuation."""
    seen = _UNSEEN.sub(" ", normalize("NFC", text))
    line = " ".join(_LINK.sub(" ", "".join(sign if _is_plain(sign) else " " for sign in seen)).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"


def _is_plain(sign: str) -> bool:
    return sign.isalnum() or sign in _PUNCTUATION or category(sign) in _MARKS


def opened(text: str) -> str:
    """Begin a text with a capital letter, and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """Return the text as one line, ended by a full stop."""
    line = " ".join(text.split())
    return line if not line or line.endswith((".", "!", "?", ":")) else line + "."
