"""What an overlay may not do: anything that could make a patient with a contraindication a candidate.

* Hard contraindications, and the rules that share their claim, stay as they are.
* What decides who is a candidate (requirements, what must be known) cannot be switched off or said to be met.
* Numbers that facts use can be changed only where parameters.yaml says so, and only within its bounds.
* Codes are added only to sets that raise something (`local` in value_sets.yaml), never to one that clears.
* Rules of the site have ids of their own, are never hard, and say neither "met" nor "out of scope".
"""

from collections.abc import Iterator, Mapping, Sequence

from kcds.errors import Fault
from kcds.knowledge import set_policy
from kcds.knowledge.clauses import clauses_of, resolve
from kcds.knowledge.durations import is_duration, length_of
from kcds.knowledge.overlay import PREFIX, Overlay
from kcds.knowledge.rule import Absence, Bounds, Parameter, Rule, SharedParameter
from kcds.knowledge.rule_files import RuleFile
from kcds.knowledge.schema import nearest
from kcds.knowledge.set_policy import SetPolicy
from kcds.knowledge.value_sets import ValueSets
from kcds.model.code_systems import RXNORM, normalise_code, normalise_system
from kcds.model.findings import Category, Effect, Strength

_DECIDING = frozenset({Effect.MET, Effect.UNMET, Effect.OUT_OF_SCOPE})
_LOCAL_EFFECTS = (Effect.STOP, Effect.CAUTION, Effect.UNMET, Effect.INFORM)


def parts_of_hard_stops(rules: Sequence[Rule]) -> frozenset[str]:
    """Return the ids of the hard contraindications, and of the rules that rest on a claim of one."""
    hard = [rule for rule in rules if rule.strength is Strength.HARD and rule.status != "retired"]
    claims = {claim for rule in hard for claim in rule.claims}
    return frozenset(rule.id for rule in rules if rule in hard or claims & set(rule.claims))


def check_disabled(overlay: Overlay, rules: Mapping[str, Rule]) -> Iterator[Fault]:
    """Find rules that a site may not switch off."""
    protected = parts_of_hard_stops(tuple(rules.values()))
    for name in overlay.changes.disable:
        key = f"disable.{name}"
        rule = rules.get(name)
        if rule is None:
            yield Fault(overlay.file, key, f"`{name}` is no rule.", nearest(name, rules, "rules"))
        elif name in protected:
            yield Fault(overlay.file, key, _HARD, "It cannot be switched off: take the entry out.")
        elif rule.effect in _DECIDING or rule.category is Category.DATA_QUALITY:
            problem = "decides who is a candidate, or says what is not known."
            remedy = "It cannot be switched off; a parameter of it may be changed where parameters.yaml says `local`."
            yield Fault(overlay.file, key, problem, remedy)
        elif rule.status != "active":
            yield Fault(overlay.file, key, f"is {rule.status} and is not asked anyway.", "Take the entry out.")


_HARD = "is a hard contraindication, or rests on a claim of one."


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
        yield Fault(overlay.file, key, _HARD, remedy)
    elif rule.category is Category.DATA_QUALITY:
        yield Fault(overlay.file, key, "belongs to a rule that says what is not known.", "It stays as it is.")
    elif parameter.same_as is not None:
        problem = f"is the entry `{parameter.same_as}` of parameters.yaml."
        yield Fault(overlay.file, key, problem, f"Write `{parameter.same_as}:` instead, if it may be changed.")
    else:
        yield from check_value(key, overlay.changes.parameters[name].value, parameter, overlay)


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
                yield Fault(overlay.file, key, f"is used by `{rule_id}`, which {_HARD}", "It stays as it is.")


def check_value(key: str, value: object, parameter: Parameter, overlay: Overlay) -> Iterator[Fault]:
    """Find a value of another kind than the one it replaces, or the same value."""
    wanted = _kind(parameter.value)
    if _kind(value) != wanted and not (wanted == "a number" and _kind(value) == "a whole number"):
        problem = f"{value!r} is not {wanted}."
        yield Fault(overlay.file, f"{key}.value", problem, f"It is {parameter.value} here: write one of its kind.")
    elif value == parameter.value:
        yield Fault(overlay.file, f"{key}.value", f"is {value} already.", "Take the entry out.")


def check_codes(overlay: Overlay, policy: SetPolicy, value_sets: ValueSets, rules: Sequence[Rule]) -> Iterator[Fault]:
    """Find codes that may not be added, or are not written as their system writes them."""
    clearing = _clearing(rules)
    for name, codes in overlay.changes.value_sets.items():
        key = f"value_sets.{name}"
        if name not in value_sets:
            yield Fault(overlay.file, key, f"`{name}` is no value set.", nearest(name, policy.local, "sets for sites"))
        elif name not in policy.local or name in clearing:
            problem = "may clear a contraindication, or is read as a value."
            remedy = "No code can be added to it; `local` in value_sets.yaml lists the sets that are open to sites."
            yield Fault(overlay.file, key, problem, remedy)
        else:
            for number, code in enumerate(codes):
                place = Fault(overlay.file, f"{key}[{number}]", "", "")
                yield from _check_code(name, code.system, code.code, place, value_sets)
                if any((code.system, code.code) == (one.system, one.code) for one in codes[:number]):
                    yield Fault(overlay.file, f"{key}[{number}].code", "stands here twice.", "Keep one of the two.")


def check_open_sets(policy: SetPolicy, rules: Sequence[Rule]) -> Iterator[Fault]:
    """Find sets that value_sets.yaml opens to sites although a code more in them takes a stop away."""
    for name in sorted(_clearing(rules) & set(policy.local)):
        problem = f"`{name}` takes a stop away where it is found."
        yield Fault(set_policy.FILE, "local", problem, "Take it out: no site may add a code to it.")


def check_local_rules(overlay: Overlay, rules: Mapping[str, Rule]) -> Iterator[Fault]:
    """Find rules of the site that say more than a site may say, or that would stand for one of ours."""
    for one in overlay.rules:
        yield from _check_local_rule(one, rules)


def _check_local_rule(one: RuleFile, rules: Mapping[str, Rule]) -> Iterator[Fault]:
    rule = one.rule
    if not rule.id.startswith(PREFIX):
        problem = f"`{rule.id}` " + ("is a rule of kcds." if rule.id in rules else "is not named as a rule of a site.")
        yield Fault(one.file, "id", problem, f"Begin the id with `{PREFIX}`.")
    if rule.strength is Strength.HARD:
        yield Fault(one.file, "strength", "is hard, but local policy is no verified source.", "Make it soft.")
    if rule.effect not in _LOCAL_EFFECTS:
        problem = f"`{rule.effect}` decides who is a candidate, or silences advice."
        yield Fault(one.file, "effect", problem, f"A rule of a site may say {', '.join(_LOCAL_EFFECTS)}.")
    if rule.category is Category.DATA_QUALITY:
        problem = "`data-quality` says what is known; that is not for a site to say."
        yield Fault(one.file, "category", problem, "Choose another category.")


def _check_code(name: str, system: str, code: str, place: Fault, value_sets: ValueSets) -> Iterator[Fault]:
    canonical = normalise_system(system)
    if canonical != system:
        remedy = f"Write {canonical}." if canonical else "Write the URI of the code system."
        yield Fault(place.file, f"{place.key}.system", f"`{system}` is not how the system is called.", remedy)
    elif normalise_code(system, code) != code or not code:
        remedy = f"Write `{normalise_code(system, code)}`." if code.strip() else "Write the code."
        yield Fault(place.file, f"{place.key}.code", f"`{code}` is not written as its system does.", remedy)
    elif (system, code) in value_sets.pairs_of(name):
        yield Fault(place.file, f"{place.key}.code", f"`{code}` is in `{name}` already.", "Take the entry out.")
    elif name.startswith("rx-") and (system != RXNORM or not code.isdigit()):
        remedy = f"Write system {RXNORM} and its numeric code."
        yield Fault(place.file, f"{place.key}.system", "medicines are recognised by RxNorm codes.", remedy)


def _clearing(rules: Sequence[Rule]) -> frozenset[str]:
    """Return the words whose absence a stop asks for: finding one would take the stop away."""
    return frozenset(
        str(word)
        for rule in rules
        if rule.effect is Effect.STOP
        for clause in clauses_of(rule)
        if isinstance(clause.pattern, Absence) or clause.operator in ("ne", "not_ref")
        for operand in (resolve(clause.operand, rule),)
        for word in (operand if isinstance(operand, tuple) else (operand,))
    )


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
