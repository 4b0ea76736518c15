"""Everything that `kcds rules check` looks at: the knowledge, its cases, the owners of claims, the review dates."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kcds.errors import Fault
from kcds.knowledge.cases import Case, load_cases
from kcds.knowledge.check import check_sense
from kcds.knowledge.check_numbers import check_shared_numbers
from kcds.knowledge.check_policy import warn_of_reviews
from kcds.knowledge.claims import check_owners
from kcds.knowledge.coverage import check_coverage
from kcds.knowledge.load import Knowledge, read_knowledge


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What the checks found; without faults the knowledge may be used."""

    knowledge: Knowledge | None
    cases: tuple[Case, ...]
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


def audit(directory: Path, *, as_of: date) -> Audit:
    """Check everything in a directory of knowledge on a given day."""
    reading = read_knowledge(directory, as_of=as_of)
    faults = list(reading.faults)
    faults += check_sense(reading.files, reading.words, tuple(faults))
    cases = load_cases(directory, reading.words, faults)
    faults += check_coverage(reading.files, cases, tuple(faults))
    if reading.knowledge is not None:
        known = reading.knowledge
        faults += check_owners(known.claims, known.rules)
        faults += check_shared_numbers(known.parameters, known.domains, reading.words)
    warnings = [warning for one in reading.files for warning in warn_of_reviews(one.rule, one.file, as_of)]
    return Audit(
        knowledge=reading.knowledge,
        cases=cases,
        faults=tuple(sorted(set(faults), key=str)),
        warnings=tuple(sorted(warnings, key=str)),
    )
