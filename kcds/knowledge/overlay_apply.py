"""The knowledge with the changes of one site in it, and the words in which cards and lists say so."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kcds.errors import Fault
from kcds.knowledge.clauses import clauses_of, resolve
from kcds.knowledge.overlay import NOTHING_LOCAL, PREFIX, AddedCode, Change, LocalPolicy, Moved, Overlay
from kcds.knowledge.overlay_guard import check_codes, check_disabled, check_local_rules
from kcds.knowledge.overlay_numbers import check_borrowed, check_parameter, check_shared
from kcds.knowledge.parameters import Parameters
from kcds.knowledge.rule import Absence, Parameter, Rule
from kcds.knowledge.rule_files import RuleFile
from kcds.knowledge.set_policy import SetPolicy, check_sets
from kcds.knowledge.templates import say
from kcds.knowledge.value_sets import Code, ValueSets
from kcds.model.findings import Category, Effect

OF_THIS_SITE = "a rule of this site."
_FIRST = 0
"""Priority of what is left of a stop: it leads the cautions."""
_OWN = "."
"""In the name of a changed parameter: between the rule and its own parameter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Localised:
    """Rules and what is local about them."""

    files: tuple[RuleFile, ...]
    policy: LocalPolicy


def with_local_numbers(parameters: Parameters, overlay: Overlay | None, faults: list[Fault]) -> Parameters:
    """Return parameters.yaml as the site has it; what it may not change goes into `faults`."""
    if overlay is None:
        return parameters
    values = dict(parameters.values)
    for name, change in overlay.changes.parameters.items():
        if _OWN not in name:
            found = list(check_shared(name, overlay, parameters.values))
            faults += found
            if not found:
                values[name] = values[name].model_copy(update={"value": change.value})
    return Parameters(values)


def with_local_codes(
    value_sets: ValueSets, policy: SetPolicy, rules: Iterable[Rule], overlay: Overlay | None, faults: list[Fault]
) -> ValueSets:
    """Return the value sets with the codes of the site; what may not be added goes into `faults`."""
    if overlay is None or not overlay.changes.value_sets:
        return value_sets
    found = list(check_codes(overlay, policy, value_sets, tuple(rules)))
    faults += found
    if found:
        return value_sets
    added = {
        name: tuple(Code(code.system, code.code, code.display, verified=True) for code in codes)
        for name, codes in overlay.changes.value_sets.items()
    }
    local = {name: value_sets.codes_of(name) + added.get(name, ()) for name in value_sets.names()}
    sets = ValueSets(local, value_sets.titles)
    before = set(check_sets(policy, value_sets))
    for fault in check_sets(policy, sets):
        if fault not in before:
            name = fault.file.removeprefix("value_sets/").removesuffix(".json")
            faults.append(Fault(overlay.file, f"value_sets.{name}", fault.problem, fault.remedy))
    return sets


def with_local_rules(
    files: tuple[RuleFile, ...], released: Parameters, overlay: Overlay | None, faults: list[Fault]
) -> Localised:
    """Return our rules with their changed numbers, and those of the site; what may not be goes into `faults`.

    `released` are the entries of parameters.yaml as we give them; what the rules take from there is changed already.
    """
    for one in files:
        if one.rule.id.startswith(PREFIX):
            problem = f"`{one.rule.id}` is named as a rule of a site."
            faults.append(
                Fault(one.file, "id", problem, f"Leave out `{PREFIX}`, or put it into the overlay of the site.")
            )
    if overlay is None:
        return Localised(files=files, policy=NOTHING_LOCAL)
    ours = {one.rule.id: one.rule for one in files}
    faults += check_disabled(overlay, ours)
    faults += check_local_rules(overlay, ours)
    faults += check_borrowed(overlay, ours)
    allowed = []
    for name in overlay.changes.parameters:
        if _OWN in name:
            found = list(check_parameter(name, overlay, ours))
            faults += found
            allowed += [] if found else [name]
    lowered = frozenset(name for name in overlay.changes.disable if name in ours and ours[name].effect is Effect.STOP)
    changed = tuple(_as_caution(one) if one.rule.id in lowered else one for one in files)
    changed = tuple(_with_numbers(one, allowed, overlay) for one in changed)
    notes = {one.rule.id: tuple(_notes(one.rule, released, overlay)) for one in files}
    notes |= {one.rule.id: (OF_THIS_SITE,) for one in overlay.rules}
    policy = LocalPolicy(
        digest=overlay.digest,
        disabled=dict(overlay.changes.disable),
        notes={rule: said for rule, said in notes.items() if said},
        general=tuple(_general(released, overlay, ours)),
        changed=frozenset(rule.id for rule in ours.values() if any(_own_changes(rule, overlay))),
        lowered=lowered,
        moved={
            (rule.id, name): Moved(_released(parameter, released).value, overlay.changes.parameters[changed].reason)
            for rule in ours.values()
            for name, changed, parameter in _own_changes(rule, overlay)
        },
    )
    of_site = tuple(one for one in overlay.rules if one.rule.id not in ours)
    return Localised(files=tuple(sorted(changed + of_site, key=lambda one: one.rule.id)), policy=policy)


def unheld(rule: Rule, switched_off: Collection[str]) -> Rule:
    """Return a rule as it is asked where others were switched off: it is not held back because one of them speaks."""
    held = [
        part for part in rule.when if isinstance(part, Absence) and not set(part.said_by or ()).isdisjoint(switched_off)
    ]
    return rule.model_copy(update={"when": tuple(part for part in rule.when if part not in held)}) if held else rule


def _as_caution(one: RuleFile) -> RuleFile:
    """Return a stop as the caution that is left of it where a site has switched it off."""
    rule = one.rule
    category = Category.CAUTION if rule.category is Category.CONTRAINDICATION else rule.category
    changes = {"effect": Effect.CAUTION, "category": category, "strength": None, "priority": _FIRST}
    return RuleFile(one.file, rule.model_copy(update=changes))


def _with_numbers(one: RuleFile, allowed: list[str], overlay: Overlay) -> RuleFile:
    """Return a rule with the site's values of its own parameters."""
    parameters = dict(one.rule.parameters)
    for name in allowed:
        rule_id, _, own = name.partition(_OWN)
        if rule_id == one.rule.id:
            parameters[own] = parameters[own].model_copy(update={"value": overlay.changes.parameters[name].value})
    return RuleFile(one.file, one.rule.model_copy(update={"parameters": parameters}))


def _own_changes(rule: Rule, overlay: Overlay) -> Iterator[tuple[str, str, Parameter]]:
    """List the parameters of a rule that the site changed: name, name in the overlay, and what it was."""
    for name, parameter in rule.parameters.items():
        changed = parameter.same_as or f"{rule.id}{_OWN}{name}"
        if changed in overlay.changes.parameters:
            yield name, changed, parameter


def _notes(rule: Rule, released: Parameters, overlay: Overlay) -> Iterator[str]:
    """Say what is local about one of our rules."""
    for name, changed, parameter in _own_changes(rule, overlay):
        yield _moved(name, _released(parameter, released), overlay.changes.parameters[changed])
    for name in _sets_named(rule):
        codes = overlay.changes.value_sets.get(name, ())
        if codes:
            yield _added(name, codes)


def _released(parameter: Parameter, released: Parameters) -> Parameter:
    """Return a parameter of a rule as we give it."""
    return released.values.get(parameter.same_as or "", parameter)


def _general(released: Parameters, overlay: Overlay, rules: Mapping[str, Rule]) -> Iterator[str]:
    """Say what is local wherever a card is shown: it may be the reason why a finding is not there."""
    for name, change in overlay.changes.parameters.items():
        rule_id, _, own = name.partition(_OWN)
        if name in released.values:
            yield _moved(name, released.values[name], change)
        elif rule_id in rules and own in rules[rule_id].parameters:
            said = _moved(own, rules[rule_id].parameters[own], change)
            yield f"{rule_id.replace('-', ' ')}, {said}"
    counted: dict[tuple[str, str], list[str]] = {}
    for name, codes in overlay.changes.value_sets.items():
        for code in codes:
            counted.setdefault((code.display, code.reason), []).append(name.replace("-", " "))
    for (display, reason), names in counted.items():
        yield f"this site counts {display} as {', '.join(names)} ({reason})."


def _moved(name: str, before: Parameter, change: Change) -> str:
    return f"{name.replace('_', ' ')} {say(change.value)} instead of {say(before.value)} ({change.reason})."


def _added(name: str, codes: Sequence[AddedCode]) -> str:
    displays = ", ".join(code.display for code in codes)
    reasons = "; ".join(dict.fromkeys(code.reason for code in codes))
    return f"this site counts {displays} as {name.replace('-', ' ')} ({reasons})."


def _sets_named(rule: Rule) -> list[str]:
    """List the words that the conditions of a rule ask for, each once."""
    operands = (resolve(clause.operand, rule) for clause in clauses_of(rule) if clause.operator in ("eq", "in"))
    words = (word for operand in operands for word in (operand if isinstance(operand, tuple) else (operand,)))
    return list(dict.fromkeys(word for word in words if isinstance(word, str)))
