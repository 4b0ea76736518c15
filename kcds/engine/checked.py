"""The engine of production: whatever facts a rule matches is found twice, and only agreement is an answer."""

from collections.abc import Callable, Sequence
from datetime import date

from kcds.engine.durable import MOST_RETIRED, DurableRuleEngine
from kcds.engine.memory import Item
from kcds.engine.reference import ReferenceEngine
from kcds.engine.stages import Rows, Stage, evaluate_stages, stages_of
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
        stages = stages_of(rules)
        self._durable = DurableRuleEngine(rules, stages)
        self._reference = ReferenceEngine(rules, stages)
        self._on_disagreement = on_disagreement

    @property
    def retired(self) -> int:
        """How many durable-rules handles were retired so far."""
        return self._durable.retired

    @property
    def worn_out(self) -> bool:
        """Whether so many handles were retired that the process should end, in order: their memory is never freed."""
        return self.retired >= MOST_RETIRED

    def get_ready(self) -> None:
        """Do for the next request what can be done before its facts are there; raises nothing, and may be left out."""
        self._durable.get_ready()

    def evaluate(self, facts: Sequence[Fact], *, today: date) -> Findings:
        """Answer every rule; raises EvaluationError, with rule ids only, where the engines disagree."""
        return evaluate_stages(self._durable.stages, self._match, facts, today=today)

    def _match(self, stage: Stage, items: Sequence[Item], today: date) -> Rows:
        """Return the rows of every group that both engines found.

        They are compared here, before the answers: from equal rows both would make the same answers, in the same code.
        """
        expected = self._reference.match(stage, items, today)  # first: it refuses what would be too much for C
        found = self._durable.match(stage, items, today)
        if found != expected:
            self._durable.retire()
            wrong = {number for number in {*found, *expected} if found.get(number) != expected.get(number)}
            rules = [rule.id for rule in stage.prepared.rules if not wrong.isdisjoint((*rule.scope, *rule.when))]
            self._on_disagreement(rules)
            raise EvaluationError(f"the rules engines disagree on {', '.join(rules)}")
        return found
