"""The facts of a case in words: what the chart of the case says."""

import datetime as dt
from collections.abc import Iterator

from kcds.cards.plain_text import opened
from kcds.knowledge.cases import DEFAULT_TODAY, Case
from kcds.knowledge.load import Knowledge
from kcds.knowledge.rule import Rule
from kcds.model.facts import DataState, Fact, Measurement, values_of
from kcds.pages.html import say_day
from kcds.pages.rulebook.phrase import Phrase
from kcds.pages.rulebook.phrases import KINDS
from kcds.pages.rulebook.values import Values, say_number
from kcds.pages.rulebook.words import with_number

_NOT_SAID = frozenset({"unit"})  # stands behind its value


def day_of(case: Case) -> dt.date | None:
    """Return the day on which a case happens, where it is not the usual one."""
    return case.today if case.today != DEFAULT_TODAY else None


def facts_of(case: Case, rule: Rule, knowledge: Knowledge) -> Iterator[str]:
    """Say the facts of a case, one after the other; data that are known go without saying."""
    values = Values(rule=rule, knowledge=knowledge, short=False)
    for fact in case.facts:
        if not (isinstance(fact, DataState) and fact.state == "known" and fact.basis is None and fact.date is None):
            yield fact_in_words(fact, values)


def fact_in_words(fact: Fact, values: Values) -> str:
    """Say one fact with everything that is known of it."""
    phrases = KINDS[fact.kind]
    known = {
        name: value
        for name, value in values_of(fact).items()
        if value is not None and name not in _NOT_SAID and not phrases.properties[name].derived
    }
    unit = fact.unit if isinstance(fact, Measurement) else None
    said = {name: _said(phrases.properties[name], value, unit, values) for name, value in known.items()}
    opening = " ".join([phrases.noun, *(text for name, text in said.items() if phrases.properties[name].head)])
    terms = list(dict.fromkeys(text for name, text in said.items() if not phrases.properties[name].head))
    between = ": " if phrases.once else ", "
    return opened(between.join([opening, *([", ".join(terms)] if terms else [])]))


def _said(phrase: Phrase, value: object, unit: str | None, values: Values) -> str:
    """Say one property that is known."""
    if isinstance(value, dt.date):
        return f"{phrase.noun or 'on'} {say_day(value)}"
    if isinstance(value, bool) or value in phrase.words:
        said = values.of(value, phrase)
        return said if not phrase.form else phrase.form.replace("{value}", said)
    if isinstance(value, float):
        counted = "{limit}" not in phrase.form
        number = say_number(value, phrase.unit or unit, counted=counted)
        return (
            values.filled(with_number(phrase.form, number, one=value == 1))
            if not counted
            else f"{phrase.noun} {number}"
        )
    said = values.of(value, phrase)
    return phrase.form.replace("{value}", said) if phrase.form else f"{phrase.noun} {said}"
