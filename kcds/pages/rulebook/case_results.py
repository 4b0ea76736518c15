"""The cases of one rule, read and run: what each says, and whether the rule answers so."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kcds.advice.weigh import Advised
from kcds.cards.detail import entry_of, source_of
from kcds.cards.plain_text import opened
from kcds.cards.saying import say
from kcds.errors import Fault
from kcds.knowledge.cases import SUFFIX, Case, load_case_file
from kcds.knowledge.coverage import thresholds_of
from kcds.knowledge.load import Knowledge
from kcds.knowledge.paths import files_below
from kcds.knowledge.rule import Rule
from kcds.knowledge.run_cases import CaseResult, EngineFactory, as_active, run_cases
from kcds.knowledge.vocabulary import Vocabulary
from kcds.model.findings import Applicability, Finding
from kcds.pages.rulebook.case_words import day_of, facts_of
from kcds.pages.rulebook.says import ANSWERS
from kcds.pages.rulebook.words import threshold_in_words

_DIRECTORIES_REMEMBERED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One case in words."""

    name: str
    day: dt.date | None  # where it is not the usual one
    facts: tuple[str, ...]
    expect: Applicability
    missing: tuple[str, ...]  # titles of data domains
    summary: str | None
    passed: bool
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedThreshold:
    """One threshold in words, and which cases there are around it."""

    text: str
    met: bool
    crossed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPreview:
    """What a card says of the finding of one case."""

    case: str
    summary: str
    texts: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCases:
    """All cases of one rule, run."""

    groups: tuple[tuple[Applicability, tuple[CaseRow, ...]], ...]
    thresholds: tuple[TriedThreshold, ...]
    preview: CardPreview | None
    faults: tuple[str, ...]  # why a file could not be read
    replaced: bool  # this site changed numbers: our own cases no longer say what the rule does here

    @property
    def rows(self) -> tuple[CaseRow, ...]:
        """All cases, in the order of their answers."""
        return tuple(row for _, rows in self.groups for row in rows)

    @property
    def failed(self) -> int:
        """How many cases the rule answers otherwise."""
        return sum(not row.passed for row in self.rows)


def run_rule_cases(
    rule: Rule, knowledge: Knowledge, directories: tuple[Path, ...], make_engine: EngineFactory
) -> RuleCases:
    """Read and run the cases of one rule; `directories` are ours and, where there is one, that of the overlay."""
    replaced = rule.id in knowledge.local.changed
    faults: list[Fault] = []
    words = _vocabulary(knowledge)
    cases = [case for place in directories[1 if replaced else 0 :] for case in _cases(rule, place, words, faults)]
    results = run_cases({rule.id: rule}, cases, make_engine)
    rows = [_row(result, rule, knowledge) for result in results]
    return RuleCases(
        groups=tuple((answer, tuple(row for row in rows if row.expect is answer)) for answer in ANSWERS),
        thresholds=tuple(
            TriedThreshold(text=threshold_in_words(one.clause, rule, knowledge), met=one.met, crossed=one.crossed)
            for one in thresholds_of(rule, cases)
        ),
        preview=_preview(rule, knowledge, results, make_engine),
        faults=tuple(map(str, faults)),
        replaced=replaced,
    )


def _cases(rule: Rule, directory: Path, words: Vocabulary, faults: list[Fault]) -> list[Case]:
    path = _case_files(directory).get(rule.id.replace("-", "_") + SUFFIX)
    found = load_case_file(path, directory, words, faults) if path is not None else []
    return [case for case in found if case.rule == rule.id]


@lru_cache(maxsize=_DIRECTORIES_REMEMBERED)
def _case_files(directory: Path) -> Mapping[str, Path]:
    """Return the case files of a directory by their names: the names of rules, each once."""
    return {path.name: path for path in files_below(directory) if path.name.endswith(SUFFIX)}


def _vocabulary(knowledge: Knowledge) -> Vocabulary:
    return Vocabulary(
        concepts=knowledge.value_sets.names(),
        domains=frozenset(knowledge.domains),
        rules=frozenset(knowledge.rules_by_id),
        claims=knowledge.claims.catalogue,
        items=frozenset(knowledge.plan),
    )


def _row(result: CaseResult, rule: Rule, knowledge: Knowledge) -> CaseRow:
    case = result.case
    titles = [knowledge.domains[name].title for name in case.missing or () if name in knowledge.domains]
    return CaseRow(
        name=opened(case.name),
        day=day_of(case),
        facts=tuple(facts_of(case, rule, knowledge)),
        expect=case.expect,
        missing=tuple(titles),
        summary=case.summary,
        passed=result.passed,
        problem=result.problem,
    )


def _preview(
    rule: Rule, knowledge: Knowledge, results: tuple[CaseResult, ...], make_engine: EngineFactory
) -> CardPreview | None:
    """Say what a card says in the first case in which the rule applies."""
    for result in results:
        if result.case.expect is Applicability.APPLIES and result.passed:
            finding = _finding(rule, result.case, make_engine)
            summary, *texts = entry_of(Advised(rule, finding), knowledge.local, say)
            return CardPreview(
                case=opened(result.case.name), summary=summary.strip("*"), texts=tuple(texts), source=source_of(rule)
            )
    return None


def _finding(rule: Rule, case: Case, make_engine: EngineFactory) -> Finding:
    return make_engine((as_active(rule),)).evaluate(case.facts, today=case.today).of(rule.id)
