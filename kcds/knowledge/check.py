"""Every check of rules that needs no patient, no engine and no case."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from kcds.errors import Fault
from kcds.knowledge.check_conditions import check_conditions
from kcds.knowledge.check_findings import check_findings
from kcds.knowledge.check_numbers import check_numbers
from kcds.knowledge.check_policy import check_evidence, check_policy
from kcds.knowledge.check_reach import check_reach
from kcds.knowledge.check_texts import check_texts
from kcds.knowledge.check_twins import check_twins
from kcds.knowledge.rule_files import RuleFile
from kcds.knowledge.vocabulary import Vocabulary

_CONDITIONS = ("scope", "when", "having", "parameters")


def check_rules(files: Sequence[RuleFile], words: Vocabulary, as_of: date | None) -> Iterator[Fault]:
    """Find what is wrong with the rules; review dates are judged only where a day is given."""
    for one in files:
        yield from check_conditions(one.rule, one.file, words)
        yield from check_texts(one.rule, one.file, words)
        yield from check_policy(one.rule, one.file, words)
        if as_of is not None:
            yield from check_evidence(one.rule, one.file, as_of)
    yield from check_twins(files)


def check_sense(files: Sequence[RuleFile], words: Vocabulary, faults: Iterable[Fault]) -> Iterator[Fault]:
    """Find rules that can be read and yet make no sense; where conditions have `faults`, those come first."""
    unclear = {fault.file for fault in faults if fault.key.startswith(_CONDITIONS)}
    for one in files:
        if one.rule.status != "retired" and one.file not in unclear:
            yield from check_reach(one.rule, one.file, words)
            yield from check_numbers(one.rule, one.file, words)
    yield from check_findings([one for one in files if one.file not in unclear])
