"""Everything that `kcds rules check` looks at: the knowledge, its cases, the owners of claims, the review dates."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kcds.errors import Fault
from kcds.knowledge.cases import Case, load_cases
from kcds.knowledge.check import check_sense
from kcds.knowledge.check_numbers import check_plan_texts, check_shared_numbers
from kcds.knowledge.check_parameters import check_parameters
from kcds.knowledge.check_policy import warn_of_reviews
from kcds.knowledge.check_value_sets import check_blocking, check_domains_used
from kcds.knowledge.claims import check_owners, check_places, warn_of_drafts
from kcds.knowledge.coverage import check_coverage
from kcds.knowledge.editor_schema import make_schemas
from kcds.knowledge.headers import check_headers, check_places_of_cases
from kcds.knowledge.load import Knowledge, Reading, read_knowledge
from kcds.knowledge.overlay import PREFIX
from kcds.knowledge.overlay_guard import check_open_sets
from kcds.knowledge.plan import check_calls, check_proofs
from kcds.knowledge.set_policy import check_sets, load_set_policy
from kcds.knowledge.set_uses import check_uses


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What the checks found; without faults the knowledge may be used."""

    knowledge: Knowledge | None
    cases: tuple[Case, ...]
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


def audit(directory: Path, *, as_of: date, overlay: Path | None = None) -> Audit:
    """Check everything in a directory of knowledge, and in the overlay of a site, on a given day."""
    reading = read_knowledge(directory, as_of=as_of, overlay=overlay)
    faults = list(reading.faults)
    faults += check_sense(reading.files, reading.words, tuple(faults))
    faults += check_headers(directory)
    faults += check_places_of_cases(directory)
    cases = cases_of(reading, directory, overlay, faults)
    tried = {case.rule for case in cases}
    moved = {one.rule.id for one in reading.files if one.rule.id in reading.local.changed - tried}
    faults += check_coverage([one for one in reading.files if one.rule.id not in moved], cases, tuple(faults))
    if reading.knowledge is not None:
        faults += _check_whole(reading.knowledge, reading, directory)
    warnings = [warning for one in reading.files for warning in warn_of_reviews(one.rule, one.file, as_of)]
    warnings += [
        Fault(one.file, "parameters", "are changed by this site, and no case tries them.", _remedy(one.rule.id))
        for one in reading.files
        if one.rule.id in moved
    ]
    if reading.knowledge is not None:
        warnings += warn_of_drafts(reading.knowledge.claims, reading.knowledge.rules)
        warnings += _warn_of_schemas(reading.knowledge, directory)
    return Audit(
        knowledge=reading.knowledge,
        cases=cases,
        faults=tuple(sorted(set(faults), key=str)),
        warnings=tuple(sorted(warnings, key=str)),
    )


def cases_of(reading: Reading, directory: Path, overlay: Path | None, faults: list[Fault]) -> tuple[Case, ...]:
    """Read the cases beside our rules and in the overlay; what is wrong with them goes into `faults`.

    Our cases of a rule whose numbers a site changed say what it no longer does: they give way to those of the site.
    """
    ours = load_cases(directory, reading.words, faults)
    kept = tuple(case for case in ours if case.rule not in reading.local.changed)
    if overlay is None:
        return kept
    found: list[Fault] = []
    of_site = load_cases(overlay, reading.words, found)
    faults += [Fault(str(overlay / fault.file), fault.key, fault.problem, fault.remedy) for fault in found]
    return kept + of_site


def _check_whole(knowledge: Knowledge, reading: Reading, directory: Path) -> Iterator[Fault]:
    """Find what is wrong between the parts of the knowledge."""
    ours = [rule for rule in knowledge.rules if not rule.id.startswith(PREFIX)]
    yield from check_owners(knowledge.claims, ours)
    yield from check_places(knowledge.claims, directory)
    yield from check_parameters(knowledge.parameters, knowledge.rules, knowledge.domains, knowledge.plan)
    yield from check_shared_numbers(knowledge.parameters, knowledge.domains, reading.words)
    yield from check_plan_texts(knowledge.plan)
    yield from check_calls(knowledge.plan, knowledge.rules)
    yield from check_proofs(knowledge.plan)
    yield from check_domains_used(knowledge.domains, knowledge.rules, knowledge.plan)
    yield from check_blocking(knowledge.domains, ours)
    policy = load_set_policy(directory, [])
    yield from check_sets(policy, knowledge.value_sets)
    yield from check_open_sets(policy, ours)
    yield from check_uses(policy, knowledge.value_sets, knowledge.rules, knowledge.domains, knowledge.plan)


def _warn_of_schemas(knowledge: Knowledge, directory: Path) -> Iterator[Fault]:
    """Find schemas for editors that no longer say what rules may say."""
    for name, content in make_schemas(knowledge, load_set_policy(directory, [])).items():
        path = directory / name
        if not path.is_file() or path.read_text(encoding="utf-8", errors="replace") != content:
            yield Fault(name, "file", "is out of date: editors complete and check by it.", "Run `kcds rules schema`.")


def _remedy(rule_id: str) -> str:
    return f"Write rules/{rule_id.replace('-', '_')}.cases.yaml in the overlay."
