"""Make a counterexample small: take out whatever it does without, until nothing more can go."""

import copy
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine_cases import Case, Engines
from random_rules import Raw

from kcds.errors import KnowledgeError
from kcds.model.facts import schema_of

Differs = Callable[[Case], bool]


def differs(case: Case) -> bool:
    """Whether the three opinions about a case are not the same."""
    with tempfile.TemporaryDirectory() as directory:
        try:
            engines = Engines(case.rules, Path(directory))
        except (KnowledgeError, ValueError):
            return False
        return engines.judge(case.facts, case.facts[::-1], case.today)[0] != ""


def shrink(case: Case, still: Differs = differs) -> Case:
    """The smallest case on the way down for which it still holds; the case itself where it does not hold at all."""
    if not still(case):
        return case
    found = True
    while found:
        found = False
        for smaller in _smaller(case):
            if still(smaller):
                case, found = smaller, True
                break
    return case


def _smaller(case: Case) -> Iterator[Case]:
    """Cases with something taken out: large pieces first."""
    rules, facts = list(case.rules), list(case.facts)
    for index in range(len(rules)):
        yield replace(case, rules=rules[:index] + rules[index + 1 :])
    size = len(facts)
    while size:
        for start in range(0, len(facts), size):
            yield replace(case, facts=facts[:start] + facts[start + size :])
        size //= 2
    for index, rule in enumerate(rules):
        for smaller in _smaller_rules(rule):
            yield replace(case, rules=[*rules[:index], smaller, *rules[index + 1 :]])
    for index, fact in enumerate(facts):
        for name in schema_of(fact.kind):
            if getattr(fact, name) is not None:
                unknown: dict[str, Any] = {name: None}
                yield replace(case, facts=[*facts[:index], replace(fact, **unknown), *facts[index + 1 :]])


def _smaller_rules(rule: Raw) -> Iterator[Raw]:
    for key in ("having", "show", "worst_by"):
        if key in rule:
            yield {name: said for name, said in rule.items() if name != key}
    if rule["requires"]:
        yield rule | {"requires": []}
    for key in ("scope", "when"):
        for index, part in enumerate(rule[key]):
            yield rule | {key: rule[key][:index] + rule[key][index + 1 :]}
            for block in ("where", "any"):
                for name in part.get(block, {}):
                    smaller = copy.deepcopy(part)
                    del smaller[block][name]
                    yield rule | {key: [*rule[key][:index], smaller, *rule[key][index + 1 :]]}
