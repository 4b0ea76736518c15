"""Whether a rule may claim what it claims: evidence, strength, effect, data domains, suggestions."""

from collections.abc import Iterator
from datetime import date, timedelta

from kcds.errors import Fault
from kcds.knowledge.clauses import parts_of
from kcds.knowledge.rule import Absence, Rule
from kcds.knowledge.schema import nearest
from kcds.knowledge.vocabulary import Vocabulary
from kcds.model.code_systems import LOINC, SNOMED
from kcds.model.findings import Category, Effect, Strength

_WARNING = timedelta(days=90)
_LONGEST = timedelta(days=731)
"""Between two reviews of a source."""
_EFFECT_CATEGORIES = {
    Effect.MET: frozenset({Category.ELIGIBILITY, Category.DATA_QUALITY}),
    Effect.UNMET: frozenset({Category.ELIGIBILITY}),
    Effect.STOP: frozenset({Category.CONTRAINDICATION, Category.INTERACTION}),
}
"""A requirement is met or not: of the patient, or (met only) of the record. A problem or a medicine stops."""
_SYSTEMS_OF_TESTS = frozenset({LOINC, SNOMED})

_PLANNED = frozenset({Category.MONITORING, Category.FOLLOW_UP})


def check_policy(rule: Rule, file: str, words: Vocabulary) -> Iterator[Fault]:
    """Find what a rule may not claim, require or offer."""
    for number, claim in enumerate(rule.claims):
        if words.claims and claim not in words.claims:
            problem = f"`{claim}` is not in the knowledge base."
            yield Fault(file, f"claims[{number}]", problem, nearest(claim, words.claims, "claims"))
    yield from _check_effect(rule, file)
    yield from _check_strength(rule, file, words)
    yield from _check_domains(rule, file, words)
    yield from _check_speakers(rule, file, words)
    yield from _check_plan_item(rule, file, words)
    yield from _check_suggestions(rule, file, words)
    for name, values in (("claims", rule.claims), ("requires", rule.requires)):
        for value in sorted({value for value in values if values.count(value) > 1}):
            yield Fault(file, name, f"names {value} twice.", "Keep one of the two.")


def _check_effect(rule: Rule, file: str) -> Iterator[Fault]:
    allowed = _EFFECT_CATEGORIES.get(rule.effect)
    if allowed is not None and rule.category not in allowed:
        remedy = f"Only rules of category {' or '.join(sorted(allowed))} have it."
        yield Fault(file, "effect", f"`{rule.effect}` does not fit category {rule.category}.", remedy)
    elif rule.category is Category.CONTRAINDICATION and rule.effect is not Effect.STOP and rule.strength is None:
        remedy = "Write `effect: stop` with a strength, or another category, such as caution."
        yield Fault(file, "effect", f"`{rule.effect}` does not fit category contraindication.", remedy)
    if rule.background and rule.effect is not Effect.INFORM:
        problem = f"does not go with effect {rule.effect}: with an order nobody would see it."
        yield Fault(file, "background", problem, "Take it out: only what informs is background.")
    if rule.alone and rule.effect is not Effect.OUT_OF_SCOPE:
        problem = f"does not go with effect {rule.effect}: it hides what else was found."
        yield Fault(file, "alone", problem, "Take it out: only what puts an order out of scope stands alone.")


def _check_suggestions(rule: Rule, file: str, words: Vocabulary) -> Iterator[Fault]:
    """Find offers of anything but a test that the value sets know: above all of a medicine (G09)."""
    for number, suggestion in enumerate(rule.suggestions):
        order = suggestion.order
        key = f"suggestions[{number}].order"
        if order.system not in _SYSTEMS_OF_TESTS:
            remedy = f"Only tests are offered, by their code in {' or '.join(sorted(_SYSTEMS_OF_TESTS))}."
            yield Fault(file, f"{key}.system", f"`{order.system}` holds no tests.", remedy)
        elif words.codes and (order.system, order.code) not in words.codes:
            remedy = "Offer a code by which the result is recognised: one of the set that the plan or a fact reads."
            yield Fault(file, f"{key}.code", f"`{order.code}` stands in no value set.", remedy)


def _check_strength(rule: Rule, file: str, words: Vocabulary) -> Iterator[Fault]:
    if (rule.strength is not None) != (rule.effect is Effect.STOP):
        remedy = "A rule with effect stop says hard or soft; no other rule does."
        yield Fault(file, "strength", "is missing." if rule.strength is None else "does not fit the effect.", remedy)
    if rule.strength is not Strength.HARD:
        return
    weak = sorted({evidence.verified for evidence in rule.evidence if evidence.verified != "V"})
    if weak:
        remedy = "Make it soft, or leave out the evidence that is not V."
        yield Fault(file, "strength", f"is hard, but evidence is marked {', '.join(weak)}.", remedy)
    entries = [words.claims[claim] for claim in rule.claims if claim in words.claims]
    for entry in entries:
        if entry.soft:
            problem = f"is hard, but {entry.id} is inferred, recalled or designed."
            yield Fault(file, "strength", problem, "Make it soft.")
    if entries and not any(entry.may_stop and "V" in entry.verification for entry in entries):
        remedy = "A hard stop rests on a verified contraindication of the knowledge base."
        yield Fault(file, "strength", "is hard, but none of the claims allows that.", remedy)


def _check_domains(rule: Rule, file: str, words: Vocabulary) -> Iterator[Fault]:
    named = [(f"requires[{number}]", domain) for number, domain in enumerate(rule.requires)]
    named += [
        (f"{key}.domain", part.domain)
        for key, part in parts_of(rule)
        if isinstance(part, Absence) and part.domain is not None
    ]
    for key, domain in named:
        if words.domains and domain not in words.domains:
            yield Fault(file, key, f"`{domain}` is no data domain.", nearest(domain, words.domains, "data domains"))


def _check_speakers(rule: Rule, file: str, words: Vocabulary) -> Iterator[Fault]:
    """Find rules that are said to speak instead, and do not exist, or are this very rule."""
    for key, part in parts_of(rule):
        for name in (part.said_by or ()) if isinstance(part, Absence) else ():
            if name not in words.rules - {rule.id}:
                remedy = nearest(name, words.rules - {rule.id}, "rules")
                yield Fault(file, f"{key}.said_by", f"`{name}` is no other rule.", remedy)


def _check_plan_item(rule: Rule, file: str, words: Vocabulary) -> Iterator[Fault]:
    if rule.plan is not None and rule.category not in _PLANNED:
        remedy = f"Only rules of category {' or '.join(sorted(_PLANNED))} have a line in the monitoring plan."
        yield Fault(file, "plan", f"does not fit category {rule.category}.", remedy)
    item = rule.plan.item if rule.plan is not None else None
    if item is not None and item not in words.items:
        remedy = nearest(item, words.items, "items of the plan")
        yield Fault(file, "plan.item", f"`{item}` is no item of plan.yaml.", remedy)


def check_evidence(rule: Rule, file: str, as_of: date) -> Iterator[Fault]:
    """Find evidence whose review is overdue on this day."""
    for number, evidence in enumerate(rule.evidence):
        if evidence.review_by < as_of:
            remedy = "Review the source, then set last_reviewed and review_by."
            yield Fault(file, f"evidence[{number}].review_by", f"was {evidence.review_by}.", remedy)
        elif evidence.review_by <= evidence.last_reviewed:
            remedy = "Set a day after last_reviewed."
            yield Fault(file, f"evidence[{number}].review_by", "is not after last_reviewed.", remedy)
        elif evidence.review_by > evidence.last_reviewed + _LONGEST:
            problem = "is more than two years after last_reviewed."
            yield Fault(file, f"evidence[{number}].review_by", problem, "Set an earlier day: sources change.")
        if (evidence.signed_by is None) != (evidence.signed_on is None):
            remedy = "Write both signed_by and signed_on: who, and on which day."
            yield Fault(file, f"evidence[{number}].signed_by", "is not complete.", remedy)


def warn_of_reviews(rule: Rule, file: str, as_of: date) -> Iterator[Fault]:
    """Find evidence whose review falls due within 90 days."""
    for number, evidence in enumerate(rule.evidence):
        if as_of <= evidence.review_by <= as_of + _WARNING:
            yield Fault(file, f"evidence[{number}].review_by", f"is {evidence.review_by}.", "Review the source soon.")
