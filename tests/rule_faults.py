"""Faults that a rule may have, put into a random rule set: it must then be refused, by both engines alike."""

import copy
from collections.abc import Sequence
from random import Random

from random_rules import Raw, word_of

from kcds.model.facts import schema_of


def with_a_fault(random: Random, rules: Sequence[Raw]) -> list[Raw]:
    """The rule set with one fault in one of its rules."""
    faulty = copy.deepcopy(list(rules))
    rule = random.choice(faulty)
    part = random.choice(rule["when"])
    kind = part.get("fact", part.get("none"))
    number = random.choice(("value", "date", "concept", "age", "label"))
    faults = (
        lambda: part["where"].update({"colour": "red"}),
        lambda: part["where"].update({_any_property(random, kind): {"ref": "nobody.concept"}}),
        lambda: part["where"].update({_any_property(random, kind): {}}),
        lambda: part["where"].update({_property(random, kind, "text"): {"gt": 3}}),
        lambda: part["where"].update({_property(random, kind, "text"): {"before": {"ago": "P1D"}}}),
        lambda: part["where"].update({_property(random, kind, "text"): {"in": []}}),
        lambda: part["where"].update({_property(random, kind, "text"): {"eq": {"param": "nobody"}}}),
        lambda: part["where"].update({_property(random, kind, "text"): 3}),
        lambda: rule["when"].append({"as": "w_x", "fact": "colour", "where": {number: 3}}),
        lambda: rule["when"].append({"as": "w_x", "fact": "score", "where": {"value": 0.00001}}),
        lambda: rule["when"].append({"as": "w_x", "fact": "score", "where": {"value": True}}),
        lambda: rule["when"].append({"as": "w_x", "fact": "score", "where": {"date": {"before": {"ago": "P300Y"}}}}),
        lambda: rule["when"].append({"as": "w_x", "fact": "score", "any": {"date": {"before": {"ago": "P1D"}}}}),
        lambda: rule["when"].extend([{"as": "w_x", "fact": "score"}, {"as": "w_x", "fact": "score"}]),
        lambda: rule.update({"having": {"gte": 1}}),
        lambda: rule.update({"having": {"count": "nobody", "gte": 1}}),
    )
    random.choice(faults)()
    return faulty


def _any_property(random: Random, kind: str) -> str:
    return random.choice(list(schema_of(kind)))


def _property(random: Random, kind: str, word: str) -> str:
    """A property of that kind of value; where there is none, a name that no fact knows, which is a fault as well."""
    return random.choice([name for name in schema_of(kind) if word_of(kind, name) == word] or ["colour"])
