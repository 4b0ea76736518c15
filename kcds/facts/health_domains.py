"""What is known of the health domains: psychosis, heart and vessels, liver, substances, pressures (CONVENTIONS 1, Q02).

A coded problem makes a domain known; so does an explicit "no" that is in date. "No record found" needs a problem list
that was received and holds an entry, and answers that were asked for; a site may want an explicit "no" instead.
Whatever is doubtful asks, and never clears.
"""

import re
from collections.abc import Iterable
from functools import cache

from dateutil.relativedelta import relativedelta

from kcds.facts.conditions import reason_unidentified
from kcds.facts.data_states import state_of_queries
from kcds.facts.health_answers import read_answers
from kcds.facts.observations import Clock, Reports
from kcds.facts.problems import Problem, Problems
from kcds.facts.substance_scores import SCORE_SETS, ScreeningScores
from kcds.fhir.record import Record
from kcds.knowledge.domains import Domain
from kcds.knowledge.value_sets import ValueSets
from kcds.model.code_systems import ICD_10_CM
from kcds.model.facts import DataState
from kcds.model.immutable import immutable
from kcds.model.queries import Query

NO_HINT = ("family history", "screening", "vaccin*", "immuni*", "exposure", "education", "counsel*", "fear of")
"""Words that turn the name of a disorder into something else than a problem of this patient."""


@immutable
class History:
    """What the health questions of one patient can be answered from."""

    record: Record
    problems: Problems
    reports: Reports
    value_sets: ValueSets
    clock: Clock
    window: relativedelta  # how long an explicit answer counts
    explicit: bool  # only an explicit "no" counts as none: that no problem is recorded is not enough


def health_domain_state(domain: Domain, history: History, scores: ScreeningScores | None = None) -> DataState:
    """Return what is known of one health domain; `scores` are those of a domain that has screening scores.

    A domain holds several disorders. So one that is certain does not settle another that is doubtful, or may stand on
    a page that was not had; the rule about the certain one applies all the same.
    """
    found = history.problems.of(domain.concepts)
    hinted = _sources([one for one in history.problems.of(domain.doubtful) if one.state != "past"])
    unplaced = history.problems.unplaced
    suspected = _sources([one for one in unplaced if suggests_one_of(one, domain.words)])
    named = _sources([one for one in unplaced if names_one_of(one, domain.words)])
    answers = read_answers(history.reports, domain.screen or "", history.value_sets, history.clock, history.window)
    high, low = (scores.high, scores.low) if scores else ((), ())
    concerns = answers.yes + high
    sure = [problem for problem in found if problem.is_sure(domain.concepts)]
    settled = {name for problem in sure if problem.state == "active" for name in problem.concepts}
    certain = {problem.source for problem in sure}
    doubtful = [one for one in found if one.source not in certain and not settled.issuperset(one.concepts)]
    gap = (
        state_of_queries(history.record, [Query.CONDITIONS], domain.concepts + domain.doubtful, history.value_sets)
        if sure
        else None
    )
    verdicts = (
        (_sources(doubtful), "uncertain", "unconfirmed-entry"),
        (named, "uncertain", "named-in-text"),
        (_sources(sure), gap or "known", "coded-problem"),
        (answers.no + concerns if answers.no and concerns else (), "conflicting", "screen"),
        (concerns, "uncertain", "answered-yes" if answers.yes else "high-score"),
        (answers.no, "known", "screen"),
        (low, "known", "screen"),
        (hinted, "uncertain", "unspecified-entry"),
        (suspected, "uncertain", "named-in-text"),
    )
    for sources, state, basis in verdicts:
        if sources:
            day = answers.day if basis in {"screen", "answered-yes"} else None
            return DataState(domain=domain.name, state=state, basis=basis, date=day, sources=sources)
    return _nothing_found(domain, history, old=answers.old_no, with_scores=scores is not None)


def names_one_of(problem: Problem, words: Iterable[str]) -> bool:
    """Tell whether a problem that is not past, and that no code identifies, names one of these in its text."""
    if problem.concepts or problem.state == "past":
        return False
    return reason_unidentified(problem) is not None and _names(problem, words)


def suggests_one_of(problem: Problem, words: Iterable[str]) -> bool:
    """Tell whether a problem that is not past has a code that is in none of our sets, and yet names one of these.

    Our sets do not hold every SNOMED CT code, while those of the closed ICD are complete. What names the disorder of a
    relative, a screening or a vaccination is no hint.
    """
    if problem.concepts or problem.state == "past" or reason_unidentified(problem) is not None:
        return False
    if any(coding.system == ICD_10_CM for coding in problem.condition.code.codings):
        return False
    return _names(problem, words) and not _names(problem, NO_HINT)


def _names(problem: Problem, words: Iterable[str]) -> bool:
    """Tell whether the text or a display of a problem names one of these."""
    code = problem.condition.code
    text = " ".join(part for part in (code.text, *(coding.display for coding in code.codings)) if part)
    return _pattern(tuple(words)).search(text) is not None


def _nothing_found(domain: Domain, history: History, *, old: tuple[str, ...], with_scores: bool) -> DataState:
    """Return what it means that nothing was found: that there is nothing, or that we could not look."""
    asks = domain.screen is not None
    queries, concepts = [Query.CONDITIONS], [*domain.concepts, *domain.doubtful, domain.screen or ""]
    if asks:
        queries.append(Query.HEALTH_SCREENS)
    if with_scores:
        queries.append(Query.SCORES)
        concepts += SCORE_SETS
    gap = state_of_queries(history.record, queries, concepts, history.value_sets)
    if gap is not None:
        return DataState(domain=domain.name, state=gap)
    if history.problems and not (history.explicit and asks):
        return DataState(domain=domain.name, state="none-recorded", basis="problem-list")
    return DataState(domain=domain.name, state="stale" if old else "missing", sources=old)


def _sources(problems: Iterable[Problem]) -> tuple[str, ...]:
    """Return the references of problems."""
    return tuple([problem.source for problem in problems])


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return the regular expression of some words, or of stems that end in `*`; of no words, one that finds nothing."""
    forms = [rf"\b{re.escape(word[:-1])}" if word.endswith("*") else rf"\b{re.escape(word)}\b" for word in words]
    return re.compile("|".join(forms) or "(?!)", re.IGNORECASE)
