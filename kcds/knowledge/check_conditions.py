"""Whether the conditions of a rule can mean something: known facts, values of the right type, operators that fit."""

import datetime as dt
from collections.abc import Iterator

from kcds.errors import Fault
from kcds.knowledge.clauses import Clause, aliases_of, clauses_of, kind_of, parts_of, resolve
from kcds.knowledge.durations import is_duration
from kcds.knowledge.rule import Ago, Comparison, Having, ParameterRef, Pattern, Rule
from kcds.knowledge.schema import nearest
from kcds.knowledge.spoken import is_span
from kcds.knowledge.templates import placeholders
from kcds.knowledge.vocabulary import Vocabulary, has_type, type_of, word_for
from kcds.model.facts import FACT_KINDS, schema_of

_EVERY = frozenset({"eq", "ne", "in", "ref", "not_ref", "known"})
OPERATORS: dict[type, frozenset[str]] = {
    str: _EVERY,
    bool: _EVERY - {"in"},
    float: _EVERY - {"in"} | {"gt", "gte", "lt", "lte"},
    dt.date: _EVERY - {"in"} | {"before", "on_or_before", "after", "on_or_after"},
}


def check_conditions(rule: Rule, file: str, words: Vocabulary) -> Iterator[Fault]:
    """Find what is wrong with `scope`, `when`, `having`, `worst_by` and `parameters`."""
    yield from _check_aliases(rule, file)
    yield from _check_parts(rule, file)
    for clause in clauses_of(rule):
        yield from _check_clause(clause, rule, file, words)
    if rule.having is not None:
        yield from _check_having(rule.having, rule, file)
    yield from _check_worst_by(rule, file)
    yield from _check_parameters(rule, file)


def _check_aliases(rule: Rule, file: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for key, part in parts_of(rule):
        if isinstance(part, Pattern):
            if part.as_ in seen:
                yield Fault(file, f"{key}.as", f"the alias `{part.as_}` is there twice.", "Rename one of the two.")
            seen.add(part.as_)


def _check_parts(rule: Rule, file: str) -> Iterator[Fault]:
    for key, part in parts_of(rule):
        kind = kind_of(part)
        if kind not in FACT_KINDS:
            word = "fact" if isinstance(part, Pattern) else "none"
            yield Fault(file, f"{key}.{word}", f"`{kind}` is no kind of fact.", nearest(kind, FACT_KINDS, "facts"))
        blocks = [("where", part.where)] + ([("any", part.any)] if isinstance(part, Pattern) else [])
        for block, conditions in blocks:
            for name, condition in conditions.items():
                if isinstance(condition, Comparison) and len(condition.model_fields_set) != 1:
                    remedy = "Write exactly one, such as {gte: 4}; put a second condition into a second pattern."
                    many = len(condition.model_fields_set)
                    yield Fault(file, f"{key}.{block}.{name}", f"has {many} comparisons.", remedy)


def _check_clause(clause: Clause, rule: Rule, file: str, words: Vocabulary) -> Iterator[Fault]:
    if clause.kind not in FACT_KINDS:
        return
    wanted = type_of(clause.kind, clause.property)
    if wanted is None:
        remedy = nearest(clause.property, schema_of(clause.kind), f"properties of `{clause.kind}`")
        yield Fault(file, clause.key, f"`{clause.kind}` has no property `{clause.property}`.", remedy)
        return
    if clause.operator not in OPERATORS[wanted]:
        remedy = "Use one of: " + ", ".join(sorted(OPERATORS[wanted])) + "."
        yield Fault(file, clause.key, f"`{clause.operator}` does not fit {word_for(wanted)}.", remedy)
        return
    if clause.operand is None or clause.operand == ():
        yield Fault(file, clause.key, f"`{clause.operator}` is empty.", "Write a value; for not known, {known: false}.")
        return
    if clause.optional and (clause.operator.endswith("ref") or isinstance(clause.operand, Ago)):
        remedy = "Move the ref or the `ago` to `where`: only constants and parameters may stand in `any`."
        yield Fault(file, clause.key, "is no constant.", remedy)
    if clause.property == "code" and clause.operator not in ("ref", "not_ref", "known"):
        remedy = "Ask for its `concept`: a value set holds the codes. `{ref: alias.code}` may follow one code."
        yield Fault(file, clause.key, "asks for a code.", remedy)
    elif clause.operator in ("ref", "not_ref"):
        yield from _check_ref(clause, wanted, rule, file)
    elif clause.operator != "known":
        yield from _check_operand(clause, wanted, rule, file, words)


def _check_ref(clause: Clause, wanted: type, rule: Rule, file: str) -> Iterator[Fault]:
    alias, _, name = str(clause.operand).partition(".")
    earlier = _earlier_aliases(clause, rule)
    if alias not in earlier:
        yield Fault(
            file, clause.key, f"`{alias}` is no earlier alias here.", nearest(alias, earlier, "earlier aliases")
        )
    elif earlier[alias] in FACT_KINDS and type_of(earlier[alias], name) is not wanted:
        remedy = f"Refer to a property of `{earlier[alias]}` that is {word_for(wanted)}."
        yield Fault(file, clause.key, f"`{clause.operand}` is not {word_for(wanted)}.", remedy)


def _earlier_aliases(clause: Clause, rule: Rule) -> dict[str, str]:
    """Return the aliases before this clause in its own section (`scope` or `when`)."""
    section = rule.scope if clause.key.startswith("scope") else rule.when
    earlier: dict[str, str] = {}
    for part in section:
        if part is clause.pattern:
            break
        if isinstance(part, Pattern):
            earlier[part.as_] = part.fact
    return earlier


def _check_operand(clause: Clause, wanted: type, rule: Rule, file: str, words: Vocabulary) -> Iterator[Fault]:
    operand = clause.operand
    name = _parameter_of(operand)
    if name is not None and name not in rule.parameters:
        yield Fault(file, clause.key, f"there is no parameter `{name}`.", nearest(name, rule.parameters, "parameters"))
        return
    value = resolve(operand, rule)
    if isinstance(operand, Ago):
        if not is_duration(value):
            yield Fault(file, clause.key, f"{value!r} is not a duration.", "Write the parameter as P30D or P3M.")
        return
    for one in value if isinstance(value, tuple) else (value,):
        if not has_type(one, wanted):
            remedy = "Write a number without quotes; put `yes` and `no` in quotes where they are words."
            problem = f"compares {word_for(wanted)} with {one!r}."
            yield Fault(file, clause.key, problem, remedy if wanted is not str else "Put the value in quotes.")
        elif wanted is str:
            yield from check_value(clause.kind, clause.property, str(one), Fault(file, clause.key, "", ""), words)


def check_value(kind: str, name: str, value: str, place: Fault, words: Vocabulary) -> Iterator[Fault]:
    """Find a text value that its property never has; `place` gives file and key."""
    known = words.values_of(kind, name)
    if known is not None and value not in known[0]:
        problem = f"`{value}` is none of the {known[1]} of `{kind}.{name}`."
        yield Fault(place.file, place.key, problem, nearest(value, known[0], known[1]))


def _parameter_of(operand: object) -> str | None:
    inner = operand.ago if isinstance(operand, Ago) else operand
    return inner.param if isinstance(inner, ParameterRef) else None


def _check_having(having: Having, rule: Rule, file: str) -> Iterator[Fault]:
    given = having.model_dump(exclude_none=True).keys()
    counted = given & {"count", "count_distinct"}
    if len(counted) != 1 or len(given - counted) != 1:
        remedy = "Write {count: alias, gte: 2} or {count_distinct: alias.property, gte: 2}."
        yield Fault(file, "having", "must count one thing against one number.", remedy)
    elif having.count is not None and having.count not in aliases_of(rule):
        yield Fault(
            file, "having.count", f"`{having.count}` is no alias.", nearest(having.count, aliases_of(rule), "aliases")
        )
    elif having.count_distinct is not None:
        yield from check_member(having.count_distinct, rule, Fault(file, "having.count_distinct", "", ""))


def _check_worst_by(rule: Rule, file: str) -> Iterator[Fault]:
    if rule.show == "all":
        if rule.worst_by is not None:
            yield Fault(file, "worst_by", "has no meaning with `show: all`.", "Take it out, or show latest or worst.")
    elif rule.worst_by is None:
        remedy = "Name the number or date that decides, such as `worst_by: day.systolic`."
        yield Fault(file, "worst_by", f"is missing beside `show: {rule.show}`.", remedy)
    else:
        yield from check_member(rule.worst_by, rule, Fault(file, "worst_by", "", ""))


def check_member(text: str, rule: Rule, place: Fault, *, in_text: bool = False) -> Iterator[Fault]:
    """Find an `alias.property` that does not exist; `place` gives file and key. Texts may also name pairs of dates."""
    alias, _, name = text.partition(".")
    aliases = aliases_of(rule)
    spoken = in_text and is_span(aliases.get(alias, ""), name)
    if alias not in aliases:
        problem = f"`{alias}` is no alias of this rule."
        yield Fault(place.file, place.key, problem, nearest(alias, aliases, "aliases"))
    elif aliases[alias] in FACT_KINDS and type_of(aliases[alias], name) is None and not spoken:
        problem = f"`{aliases[alias]}` has no property `{name}`."
        remedy = nearest(name, schema_of(aliases[alias]), f"properties of `{aliases[alias]}`")
        yield Fault(place.file, place.key, problem, remedy)


def _check_parameters(rule: Rule, file: str) -> Iterator[Fault]:
    used = {_parameter_of(clause.operand) for clause in clauses_of(rule)}
    card = rule.card
    for text in (card.summary, card.detail, card.action, card.unknown):
        used |= {name for name, member in placeholders(text) if member is None}
    for name in rule.parameters:
        if name not in used:
            remedy = "Use it in a condition as {param: " + name + "}, or take it out."
            yield Fault(file, f"parameters.{name}", "is not used.", remedy)
