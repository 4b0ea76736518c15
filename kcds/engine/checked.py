"""The engine of production: every request is answered twice, and only agreement is an answer."""

from collections.abc import Callable, Sequence
from datetime import date

from kcds.engine.durable import DurableRuleEngine
from kcds.engine.reference import ReferenceEngine
from kcds.errors import EvaluationError
from kcds.knowledge.rule import Rule
from kcds.model.facts import Fact
from kcds.model.findings import Findings


class CheckedEngine:
    """Answers with durable-rules, and refuses to where the reference evaluator disagrees; may be shared by threads."""

    def __init__(
        self,
        rules: Sequence[Rule],
        *,
        on_disagreement: Callable[[Sequence[str]], None] = lambda _rules: None,
    ) -> None:
        """Prepare both engines; raises KnowledgeError. `on_disagreement` is told the rule ids, for logs and metrics."""
        self._durable = DurableRuleEngine(rules)
        self._reference = ReferenceEngine(rules)
        self._on_disagreement = on_disagreement

    @property
    def retired(self) -> int:
        """How many durable-rules handles were retired so far."""
        return self._durable.retired

    def evaluate(self, facts: Sequence[Fact], *, today: date) -> Findings:
        """Answer every rule; raises EvaluationError, with rule ids only, where the engines disagree."""
        expected = self._reference.evaluate(facts, today=today)  # first: it refuses what would be too much for C
        answered = self._durable.evaluate(facts, today=today)
        if answered != expected:
            self._durable.retire()
            rules = disagreeing(answered, expected)
            self._on_disagreement(rules)
            raise EvaluationError(f"the rules engines disagree on {', '.join(rules)}")
        return answered


def disagreeing(one: Findings, other: Findings) -> tuple[str, ...]:
    """Return the ids of the rules on which two sets of findings differ."""
    rules = sorted({finding.rule for finding in (*one.all, *other.all)})
    answers = [{finding.rule: finding for finding in findings.all} for findings in (one, other)]
    return tuple(rule for rule in rules if answers[0].get(rule) != answers[1].get(rule))
