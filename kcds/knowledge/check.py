"""Every check of rules that needs no patient, no engine and no case."""

from collections.abc import Iterator, Sequence
from datetime import date

from kcds.errors import Fault
from kcds.knowledge.check_conditions import check_conditions
from kcds.knowledge.check_policy import check_evidence, check_policy
from kcds.knowledge.check_texts import check_texts
from kcds.knowledge.rule import Rule
from kcds.knowledge.rule_files import RuleFile
from kcds.knowledge.vocabulary import Vocabulary
from kcds.model.findings import Effect

_ASKED = {"category", "effect", "stage", "scope", "requires", "when", "having"}


def check_rules(files: Sequence[RuleFile], words: Vocabulary, as_of: date | None) -> Iterator[Fault]:
    """Find what is wrong with the rules; review dates are judged only where a day is given."""
    for one in files:
        yield from check_conditions(one.rule, one.file, words)
        yield from check_texts(one.rule, one.file, words)
        yield from check_policy(one.rule, one.file, words)
        if as_of is not None:
            yield from check_evidence(one.rule, one.file, as_of)
    yield from _check_twins(files)


def _check_twins(files: Sequence[RuleFile]) -> Iterator[Fault]:
    """Find rules of one category that ask the same and do the same: one of them says nothing new.

    Rules that only inform may share their condition as long as they rest on different claims.
    """
    seen: dict[str, list[Rule]] = {}
    for one in files:
        if one.rule.status == "retired":
            continue
        others = seen.setdefault(_condition_of(one.rule), [])
        for other in others:
            if one.rule.effect is not Effect.INFORM or set(one.rule.claims) & set(other.claims):
                problem = f"has the same conditions as `{other.id}`."
                yield Fault(one.file, "when", problem, "Merge the two rules, or say what makes them differ.")
        others.append(one.rule)


def _condition_of(rule: Rule) -> str:
    parameters = {name: parameter.value for name, parameter in rule.parameters.items()}
    asked = rule.model_dump_json(include=_ASKED, exclude_unset=True)
    return f"{asked}{sorted(parameters.items())}"
