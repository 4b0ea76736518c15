"""A rule in words: what it asks, as one sentence and as the tree of its conditions.

Every number stands with its unit, every name of ours by its title. Conditions point to each other by their numbers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from kcds.cards.plain_text import opened
from kcds.knowledge.clauses import Clause, clauses_of, kind_of, parts_of, resolve
from kcds.knowledge.load import Knowledge
from kcds.knowledge.rule import Absence, Ago, Having, Pattern, Rule
from kcds.model.facts import schema_of
from kcds.pages.rulebook.phrase import Phrase
from kcds.pages.rulebook.phrases import KINDS
from kcds.pages.rulebook.values import Values, either

Part = Literal["scope", "when", "having", "requires"]

_ORDER = {"gt": "above", "gte": "at or above", "lt": "below", "lte": "at or below", "eq": "exactly"}
_COUNT = {"gt": "more than", "gte": "at least", "lt": "fewer than", "lte": "at most", "eq": "exactly"}
_DATED = {
    "after": "less than {} ago",
    "on_or_after": "within the last {}",
    "before": "more than {} ago",
    "on_or_before": "at least {} ago",
}
_ON_A_DAY = {
    "after": "after",
    "on_or_after": "on or after",
    "before": "before",
    "on_or_before": "on or before",
    "eq": "on",
}
_ONE_OR_MANY = re.compile(r"(\w+)\|(\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionInWords:
    """One condition of a rule: all of them must hold."""

    part: Part
    index: int  # in rule.scope, rule.when or rule.requires
    number: int  # by which others point to it; 0: nothing points to it
    joiner: str  # "" for the first of its part, then "and"
    opening: str  # "A problem in “Thyroid storm”"
    terms: tuple[str, ...] = ()  # what else must be true of it: "active", "confirmed"
    note: str = ""  # without what it proves nothing, and where it is not asked

    @property
    def text(self) -> str:
        """The whole condition as one sentence, without its full stop."""
        return _sentence(self.opening, self.terms) + (f" ({self.note})" if self.note else "")


@dataclass(slots=True)
class _Said:
    """What was said of the rules of one knowledge: each request shows the same ones."""

    knowledge: Knowledge
    asks: dict[str, tuple[Rule, str]] = field(default_factory=dict)
    conditions: dict[str, tuple[Rule, tuple[ConditionInWords, ...]]] = field(default_factory=dict)


_last: list[_Said] = []
"""Of the knowledge that was asked about last; a process has one."""


def _said_of(knowledge: Knowledge) -> _Said:
    last = _last[0] if _last else None
    if last is None or last.knowledge is not knowledge:
        last = _Said(knowledge)
        _last[:] = [last]
    return last


def asks_for(rule: Rule, knowledge: Knowledge) -> str:
    """Say in one short sentence what a rule asks for; what it is about at all (`scope`) is left out."""
    said = _said_of(knowledge).asks
    known = said.get(rule.id)
    if known is None or known[0] is not rule:  # a rule may be asked without the absences of one that is switched off
        known = said[rule.id] = (rule, _asks_for(rule, knowledge))
    return known[1]


def conditions(rule: Rule, knowledge: Knowledge) -> tuple[ConditionInWords, ...]:
    """Say every condition of a rule, in its order: what it is about, when it applies, and what must be known."""
    said = _said_of(knowledge).conditions
    known = said.get(rule.id)
    if known is None or known[0] is not rule:
        known = said[rule.id] = (rule, _conditions(rule, knowledge))
    return known[1]


def _asks_for(rule: Rule, knowledge: Knowledge) -> str:
    said = [
        _condition(rule, key, part, Values(rule=rule, knowledge=knowledge, short=True)) for key, part in parts_of(rule)
    ]
    texts = list(dict.fromkeys(_sentence(one.opening, one.terms) for one in said if one.part == "when"))
    texts += [text for text in [_having(rule, short=True)] if text]
    first, *rest = texts
    return "; ".join([first, *(f"and {_small(text)}" for text in rest)])


def _conditions(rule: Rule, knowledge: Knowledge) -> tuple[ConditionInWords, ...]:
    values = Values(rule=rule, knowledge=knowledge, short=False)
    found = [_condition(rule, key, part, values) for key, part in parts_of(rule)]
    if counted := _having(rule, short=False):
        found.append(ConditionInWords(part="having", index=0, number=0, joiner="and", opening=counted))
    for index, domain in enumerate(rule.requires):
        title = knowledge.domains[domain].title if domain in knowledge.domains else domain.replace("-", " ")
        joiner = "and" if index else ""
        found.append(
            ConditionInWords(part="requires", index=index, number=0, joiner=joiner, opening=f"{opened(title)} known")
        )
    return tuple(found)


def threshold_in_words(clause: Clause, rule: Rule, knowledge: Knowledge) -> str:
    """Say one comparison of a rule, with what it is about."""
    said = _say(clause, rule, Values(rule=rule, knowledge=knowledge, short=True))
    return f"{opened(KINDS[clause.kind].short)}: {said}"


def _condition(rule: Rule, key: str, part: Pattern | Absence, values: Values) -> ConditionInWords:
    section, _, index = key.removesuffix("]").partition("[")
    phrases = KINDS[kind_of(part)]
    clauses = [clause for clause in clauses_of(rule) if clause.key.startswith(f"{key}.")]
    brief = values.short and isinstance(
        part, Pattern
    )  # what is absent is said exactly: else it may contradict the rest
    kept = [clause for clause in clauses if not (brief and _is_minor(clause, rule))]
    needed = [clause for clause in kept if not clause.optional]
    places = list(phrases.properties)
    heads = sorted(
        (clause for clause in needed if phrases.properties[clause.property].head),
        key=lambda clause: places.index(clause.property),
    )
    absent = isinstance(part, Absence)
    noun = phrases.none if absent else phrases.noun
    opening = " ".join([noun, *(_say(clause, rule, values) for clause in heads)])
    terms = [_say(clause, rule, values) for clause in needed if clause not in heads]
    alternatives = [_say(clause, rule, values) for clause in kept if clause.optional]
    if phrases.once and not absent and (terms or alternatives):
        opening += ":"
    return ConditionInWords(
        part="scope" if section == "scope" else "when",
        index=int(index),
        number=_number_of(rule, part),
        joiner="and" if int(index) else "",
        opening=opened(opening),
        terms=(*terms, *([_one_of(alternatives)] if alternatives else [])),
        note=_note(part, values) if isinstance(part, Absence) else "",
    )


def _one_of(alternatives: list[str]) -> str:
    """Join conditions of which one is enough, so that the alternatives within one of them stay its own."""
    plain = not any(" or " in one for one in alternatives)
    return either(alternatives) if plain else f"either {', or '.join(alternatives)}"


def _sentence(opening: str, terms: tuple[str, ...]) -> str:
    between = " " if opening.endswith(":") else ", "
    return between.join([opening, *([", ".join(terms)] if terms else [])])


def _is_minor(clause: Clause, rule: Rule) -> bool:
    """Whether a short sentence may leave a comparison out: it only says that the entry is a sound one."""
    minor = KINDS[clause.kind].properties[clause.property].minor
    return clause.operator == "eq" and resolve(clause.operand, rule) in minor


def _say(clause: Clause, rule: Rule, values: Values) -> str:
    """Say one comparison."""
    phrase = KINDS[clause.kind].properties[clause.property]
    kind = schema_of(clause.kind)[clause.property]
    noun = phrase.noun or ("value" if kind is float else "date")
    match clause.operator:
        case "known" if clause.operand:
            return phrase.recorded or f"{noun} recorded"
        case "known":
            return phrase.missing or f"{noun} not recorded"
        case "ref" | "not_ref":
            return _compared(clause, noun, rule, values)
        case "ne":
            return _other(clause, phrase, noun, kind, values)
        case "eq" | "in" if kind is bool or kind is str:
            return _named(values.of(clause.operand, phrase), phrase, noun, kind, values)
        case _:
            return _limited(clause, phrase, values) if kind is float else _dated(clause, phrase, values)


def _other(clause: Clause, phrase: Phrase, noun: str, kind: type, values: Values) -> str:
    """Say that a property is known, and not this value."""
    value = resolve(clause.operand, values.rule)
    if kind is bool and isinstance(value, bool):
        return _named(values.of(not value, phrase), phrase, noun, kind, values)
    return f"{noun} known and other than {values.of(clause.operand, phrase)}"


def _named(value: str, phrase: Phrase, noun: str, kind: type, values: Values) -> str:
    if phrase.form:
        return values.filled(phrase.form).replace("{value}", value)
    return value if kind is bool and phrase.words else f"{noun} {value}"


def _limited(clause: Clause, phrase: Phrase, values: Values) -> str:
    """Say a comparison of a number."""
    value = resolve(clause.operand, values.rule)
    if clause.operator == "eq" and value in phrase.words:
        return phrase.words[value]
    counted = "|" in phrase.form
    limit = f"{(_COUNT if counted else _ORDER)[clause.operator]} {values.number(clause.operand, phrase)}"
    if not phrase.form:
        return f"{phrase.noun} {limit}"
    return values.filled(with_number(phrase.form, limit, one=value == 1))


def with_number(form: str, number: str, *, one: bool) -> str:
    """Put a number into a phrase: "{limit} infusion|infusions"."""
    return _ONE_OR_MANY.sub(lambda found: found[1 if one else 2], form).replace("{limit}", number)


def _dated(clause: Clause, phrase: Phrase, values: Values) -> str:
    """Say a comparison of a day."""
    if isinstance(clause.operand, Ago):
        when = _DATED[clause.operator].format(values.ago(clause.operand))
    else:
        when = f"{_ON_A_DAY.get(clause.operator, 'on')} {values.of(clause.operand, phrase)}"
    return f"{phrase.noun} {when}".strip()


def _compared(clause: Clause, noun: str, rule: Rule, values: Values) -> str:
    """Say a comparison with the fact that an earlier condition found."""
    alias, _, name = str(clause.operand).partition(".")
    found = next((part for _, part in parts_of(rule) if isinstance(part, Pattern) and part.as_ == alias), None)
    if found is None:
        return f"{noun} as in another condition"
    other = KINDS[found.fact]
    whose = f"that {other.short}" if values.short else f"the {other.short} of condition {_number_of(rule, found)}"
    same = clause.operator == "ref"
    if name == clause.property:
        return f"with the same {noun} as {whose}" if same else f"with another {noun} than {whose}"
    theirs = other.properties[name].noun or "date"
    return f"{noun} {'equal to' if same else 'known and other than'} the {theirs} of {whose}"


def _note(part: Absence, values: Values) -> str:
    """Say what an absence rests on, and where it is not asked for."""
    knowledge = values.knowledge
    said = []
    if part.domain is not None:
        title = knowledge.domains[part.domain].title if part.domain in knowledge.domains else part.domain
        said.append(f"proved only where this is known: {title.replace('-', ' ')}")
    if part.said_by:
        names = (values.of(name, KINDS["finding"].properties["rule"]) for name in part.said_by)
        said.append(f"not asked where a site has switched off {either(names)}")
    return "; ".join(said)


def _having(rule: Rule, *, short: bool) -> str:
    """Say how many matches there must be."""
    having = rule.having
    if having is None:
        return ""
    limit = " and ".join(_limits(having))
    alias, _, name = (having.count or having.count_distinct or "").partition(".")
    part = next((part for _, part in parts_of(rule) if isinstance(part, Pattern) and part.as_ == alias), None)
    where = "" if short or part is None else f" (condition {_number_of(rule, part)})"
    if part is None or not name:
        return f"{opened(limit)} of them{where}"
    if schema_of(part.fact)[name].__name__ == "date":
        return f"On {limit} different days{where}"
    return f"{opened(limit)} different values of {KINDS[part.fact].properties[name].noun or 'value'}{where}"


def _limits(having: Having) -> Iterator[str]:
    for operator, words in _COUNT.items():
        limit = getattr(having, operator)
        if limit is not None:
            yield f"{words} {limit}"


def _number_of(rule: Rule, wanted: Pattern | Absence) -> int:
    """Return the number of a condition, counted through scope and when."""
    return next(number for number, (_, part) in enumerate(parts_of(rule), 1) if part is wanted)


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]
