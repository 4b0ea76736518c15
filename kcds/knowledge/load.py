"""All knowledge in one object, or every fault of all its files in one error."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar

from kcds.errors import Fault, KnowledgeError
from kcds.knowledge.answers import Answers, load_answers
from kcds.knowledge.check import check_rules
from kcds.knowledge.check_value_sets import check_value_sets
from kcds.knowledge.claims import Claims, load_claims
from kcds.knowledge.domains import Domain, load_domains, say_numbers
from kcds.knowledge.formulary import load_formulary
from kcds.knowledge.look_back import Since, matters_since
from kcds.knowledge.medications import Formulary
from kcds.knowledge.overlay import NOTHING_LOCAL, LocalPolicy, read_overlay
from kcds.knowledge.overlay_apply import unheld, with_local_codes, with_local_numbers, with_local_rules
from kcds.knowledge.override_reasons import QuietPolicy, load_quiet_policy
from kcds.knowledge.parameters import Parameters, load_parameters
from kcds.knowledge.paths import rules_directory
from kcds.knowledge.plan import PlanItem, check_plan, load_plan
from kcds.knowledge.rule import Rule
from kcds.knowledge.rule_files import RuleFile, read_rules
from kcds.knowledge.set_policy import load_set_policy
from kcds.knowledge.timeline import LanePlan, load_timeline
from kcds.knowledge.value_sets import ValueSets, load_value_sets
from kcds.knowledge.version import load_version
from kcds.knowledge.vocabulary import Vocabulary
from kcds.model.findings import Effect

T = TypeVar("T")

_FILTERED_TYPES = frozenset({"Observation", "Procedure"})
"""Types of which a record may hold thousands that no rule can ever use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """Everything that rules and facts rest on, checked."""

    rules: tuple[Rule, ...]  # by id, of every status
    value_sets: ValueSets
    formulary: Formulary
    answers: Answers
    parameters: Parameters
    domains: Mapping[str, Domain]
    plan: Mapping[str, PlanItem]
    timeline: Mapping[str, LanePlan]  # the lanes of measured values, by name
    quiet: QuietPolicy
    claims: Claims
    version: str
    local: LocalPolicy = NOTHING_LOCAL  # of the overlay
    rules_by_id: Mapping[str, Rule] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Sort the rules by id, once: each request looks them up."""
        object.__setattr__(self, "rules_by_id", {rule.id: rule for rule in self.rules})

    @property
    def active_rules(self) -> tuple[Rule, ...]:
        """The rules that are evaluated for patients: not those that only inform and that a site switched off."""
        return tuple(
            unheld(rule, self.local.disabled)
            for rule in self.rules
            if rule.status == "active" and not self._is_gone(rule)
        )

    def _is_gone(self, rule: Rule) -> bool:
        """Whether a rule was switched off that only informs: what may speak against ketamine is asked all the same."""
        return rule.id in self.local.muted and rule.effect is Effect.INFORM

    def wants(self, resource_type: str, codes: Iterable[tuple[str | None, str | None]]) -> bool:
        """Say whether a resource with these codes can matter to any fact."""
        if resource_type not in _FILTERED_TYPES:
            return True
        return any(self.value_sets.concepts_of(system, code) for system, code in codes)

    def since(self, today: date) -> Since:
        """Return the function that says from which day on a measurement matters to any fact."""
        return matters_since(self.parameters, self.value_sets, today)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What came of reading a directory: the knowledge if it could be put together, and every fault."""

    knowledge: Knowledge | None
    files: tuple[RuleFile, ...]
    words: Vocabulary
    faults: list[Fault]
    local: LocalPolicy = NOTHING_LOCAL


def load_knowledge(
    directory: Path | None = None, *, as_of: date | None = None, overlay: Path | None = None
) -> Knowledge:
    """Return the checked knowledge; raises KnowledgeError with all faults. Without `as_of` no review date is judged."""
    reading = read_knowledge(directory or rules_directory(), as_of=as_of, overlay=overlay)
    if reading.faults or reading.knowledge is None:
        raise KnowledgeError(reading.faults)
    return reading.knowledge


def read_knowledge(directory: Path, *, as_of: date | None, overlay: Path | None = None) -> Reading:
    """Read and check everything but the cases; never stops at the first fault. `overlay` holds what a site changes."""
    faults: list[Fault] = []
    version = load_version(directory, faults)
    released = load_parameters(directory, faults)
    site = read_overlay(overlay, released.values, faults) if overlay is not None else None
    parameters = with_local_numbers(released, site, faults)
    plan = load_plan(directory, faults)
    domains = say_numbers(load_domains(directory, faults), parameters, faults)
    quiet = load_quiet_policy(directory, faults)
    claims = load_claims(directory, faults)
    answers = load_answers(directory / "terminology", faults)
    policy = load_set_policy(directory, faults)
    rules = read_rules(directory, faults, parameters.values)
    localised = with_local_rules(rules.read, released, site, faults)
    value_sets = _try(lambda: load_value_sets(directory / "value_sets"), faults)
    formulary = None
    if value_sets is not None:
        value_sets = with_local_codes(value_sets, policy, [one.rule for one in rules.read], site, faults)
        formulary = _try(partial(load_formulary, directory / "terminology", value_sets), faults)
    words = Vocabulary(
        concepts=value_sets.names() if value_sets is not None else frozenset(),
        domains=frozenset(domains),
        rules=rules.ids | (site.ids if site is not None else frozenset()),
        claims=claims.catalogue,
        items=frozenset(plan),
        codes=value_sets.pairs() if value_sets is not None else frozenset(),
    )
    faults += check_rules(localised.files, words, as_of)
    faults += check_value_sets(domains, words)
    faults += check_plan(plan, parameters, words)
    timeline = load_timeline(directory, {one.rule.id: one.rule for one in localised.files}, words.rules, faults)
    knowledge = None
    if value_sets is not None and formulary is not None and version is not None:
        knowledge = Knowledge(
            rules=tuple(one.rule for one in localised.files),
            value_sets=value_sets,
            formulary=formulary,
            answers=answers,
            parameters=parameters,
            domains=domains,
            plan=plan,
            timeline=timeline,
            quiet=quiet,
            claims=claims,
            version=localised.policy.version(version.version),
            local=localised.policy,
        )
    return Reading(knowledge=knowledge, files=localised.files, words=words, faults=faults, local=localised.policy)


def _try(load: Callable[[], T], faults: list[Fault]) -> T | None:
    """Load one part; what is wrong with it goes into `faults`."""
    try:
        return load()
    except KnowledgeError as error:
        faults += error.faults
        return None
