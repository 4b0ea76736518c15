"""What an overlay may not do: anything that could make a patient with a contraindication a candidate.

* Hard contraindications, and the rules that share their claim, stay as they are.
* What decides who is a candidate (requirements, what must be known) cannot be switched off or said to be met.
* Numbers may not take a stop away (`overlay_numbers`).
* Codes are added only to sets that raise something (`local` in value_sets.yaml), never to one that clears.
* Rules of the site have ids of their own, are never hard, and say neither "met" nor "out of scope".
"""

from collections.abc import Iterator, Mapping, Sequence

from kcds.errors import Fault
from kcds.knowledge import set_policy
from kcds.knowledge.clauses import clauses_of, resolve
from kcds.knowledge.overlay import PREFIX, Overlay
from kcds.knowledge.overlay_numbers import HARD, parts_of_hard_stops
from kcds.knowledge.rule import Absence, Rule
from kcds.knowledge.rule_files import RuleFile
from kcds.knowledge.schema import nearest
from kcds.knowledge.set_policy import SetPolicy
from kcds.knowledge.value_sets import ValueSets
from kcds.model.code_systems import RXNORM, normalise_code, normalise_system
from kcds.model.findings import Category, Effect, Strength

_DECIDING = frozenset({Effect.MET, Effect.UNMET, Effect.OUT_OF_SCOPE})
_LOCAL_EFFECTS = (Effect.STOP, Effect.CAUTION, Effect.UNMET, Effect.INFORM)


def check_disabled(overlay: Overlay, rules: Mapping[str, Rule]) -> Iterator[Fault]:
    """Find rules that a site may not switch off."""
    protected = parts_of_hard_stops(tuple(rules.values()))
    for name in overlay.changes.disable:
        key = f"disable.{name}"
        rule = rules.get(name)
        if rule is None:
            yield Fault(overlay.file, key, f"`{name}` is no rule.", nearest(name, rules, "rules"))
        elif name in protected:
            yield Fault(overlay.file, key, HARD, "It cannot be switched off: take the entry out.")
        elif rule.effect in _DECIDING or rule.category is Category.DATA_QUALITY:
            problem = "decides who is a candidate, or says what is not known."
            remedy = "It cannot be switched off; a parameter of it may be changed where parameters.yaml says `local`."
            yield Fault(overlay.file, key, problem, remedy)
        elif rule.status != "active":
            yield Fault(overlay.file, key, f"is {rule.status} and is not asked anyway.", "Take the entry out.")


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
            seen, there = set[tuple[str, str]](), frozenset(value_sets.pairs_of(name))
            for number, code in enumerate(codes):
                place = Fault(overlay.file, f"{key}[{number}]", "", "")
                yield from _check_code(name, code.system, code.code, place, there)
                if (code.system, code.code) in seen:
                    yield Fault(overlay.file, f"{key}[{number}].code", "stands here twice.", "Keep one of the two.")
                seen.add((code.system, code.code))


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


def _check_code(name: str, system: str, code: str, place: Fault, there: frozenset[tuple[str, str]]) -> Iterator[Fault]:
    canonical = normalise_system(system)
    if canonical != system:
        remedy = f"Write {canonical}." if canonical else "Write the URI of the code system."
        yield Fault(place.file, f"{place.key}.system", f"`{system}` is not how the system is called.", remedy)
    elif normalise_code(system, code) != code or not code:
        remedy = f"Write `{normalise_code(system, code)}`." if code.strip() else "Write the code."
        yield Fault(place.file, f"{place.key}.code", f"`{code}` is not written as its system does.", remedy)
    elif (system, code) in there:
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
