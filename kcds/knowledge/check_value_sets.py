"""Whether the value sets are there that the domains and the queries name."""

from collections.abc import Iterable, Iterator, Mapping

from kcds.errors import Fault
from kcds.knowledge import domains as domains_file
from kcds.knowledge.check_conditions import check_value
from kcds.knowledge.clauses import domains_of
from kcds.knowledge.domains import Domain
from kcds.knowledge.plan import PlanItem
from kcds.knowledge.rule import Rule
from kcds.knowledge.schema import nearest
from kcds.knowledge.vocabulary import Vocabulary
from kcds.model.findings import Effect
from kcds.model.queries import OBSERVATION_SETS

_DECIDING = frozenset({Effect.STOP, Effect.MET})
"""Effects of rules that bar a patient, or without which nobody is eligible."""


def check_value_sets(domains: Mapping[str, Domain], words: Vocabulary) -> Iterator[Fault]:
    """Find value sets that are named and do not exist, or are of another kind."""
    if not words.concepts:
        return
    for domain in domains.values():
        yield from _check_domain(domain, words)
    for query, names in OBSERVATION_SETS.items():
        for name in names:
            if name not in words.concepts:
                remedy = "Put it back: run scripts/make_value_sets.py again."
                yield Fault(
                    f"value_sets/{name}.json", "file", f"is missing, but the query {query} asks for it.", remedy
                )


def check_domains_used(
    domains: Mapping[str, Domain], rules: Iterable[Rule], plan: Mapping[str, PlanItem]
) -> Iterator[Fault]:
    """Find data domains that no rule and no item of the plan asks for: nobody would hear that they are not known."""
    asked = {name for rule in rules if rule.status != "retired" for name in domains_of(rule)}
    asked |= {item.domain for item in plan.values()}
    for name in domains:
        if name not in asked:
            remedy = "Require it in a rule, or take it out."
            yield Fault(domains_file.FILE, name, "is asked for by no rule and no item of the plan.", remedy)


def check_blocking(domains: Mapping[str, Domain], rules: Iterable[Rule]) -> Iterator[Fault]:
    """Find domains that nobody waits for although a stop or a requirement asks for them, and does not say why."""
    deciding = [rule for rule in rules if rule.effect in _DECIDING and rule.status != "retired"]
    asking = {name: rule.id for rule in deciding for name in domains_of(rule)}
    for name, domain in domains.items():
        if domain.blocks_candidate and domain.not_blocking:
            problem = "says why nobody waits for it, but it blocks."
            yield Fault(domains_file.FILE, f"{name}.not_blocking", problem, "Take it out.")
        elif not domain.blocks_candidate and name in asking and not domain.not_blocking:
            problem = f"is false, but `{asking[name]}` asks for it: not knowing would be read as normal."
            remedy = "Write true; or say under `not_blocking` why nobody need wait for it."
            yield Fault(domains_file.FILE, f"{name}.blocks_candidate", problem, remedy)


def _check_domain(domain: Domain, words: Vocabulary) -> Iterator[Fault]:
    screen = (domain.screen,) if domain.screen is not None else ()
    for key, concepts in (("concepts", domain.concepts), ("doubtful", domain.doubtful), ("screen", screen)):
        place = Fault(domains_file.FILE, f"{domain.name}.{key}", "", "")
        for concept in concepts:
            if concept not in words.concepts:
                remedy = nearest(concept, words.concepts, "value sets")
                yield Fault(place.file, place.key, f"`{concept}` is no value set.", remedy)
            elif key != "screen":
                yield from check_value("condition", "concept", concept, place, words)
    for concept in sorted(set(domain.concepts) & set(domain.doubtful)):
        problem = f"`{concept}` stands under `concepts` too."
        yield Fault(domains_file.FILE, f"{domain.name}.doubtful", problem, "It settles the question or asks: choose.")
