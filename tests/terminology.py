"""The shipped terminology and parameters, of the one knowledge that all tests share."""

from dataclasses import replace
from datetime import timedelta
from functools import cache

from knowledge_builders import real_knowledge
from record_builders import NOW, TODAY

from kcds.facts.observations import Clock
from kcds.knowledge.answers import Answers
from kcds.knowledge.load import Knowledge
from kcds.knowledge.medications import Formulary
from kcds.knowledge.parameters import Parameters
from kcds.knowledge.value_sets import ValueSets

CLOCK = Clock(TODAY, NOW, timedelta(hours=24))


def value_sets() -> ValueSets:
    """The shipped value sets."""
    return real_knowledge().value_sets


def formulary() -> Formulary:
    """The shipped medicine tables."""
    return real_knowledge().formulary


def parameters() -> Parameters:
    """The shipped parameters."""
    return real_knowledge().parameters


def answers() -> Answers:
    """The shipped answer scores and status reason phrases."""
    return real_knowledge().answers


@cache
def knowledge() -> Knowledge:
    """The shipped knowledge without its rules: facts do not need them."""
    return replace(real_knowledge(), rules=())
