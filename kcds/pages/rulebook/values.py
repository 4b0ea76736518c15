"""The values that conditions compare with, in words: numbers with their units, durations, names by their titles."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kcds.knowledge.clauses import resolve
from kcds.knowledge.durations import duration_in_words, is_duration
from kcds.knowledge.load import Knowledge
from kcds.knowledge.rule import Ago, ParameterRef, Rule
from kcds.knowledge.templates import say
from kcds.model.facts import Value
from kcds.pages.html import say_day
from kcds.pages.rulebook.phrase import Names, Phrase
from kcds.pages.words import UNITS

_UNITS: Mapping[str, str] = {
    **UNITS,
    "a": "years",
    "mo": "months",
    "wk": "weeks",
    "d": "days",
    "h": "hours",
    "min": "minutes",
    "mg/d": "mg a day",
    "{ULN}": "times the upper limit of the laboratory",
    "{score}": "points",
    "{points}": "points",
    "{class}": "drug classes",
    "{treatment}": "treatments",
    "{infusion}": "infusions",
    "{course}": "courses",
    "{study}": "studies",
    "{patient}": "patients",
    "{trial}": "trials",
}
"""How units are read; others stand as UCUM writes them."""

MOST_NAMED = 3
"""Names that a short sentence holds of a longer list."""


def say_unit(unit: str | None, *, counted: bool = True) -> str:
    """Say a unit; what is counted in braces is left out where the sentence says it anyway."""
    if unit is None or (not counted and unit.startswith("{")):
        return ""
    return _UNITS.get(unit, unit.strip("{}").replace("_", " "))


def say_number(value: object, unit: str | None, *, counted: bool = True) -> str:
    """Say a number or duration with its unit: "160 mmHg", "1 day", "30 days"."""
    word = say_unit(unit, counted=counted)
    said = say(value) if isinstance(value, int | float | str) else str(value)
    if said == "1" and word in _ONE:
        word = word.removesuffix("s")
    return f"{said}{word}" if word == "%" else f"{said} {word}".rstrip()


_ONE = frozenset(
    {"years", "months", "weeks", "days", "hours", "minutes", "points", "infusions", "courses", "treatments"}
)


def either(words: Iterable[str]) -> str:
    """Join alternatives: "one, another or a third"."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Says the values of one rule's conditions."""

    rule: Rule
    knowledge: Knowledge
    short: bool  # for one sentence about the whole rule

    def of(self, operand: object, phrase: Phrase) -> str:
        """Say a constant, a list of them, or the value of a parameter."""
        value = resolve(operand, self.rule)
        if isinstance(value, tuple):
            return either(self._few([self._constant(one, phrase) for one in value]))
        return self._constant(value, phrase) + self._local(operand)

    def number(self, operand: object, phrase: Phrase) -> str:
        """Say a number with its unit, and whether it is this site's own."""
        value = resolve(operand, self.rule)
        unit = self._unit(operand) or phrase.unit
        return say_number(value, unit, counted=not phrase.form) + self._local(operand)

    def ago(self, operand: Ago) -> str:
        """Say a stretch of time before today."""
        value = resolve(operand, self.rule)
        return (duration_in_words(str(value)) if is_duration(value) else str(value)) + self._local(operand.ago)

    def filled(self, form: str) -> str:
        """Put numbers of parameters.yaml into a phrase."""
        for name in self.knowledge.parameters.values:
            mark = f"{{{name}}}"
            if mark in form:
                form = form.replace(mark, say(self.knowledge.parameters.values[name].value))
        return form

    def _constant(self, value: object, phrase: Phrase) -> str:
        if value in phrase.words:
            return phrase.words[value]
        match value:
            case bool():
                return "yes" if value else "no"
            case int() | float():
                return say_number(value, phrase.unit, counted=not phrase.form)
            case dt.date():
                return say_day(value)
            case _:
                return str(value) if phrase.free else self._name(str(value), phrase.names)

    def _name(self, value: str, names: Names | None) -> str:
        """Say what a name of ours stands for, by its title."""
        knowledge = self.knowledge
        match names:
            case Names.SETS if value in knowledge.value_sets:
                return f"“{knowledge.value_sets.title_of(value)}”"
            case Names.CLASSES:
                title = knowledge.formulary.class_titles().get(value)
                return f"“{title or knowledge.value_sets.title_of(value)}”"
            case Names.RULES if value in knowledge.rules_by_id:
                return f"“{knowledge.rules_by_id[value].title}”"
            case Names.ITEMS if value in knowledge.plan:
                return f"“{knowledge.plan[value].title}”"
            case Names.DOMAINS if value in knowledge.domains:
                return knowledge.domains[value].title
            case _:
                return value.replace("-", " ").replace("_", " ")

    def _few(self, words: list[str]) -> list[str]:
        """Keep the first of a long list, and say how many more there are."""
        more = len(words) - MOST_NAMED
        return [*words[:MOST_NAMED], f"{more} more"] if self.short and more > 1 else words

    def _unit(self, operand: object) -> str | None:
        if not isinstance(operand, ParameterRef) or operand.param not in self.rule.parameters:
            return None
        return self.rule.parameters[operand.param].unit

    def _local(self, operand: object) -> str:
        """Mark a number that this site has changed."""
        inner = operand.ago if isinstance(operand, Ago) else operand
        moved = self.knowledge.local.moved.get((self.rule.id, inner.param)) if isinstance(inner, ParameterRef) else None
        if moved is None:
            return ""
        released: Value = moved.released
        return " (local policy)" if self.short else f" (local policy; released: {say(released)})"
