"""Knowledge for tests: small directories of rules beside the real vocabulary."""

import shutil
from datetime import date
from functools import cache
from pathlib import Path

from kcds.errors import Fault
from kcds.knowledge.cases import load_cases
from kcds.knowledge.check import check_rules, check_sense
from kcds.knowledge.coverage import check_coverage
from kcds.knowledge.load import Knowledge, load_knowledge
from kcds.knowledge.rule_files import read_rules
from kcds.knowledge.vocabulary import Vocabulary

RULES = Path(__file__).parent.parent / "rules"
TODAY = date(2026, 11, 21)


@cache
def real_knowledge() -> Knowledge:
    """Load the rules of this repository, once."""
    return load_knowledge(RULES)


def words_with(rules: frozenset[str]) -> Vocabulary:
    """Return the real vocabulary with these rule ids."""
    real = real_knowledge()
    return Vocabulary(
        concepts=real.value_sets.names(),
        domains=frozenset(real.domains),
        rules=rules,
        claims=real.claims.catalogue,
        items=frozenset(real.plan),
    )


def faults_of(directory: Path) -> list[Fault]:
    """Return the faults of the rules and cases of a directory that holds nothing else."""
    faults: list[Fault] = []
    files = read_rules(directory, faults, real_knowledge().parameters.values)
    words = words_with(files.ids)
    faults += check_rules(files.read, words, TODAY)
    faults += check_sense(files.read, words, tuple(faults))
    cases = load_cases(directory, words, faults)
    if cases:
        faults += check_coverage(files.read, cases, tuple(faults))
    return faults


def copy_of_rules(directory: Path) -> Path:
    """Return a copy of the real rules that a test may break."""
    shutil.copytree(RULES, directory / "rules")
    return directory / "rules"
