"""Whether every number has a source: a parameter with a claim, never a digit typed into a text or a condition."""

import re
from collections.abc import Iterator, Mapping

from kcds.errors import Fault
from kcds.knowledge import domains as domains_file
from kcds.knowledge import parameters as parameters_file
from kcds.knowledge import plan as plan_file
from kcds.knowledge.check_texts import check_plain
from kcds.knowledge.clauses import clauses_of
from kcds.knowledge.domains import Domain
from kcds.knowledge.durations import is_duration
from kcds.knowledge.parameters import Parameters
from kcds.knowledge.plan import PlanItem
from kcds.knowledge.rule import Ago, Parameter, ParameterRef, Rule
from kcds.knowledge.schema import nearest
from kcds.knowledge.templates import without_placeholders
from kcds.knowledge.ucum import is_unit
from kcds.knowledge.vocabulary import Vocabulary

_NAME = re.compile(
    r"[A-Za-z]-?\d[\w-]*"  # PHQ-9, DAST-10, SpO2, CYP3A4
    r"|\bitem \d+"  # of a questionnaire
    r"|\b12-lead\b"
    r"|\b(?:19|20)\d\d\b"  # a year
)
_NUMBER = re.compile(
    r"\d+(?:[.,/]\d+)*"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve|half an?) (?:calendar )?"
    r"(?:minute|hour|day|week|month|year)s?\b"
)
_ORDERED = frozenset({"gt", "gte", "lt", "lte", "before", "on_or_before", "after", "on_or_after"})


def check_numbers(rule: Rule, file: str, words: Vocabulary) -> Iterator[Fault]:
    """Find numbers of a rule that cite nothing."""
    yield from _check_parameters(rule, file, words)
    card = rule.card
    texts = {"summary": card.summary, "detail": card.detail, "action": card.action, "unknown": card.unknown}
    named = {f"card.{name}": text for name, text in texts.items()}
    named |= {f"suggestions[{number}].label": one.label for number, one in enumerate(rule.suggestions)}
    for key, text in named.items():
        for number in numbers_in(text):
            remedy = "Write a parameter with its claim (or `same_as` one of parameters.yaml), and name it as {name}."
            yield Fault(file, key, f"the number `{number}` is typed into the text.", remedy)
    for clause in clauses_of(rule):
        typed = clause.operand.ago if isinstance(clause.operand, Ago) else clause.operand
        if clause.operator in _ORDERED and not isinstance(typed, ParameterRef) and typed != 0:
            remedy = "Make it a parameter with its claim, and write {param: name} here."
            yield Fault(file, f"{clause.key}.{clause.operator}", f"the number `{typed}` cites no claim.", remedy)


def check_shared_numbers(parameters: Parameters, domains: Mapping[str, Domain], words: Vocabulary) -> Iterator[Fault]:
    """Find numbers of parameters.yaml without a claim, and numbers typed into what the domains ask for."""
    for name, parameter in parameters.values.items():
        key = f"{name}.claim"
        if parameter.claim is None:
            yield Fault(parameters_file.FILE, key, "is missing.", "Name the claim that the number rests on.")
        elif words.claims and parameter.claim not in words.claims:
            remedy = nearest(parameter.claim, words.claims, "claims")
            yield Fault(parameters_file.FILE, key, f"`{parameter.claim}` is not in the knowledge base.", remedy)
        yield from _check_unit(parameter, Fault(parameters_file.FILE, f"{name}.unit", "", ""))
    for domain in domains.values():
        yield from check_plain(domain.ask, Fault(domains_file.FILE, f"{domain.name}.ask", "", ""))
        for number in numbers_in(domain.ask_as_written):
            remedy = "Name an entry of parameters.yaml instead, such as {pain_score_window}."
            yield Fault(domains_file.FILE, f"{domain.name}.ask", f"the number `{number}` is typed into it.", remedy)


def check_plan_texts(plan: Mapping[str, PlanItem]) -> Iterator[Fault]:
    """Find numbers typed into what the plan calls its items, and into why one is not needed."""
    for item in plan.values():
        for key, text in (("title", item.title), ("not_needed", item.not_needed)):
            for number in numbers_in(text):
                remedy = "Say it without the number: the rules say when an item is needed."
                yield Fault(plan_file.FILE, f"{item.id}.{key}", f"the number `{number}` is typed into it.", remedy)


def numbers_in(text: str) -> list[str]:
    """List the numbers typed into a text; names such as PHQ-9, years and nought are none."""
    found = _NUMBER.findall(_NAME.sub("", without_placeholders(text)))
    return [number for number in found if number != "0"]


def _check_unit(parameter: Parameter, place: Fault) -> Iterator[Fault]:
    """Find a unit that does not exist, and one beside a duration, which carries its own."""
    if parameter.unit is None:
        return
    if is_duration(parameter.value):
        yield Fault(place.file, place.key, "stands beside a duration, which carries its own.", "Take it out.")
    elif not is_unit(parameter.unit):
        remedy = 'Write it as UCUM does: d, mg/kg/h, "mm[Hg]", or what is counted in braces: "{infusion}".'
        yield Fault(place.file, place.key, f"`{parameter.unit}` is no unit.", remedy)


def _check_parameters(rule: Rule, file: str, words: Vocabulary) -> Iterator[Fault]:
    for name, parameter in rule.parameters.items():
        if parameter.same_as is None:
            yield from _check_unit(parameter, Fault(file, f"parameters.{name}.unit", "", ""))
        key = f"parameters.{name}.claim"
        if parameter.claim is None and len(rule.claims) > 1:
            remedy = f"The rule has several claims: write which of {', '.join(rule.claims)} it is."
            yield Fault(file, key, "is missing.", remedy)
        elif parameter.claim is not None and words.claims and parameter.claim not in words.claims:
            remedy = nearest(parameter.claim, words.claims, "claims")
            yield Fault(file, key, f"`{parameter.claim}` is not in the knowledge base.", remedy)
