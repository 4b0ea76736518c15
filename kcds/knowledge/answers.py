"""Answers: what a coded answer scores, and what a written status reason means.

Both are closed lists of `rules/terminology/`. A phrase counts only as the whole text; this is terminology, not the
reading of free text (CONVENTIONS 2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from kcds.errors import Fault
from kcds.knowledge.tables import read_table
from kcds.model.code_systems import normalise_system

OUTCOMES = frozenset({"ineffective", "not-tolerated", "contraindicated"})


@dataclass(frozen=True, slots=True)
class Answers:
    """Scores of coded answers by (system, code), and outcomes of status reasons by phrase in lower case."""

    scores: Mapping[tuple[str, str], Decimal]
    stop_phrases: Mapping[str, str]


def load_answers(directory: Path, faults: list[Fault]) -> Answers:
    """Read both lists; what is wrong with them goes into `faults`."""
    scores: dict[tuple[str, str], Decimal] = {}
    for code, system, score, _ in read_table(
        directory / "answer_scores.csv", ("code", "system", "score", "display"), faults
    ):
        try:
            scores[normalise_system(system) or system, code] = Decimal(score)
        except InvalidOperation:
            faults.append(Fault("terminology/answer_scores.csv", code, "score is not a number.", "Write 0, 1, 2 or 3."))
    phrases: dict[str, str] = {}
    for phrase, outcome in read_table(directory / "stop_reason_phrases.csv", ("phrase", "outcome"), faults):
        phrases[phrase] = outcome
        if outcome not in OUTCOMES or phrase != phrase.strip().lower():
            problem = "is not in lower case, or its outcome is unknown."
            faults.append(Fault("terminology/stop_reason_phrases.csv", phrase, problem, f"Use {sorted(OUTCOMES)}."))
    return Answers(scores, phrases)
