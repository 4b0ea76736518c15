"""Drug names in text: which medicines a display or a free text names.

Text never identifies a medicine. It can show that a code and its display disagree, and it can name a medicine that
we must then ask about. Only whole words count, so that "esketamine" is not "ketamine".
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

_WORD = re.compile(r"[a-z]+|\d+")
_SHORTEST = 4  # letters; a shorter name is too often part of something else


@dataclass(frozen=True, slots=True)
class NamedDrug:
    """A name that was found, and the ingredients (RxNorm) it stands for; none for a drug outside our products."""

    name: str
    ingredients: frozenset[str]


class DrugNames:
    """Names of medicines: ingredients, brands, and drugs that we only know by name."""

    def __init__(self, names: Mapping[str, frozenset[str]]) -> None:
        """Index names by their words; names of less than four letters are left out."""
        self._names: dict[str, NamedDrug] = {}
        self._longest: dict[str, int] = {}  # by first word: how many words its longest name has
        for name, ingredients in names.items():
            words = split_words(name)
            if sum(len(word) for word in words if word.isalpha()) >= _SHORTEST:
                key = " ".join(words)
                self._names[key] = NamedDrug(key, ingredients)
                self._longest[words[0]] = max(len(words), self._longest.get(words[0], 0))

    def find(self, text: str) -> tuple[NamedDrug, ...]:
        """Find the names in a text, each as long as possible ("Excedrin PM", not "Excedrin")."""
        words = split_words(text)
        found: list[NamedDrug] = []
        read = 0  # words up to here belong to a name
        for start, word in enumerate(words):
            longest = self._longest.get(word)
            if longest is None or start < read:
                continue
            for length in range(min(longest, len(words) - start), 0, -1):
                named = self._names.get(" ".join(words[start : start + length]))
                if named is not None:
                    found.append(named)
                    read = start + length
                    break
        return tuple(found)


def split_words(text: str) -> list[str]:
    """Split a text into words and numbers, without accents and capitals: "Kétamine-50mg" is ketamine, 50, mg."""
    plain = text.casefold()
    if plain.isascii():
        return _WORD.findall(plain)
    plain = unicodedata.normalize("NFKD", plain)
    return _WORD.findall("".join(letter for letter in plain if not unicodedata.combining(letter)))
