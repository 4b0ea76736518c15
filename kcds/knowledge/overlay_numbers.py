"""Which numbers a site may change: none of a hard contraindication, and none so that a stop would stop less.

* Numbers that facts use can be changed only where parameters.yaml says so, and only within its bounds.
* A stop's own number moves only to where the stop applies to more patients. Who wants less of it switches it off, which
  leaves a caution that names the policy, and writes a rule of the site.
"""

from collections.abc import Iterator, Mapping, Sequence

from kcds.errors import Fault
from kcds.knowledge.clauses import clauses_of
from kcds.knowledge.durations import is_duration, length_of
from kcds.knowledge.overlay import Overlay
from kcds.knowledge.rule import Absence, Ago, Bounds, Parameter, ParameterRef, Rule, SharedParameter
from kcds.knowledge.schema import nearest
from kcds.model.findings import Category, Effect, Strength

HARD = "is a hard contraindication, or rests on a claim of one."
_LESS, _MORE = -1, 1
_STRICTER = {"gt": _LESS, "gte": _LESS, "lt": _MORE, "lte": _MORE}
"""Where the limit of a comparison has to go for more to satisfy it."""
_STRICTER_AGO = {"after": _MORE, "on_or_after": _MORE, "before": _LESS, "on_or_before": _LESS}
"""The same for a stretch of time before today: the longer ago it begins, the more is after it."""


def parts_of_hard_stops(rules: Sequence[Rule]) -> frozenset[str]:
    """Return the ids of the hard contraindications, and of the rules that rest on a claim of one."""
    hard = [rule for rule in rules if rule.strength is Strength.HARD and rule.status != "retired"]
    claims = {claim for rule in hard for claim in rule.claims}
    return frozenset(rule.id for rule in rules if rule in hard or claims & set(rule.claims))


def check_parameter(name: str, overlay: Overlay, rules: Mapping[str, Rule]) -> Iterator[Fault]:
    """Find what is wrong with another value of a rule's own parameter ("rule-id.parameter")."""
    key = f"parameters.{name}"
    rule_id, _, own = name.partition(".")
    rule = rules.get(rule_id)
    if rule is None:
        yield Fault(overlay.file, key, f"`{rule_id}` is no rule.", nearest(rule_id, rules, "rules"))
        return
    parameter = rule.parameters.get(own)
    if parameter is None:
        remedy = nearest(own, rule.parameters, f"parameters of {rule_id}")
        yield Fault(overlay.file, key, f"`{rule_id}` has no parameter `{own}`.", remedy)
    elif rule_id in parts_of_hard_stops(tuple(rules.values())):
        remedy = "It stays as it is; write a stricter rule of your own beside it."
        yield Fault(overlay.file, key, HARD, remedy)
    elif rule.category is Category.DATA_QUALITY:
        yield Fault(overlay.file, key, "belongs to a rule that says what is not known.", "It stays as it is.")
    elif parameter.same_as is not None:
        problem = f"is the entry `{parameter.same_as}` of parameters.yaml."
        yield Fault(overlay.file, key, problem, f"Write `{parameter.same_as}:` instead, if it may be changed.")
    else:
        value = overlay.changes.parameters[name].value
        wrong = list(check_value(key, value, parameter, overlay))
        yield from wrong
        if not wrong and rule.effect is Effect.STOP and _loosens(own, value, rule):
            problem = f"{value} would make this contraindication apply to fewer patients than {parameter.value}."
            remedy = "Move it the other way; or switch the rule off, with a reason, and write a rule of your own."
            yield Fault(overlay.file, f"{key}.value", problem, remedy)


def check_shared(name: str, overlay: Overlay, shared: Mapping[str, SharedParameter]) -> Iterator[Fault]:
    """Find what is wrong with another value of an entry of parameters.yaml."""
    key = f"parameters.{name}"
    entry = shared.get(name)
    open_to_sites = [one for one, parameter in shared.items() if parameter.local is not None]
    if entry is None:
        problem = f"`{name}` is neither `rule-id.parameter` nor an entry of parameters.yaml."
        yield Fault(overlay.file, key, problem, nearest(name, open_to_sites, "entries that a site may change"))
    elif entry.local is None:
        problem = "is not for sites to change: facts behind contraindications may rest on it."
        remedy = f"A site may change: {', '.join(open_to_sites)}."
        yield Fault(overlay.file, key, problem, remedy)
    else:
        value = overlay.changes.parameters[name].value
        wrong = list(check_value(key, value, entry, overlay))
        yield from wrong
        if not wrong and not _within(value, entry.local):
            yield Fault(overlay.file, f"{key}.value", f"{value} is out of bounds.", f"Allowed: {_said(entry.local)}.")


def check_borrowed(overlay: Overlay, rules: Mapping[str, Rule]) -> Iterator[Fault]:
    """Find entries of parameters.yaml that a hard contraindication takes its own numbers from."""
    for rule_id in sorted(parts_of_hard_stops(tuple(rules.values()))):
        for parameter in rules[rule_id].parameters.values():
            if parameter.same_as in overlay.changes.parameters:
                key = f"parameters.{parameter.same_as}"
                yield Fault(overlay.file, key, f"is used by `{rule_id}`, which {HARD}", "It stays as it is.")


def check_value(key: str, value: object, parameter: Parameter, overlay: Overlay) -> Iterator[Fault]:
    """Find a value of another kind than the one it replaces, or the same value."""
    wanted = _kind(parameter.value)
    if _kind(value) != wanted and not (wanted == "a number" and _kind(value) == "a whole number"):
        problem = f"{value!r} is not {wanted}."
        yield Fault(overlay.file, f"{key}.value", problem, f"It is {parameter.value} here: write one of its kind.")
    elif value == parameter.value:
        yield Fault(overlay.file, f"{key}.value", f"is {value} already.", "Take the entry out.")


def _loosens(own: str, value: object, rule: Rule) -> bool:
    """Whether a stop may apply to fewer patients with another value of its own parameter."""
    ways = {
        (_STRICTER_AGO if isinstance(clause.operand, Ago) else _STRICTER).get(clause.operator, 0)
        * (_LESS if isinstance(clause.pattern, Absence) else _MORE)
        for clause in clauses_of(rule)
        if _reads(clause.operand, own)
    }
    before, after = length_of(rule.parameters[own].value), length_of(value)
    return bool(ways) and ways != {_MORE if after > before else _LESS}


def _reads(operand: object, own: str) -> bool:
    """Whether a comparison asks for this parameter."""
    asked = operand.ago if isinstance(operand, Ago) else operand
    return isinstance(asked, ParameterRef) and asked.param == own


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int):
        return "a whole number"
    if isinstance(value, float):
        return "a number"
    return "a duration such as P30D" if is_duration(value) else "a word"


def _within(value: object, bounds: Bounds) -> bool:
    measured = length_of(value)
    low, high = bounds.at_least, bounds.at_most
    return (low is None or measured >= length_of(low)) and (high is None or measured <= length_of(high))


def _said(bounds: Bounds) -> str:
    said = [f"at least {bounds.at_least}"] if bounds.at_least is not None else []
    said += [f"at most {bounds.at_most}"] if bounds.at_most is not None else []
    return " and ".join(said).replace("True", "true")
