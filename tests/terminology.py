"""The shipped terminology and parameters, loaded once for all tests that need real codes."""

from datetime import timedelta
from functools import cache

from record_builders import NOW, TODAY

from kcds.errors import Fault
from kcds.facts.observations import Clock
from kcds.knowledge.answers import Answers, load_answers
from kcds.knowledge.claims import load_claims
from kcds.knowledge.domains import load_domains
from kcds.knowledge.formulary import load_formulary
from kcds.knowledge.load import Knowledge
from kcds.knowledge.medications import Formulary
from kcds.knowledge.override_reasons import load_quiet_policy
from kcds.knowledge.parameters import Parameters, load_parameters
from kcds.knowledge.paths import rules_directory
from kcds.knowledge.plan import load_plan
from kcds.knowledge.value_sets import ValueSets, load_value_sets

CLOCK = Clock(TODAY, NOW, timedelta(hours=24))


@cache
def value_sets() -> ValueSets:
    """Load the shipped value sets."""
    return load_value_sets(rules_directory() / "value_sets")


@cache
def formulary() -> Formulary:
    """Load the shipped medicine tables."""
    return load_formulary(rules_directory() / "terminology", value_sets())


@cache
def parameters() -> Parameters:
    """Load the shipped parameters."""
    faults: list[Fault] = []
    loaded = load_parameters(rules_directory(), faults)
    assert not faults
    return loaded


@cache
def answers() -> Answers:
    """Load the shipped answer scores and status reason phrases."""
    faults: list[Fault] = []
    loaded = load_answers(rules_directory() / "terminology", faults)
    assert not faults
    return loaded


@cache
def knowledge() -> Knowledge:
    """Put the shipped knowledge together, without its rules: facts do not need them."""
    faults: list[Fault] = []
    loaded = Knowledge(
        rules=(),
        value_sets=value_sets(),
        formulary=formulary(),
        answers=answers(),
        parameters=parameters(),
        domains=load_domains(rules_directory(), faults),
        plan=load_plan(rules_directory(), faults),
        quiet=load_quiet_policy(rules_directory(), faults),
        claims=load_claims(rules_directory(), faults),
        version="2026.11.1",
    )
    assert not faults
    return loaded
