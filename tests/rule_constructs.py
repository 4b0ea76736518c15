"""The constructs of the rule language, by name, and which of them a rule uses: fuzzing counts them."""

from collections.abc import Iterator, Sequence
from typing import Any

from random_rules import LIMITS, ORDERS, PATIENT_KINDS, word_of

from kcds.knowledge.rule import Absence, Ago, Comparison, ParameterRef, Pattern, Rule

Part = Pattern | Absence

_CONSTANTS = {
    *(f"{key} {word}" for key in ("bare", "eq", "ne") for word in ("text", "number", "truth", "day")),
    *(f"{key} param {word}" for key in ("bare", "eq", "ne") for word in ("text", "number", "truth")),
    *(f"{key} number" for key in ORDERS["number"]),
    *(f"{key} param number" for key in ORDERS["number"]),
    *(f"{key} day" for key in ORDERS["day"]),
    *("in of one", "in of several", "known", "not known", "several comparisons of one property"),
}
_AGO = {f"{key} {ago}" for key in ORDERS["day"] for ago in ("ago", "ago param")}
_REFS = {f"{key} {word}" for key in ("ref", "not_ref") for word in ("text", "number", "truth", "day")}
_SHAPES = {
    *("pattern without conditions", "one kind twice", "alias referred to", "alias not referred to"),
    *("refs to one pattern", "refs to several patterns", "chain of refs"),
    *("any of one", "any of several", "any beside where", "any beside a ref", "in beside any", "in several times"),
    *("absence", "absence without conditions", "absence first", "several absences", "only absences"),
    *(
        "absence with ref",
        "absence with not_ref",
        "absence with refs to several",
        "absence of a ref to a joined pattern",
    ),
    *("absence of a domain", "absence without domain", "absence in scope", "absence said by another rule"),
    *("scope", "scope of several", "scope with ref", "no scope", "one part", "two parts", "three parts", "more parts"),
    *("requires", "requires several", "requires nothing", "stage assess", "stage plan"),
    *("plan reads a finding", "plan reads the absence of a finding", "plan reads an answer", "reads data states"),
    *("show all", "show latest", "show worst", "no having", "having of several limits"),
    *(f"having {counted} {limit}" for counted in ("count", "count_distinct") for limit in LIMITS),
}
CONSTRUCTS = frozenset(
    {
        *_CONSTANTS,
        *(f"any: {name}" for name in _CONSTANTS),
        *(f"none: {name}" for name in _CONSTANTS | _AGO),
        *(_AGO | _REFS | _SHAPES),
        *(f"none: {name}" for name in _REFS),
        *(f"fact {kind}" for kind in PATIENT_KINDS),
        *(f"none {kind}" for kind in PATIENT_KINDS),
    }
)
"""Everything that a rule may say, with every type of value; `any:` and `none:` stand before what is said there."""


def constructs_of(rule: Rule) -> set[str]:
    """Name the constructs that a rule uses."""
    scope, when = list(rule.scope), list(rule.when)
    used = {f"stage {rule.stage}", f"show {rule.show}", *_having(rule)}
    used |= {"no scope"} if not scope else {"scope", "scope of several"} if len(scope) > 1 else {"scope"}
    used |= {"scope with ref"} if any(_refs(part) for part in scope) else set()
    used |= {"absence in scope"} if any(isinstance(part, Absence) for part in scope) else set()
    used |= {("one part", "two parts", "three parts", "more parts")[min(len(when), 4) - 1]}
    used |= (
        {"requires several", "requires"}
        if len(rule.requires) > 1
        else {"requires" if rule.requires else "requires nothing"}
    )
    for parts in (scope, when):
        used |= _together(parts)
        for part in parts:
            used |= set(_part(part))
            used |= _about_others(part, parts)
    return used


def _having(rule: Rule) -> Iterator[str]:
    if rule.having is None:
        yield "no having"
        return
    counted = "count" if rule.having.count else "count_distinct"
    limits = [key for key in LIMITS if getattr(rule.having, key) is not None]
    yield from (f"having {counted} {limit}" for limit in limits)
    if len(limits) > 1:
        yield "having of several limits"


def _together(parts: Sequence[Part]) -> set[str]:
    """What only several parts together show."""
    absences = [part for part in parts if isinstance(part, Absence)]
    kinds = [part.fact for part in parts if isinstance(part, Pattern)]
    used = {"one kind twice"} if len(set(kinds)) < len(kinds) else set()
    used |= {"several absences"} if len(absences) > 1 else set()
    used |= {"only absences"} if absences and not kinds else set()
    used |= {"absence first"} if absences and parts[0] is absences[0] and kinds else set()
    named = {alias for part in parts for alias in _refs(part)}
    for part in parts:
        if isinstance(part, Pattern):
            used |= {"alias referred to" if part.as_ in named else "alias not referred to"}
    return used


def _about_others(part: Part, parts: Sequence[Part]) -> set[str]:
    """How one part refers to others."""
    refs = _refs(part)
    if not refs:
        return set()
    to_joined = any(_refs(other) for other in parts if isinstance(other, Pattern) and other.as_ in refs)
    if isinstance(part, Absence):
        used = {"absence with refs to several"} if len(refs) > 1 else set()
        return used | ({"absence of a ref to a joined pattern"} if to_joined else set())
    used = {"refs to several patterns" if len(refs) > 1 else "refs to one pattern"}
    return used | ({"chain of refs"} if to_joined else set())


def _part(part: Part) -> Iterator[str]:
    kind = part.fact if isinstance(part, Pattern) else part.none
    lists = sum(1 for said in part.where.values() if isinstance(said, Comparison) and said.in_ is not None)
    if lists > 1:
        yield "in several times"
    if isinstance(part, Absence):
        yield from _absence(part, kind)
        return
    yield from _kind(part, kind)
    for name, said in part.where.items():
        yield from _condition(said, kind, name)
    for name, said in part.any.items():
        yield from (f"any: {construct}" for construct in _condition(said, kind, name))
    if not part.where and not part.any:
        yield "pattern without conditions"
    if part.any:
        yield "any of one" if len(part.any) == 1 else "any of several"
        yield from (["any beside where"] if part.where else [])
        yield from (["any beside a ref"] if _refs(part) else [])
        yield from (["in beside any"] if lists else [])


def _kind(part: Pattern, kind: str) -> Iterator[str]:
    if kind == "finding":
        yield "plan reads a finding"
        yield from (["plan reads an answer"] if "answer" in part.where else [])
    else:
        yield "reads data states" if kind == "data" else f"fact {kind}"


def _absence(part: Absence, kind: str) -> Iterator[str]:
    yield "absence"
    yield "plan reads the absence of a finding" if kind == "finding" else f"none {kind}"
    yield "absence of a domain" if part.domain else "absence without domain"
    yield from (["absence without conditions"] if not part.where else [])
    yield from (["absence said by another rule"] if part.said_by else [])
    for name, said in part.where.items():
        for construct in _condition(said, kind, name):
            yield f"none: {construct}"
            yield from (["absence with ref"] if construct.startswith("ref ") else [])
            yield from (["absence with not_ref"] if construct.startswith("not_ref ") else [])


def _condition(said: Any, kind: str, name: str) -> Iterator[str]:
    word = word_of(kind, name)
    if not isinstance(said, Comparison):
        yield f"bare param {word}" if isinstance(said, ParameterRef) else f"bare {word}"
        return
    if len(said.model_fields_set) > 1:
        yield "several comparisons of one property"
    for key in said.model_fields_set:
        operand = getattr(said, key)
        if key == "known":
            yield "known" if operand else "not known"
        elif key == "in_":
            yield "in of one" if len(operand) == 1 else "in of several"
        elif isinstance(operand, Ago):
            yield f"{key} ago param" if isinstance(operand.ago, ParameterRef) else f"{key} ago"
        else:
            yield f"{key} param {word}" if isinstance(operand, ParameterRef) else f"{key} {word}"


def _refs(part: Part) -> set[str]:
    """The aliases to which a part refers."""
    comparisons = [said for said in part.where.values() if isinstance(said, Comparison)]
    return {text.partition(".")[0] for said in comparisons for text in (said.ref, said.not_ref) if text}
