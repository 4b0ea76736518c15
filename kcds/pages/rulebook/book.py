"""The rulebook of one set of knowledge: its list, and a page for each rule, made when they are asked for."""

from collections import OrderedDict
from pathlib import Path
from threading import Lock

from kcds.knowledge.load import Knowledge
from kcds.knowledge.rule import Rule
from kcds.knowledge.run_cases import EngineFactory
from kcds.pages.rulebook.case_results import RuleCases, run_rule_cases
from kcds.pages.rulebook.page import RulePage, make_page
from kcds.pages.rulebook.stories import Stories, stories_by_rule

RULES_REMEMBERED = 64
"""Rules whose cases are kept as they were read and run."""


class Rulebook:
    """Reads and runs the cases of a rule when its page is first asked for, and keeps those of the last ones."""

    def __init__(self, knowledge: Knowledge, directories: tuple[Path, ...], make_engine: EngineFactory) -> None:
        """Read nothing yet. `directories`: that of the rules, then that of the overlay if there is one."""
        self.knowledge = knowledge
        self._directories = directories
        self._make_engine = make_engine
        self._cases: OrderedDict[str, RuleCases] = OrderedDict()
        self._stories: Stories | None = None
        self._lock = Lock()

    def find(self, rule_id: str) -> Rule | None:
        """Return a rule of this book."""
        return self.knowledge.rules_by_id.get(rule_id)

    def page(self, rule: Rule) -> RulePage:
        """Return all that stands on the page of a rule."""
        with self._lock:
            cases = self._cases_of(rule)
            if self._stories is None:
                self._stories = stories_by_rule(self.knowledge)
            stories = self._stories.get(rule.id, ())
        return make_page(rule, self.knowledge, cases, stories)

    def _cases_of(self, rule: Rule) -> RuleCases:
        found = self._cases.get(rule.id)
        if found is None:
            found = run_rule_cases(rule, self.knowledge, self._directories, self._make_engine)
            self._cases[rule.id] = found
            if len(self._cases) > RULES_REMEMBERED:
                self._cases.popitem(last=False)
        return found
