"""What the rest of kcds may know of a rules engine: facts in, findings out."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from kcds.model.facts import Fact
from kcds.model.findings import Findings


class RuleEngine(Protocol):
    """Answers all rules for one patient."""

    def evaluate(self, facts: Sequence[Fact], *, today: date) -> Findings:
        """Answer every rule for these facts on this day; raises EvaluationError where the answer cannot be trusted."""
        ...
