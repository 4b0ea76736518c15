"""Drives durable-rules through its C extension, and is the only place that does (ADR 0001 says why so carefully).

A `Handle` is one ruleset in C memory, used by one request at a time: facts in, matches out, memory emptied and proved
empty. Whatever goes wrong inside retires the handle for good: nobody knows what state C is in. A retired handle is
not freed, for the same reason. Handles are made when first needed, so never before a fork.
"""

import threading
from collections.abc import Sequence
from datetime import date

import durable_rules_engine as c_engine
import orjson

from kcds.engine.compile import END, Compiled, compile_stage
from kcds.engine.encode import SESSION
from kcds.engine.memory import Item
from kcds.engine.stages import Row, Stage, evaluate_stages, stages_of
from kcds.errors import EvaluationError
from kcds.knowledge.rule import Rule
from kcds.model.facts import Fact
from kcds.model.findings import Findings

MOST_HANDLES = 8
"""Handles of one stage; requests beyond wait for one."""

MOST_RETIRED = 8
"""A retired handle is never freed (5 MB, 9 if it failed in the middle): after so many the process should be ended."""

_LONGEST_WAIT = 1.0  # seconds; an evaluation takes milliseconds, so longer waits are for nothing
_GONE = "error code: 309"  # session not found
_EVERY_FACT = f'"sid":"{SESSION}"'  # stands once in each fact, and cannot stand in its values
_STORED, _UNREAD = 0, 1  # return codes of an assertion; 1: no rule looks at this fact, and it is not kept
_NO_FACT = f'{{"id":"none","sid":"{SESSION}","none":1}}'


class DurableRuleEngine:
    """Evaluates rules with durable-rules; may be shared by threads."""

    def __init__(self, rules: Sequence[Rule], stages: tuple[Stage, ...] | None = None) -> None:
        """Compile the rules (`stages`: if already prepared); raises KnowledgeError. Touches no C memory yet."""
        self.stages = stages_of(rules) if stages is None else stages
        self._pools = {stage.name: Pool(compile_stage(stage)) for stage in self.stages}

    def evaluate(self, facts: Sequence[Fact], *, today: date) -> Findings:
        """Answer every rule for these facts on this day; raises EvaluationError."""
        return evaluate_stages(self.stages, self.match, facts, today=today)

    def match(self, stage: Stage, items: Sequence[Item], today: date) -> dict[int, list[Row]]:
        """Return the rows of the groups of the stage."""
        if not stage.prepared.groups:
            return {}
        return self._pools[stage.name].evaluate(items, today)

    @property
    def retired(self) -> int:
        """How many handles were retired so far."""
        return sum(pool.retired for pool in self._pools.values())

    def get_ready(self) -> None:
        """Do for the next request what can be done before its facts are there; raises nothing."""
        for pool in self._pools.values():
            pool.get_ready()

    def retire(self) -> None:
        """Use none of the present handles again."""
        for pool in self._pools.values():
            pool.retire()


class Pool:
    """Handles of one stage, each lent to one request at a time."""

    def __init__(self, compiled: Compiled, size: int = MOST_HANDLES) -> None:
        """Make room for handles; none is made yet."""
        self._compiled = compiled
        self._places = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()
        self._idle: list[Handle] = []
        self._generation = 0
        self.retired = 0

    def evaluate(self, items: Sequence[Item], today: date) -> dict[int, list[Row]]:
        """Match facts with a handle of the pool; raises EvaluationError."""
        messages, triggers = self._compiled.writers.messages(items), self._compiled.trigger_messages(today)
        if not self._places.acquire(timeout=_LONGEST_WAIT):
            raise EvaluationError("no rules engine became free in time")
        try:
            handle = self._lend()
            try:
                return handle.evaluate(messages, triggers)
            finally:
                self._give_back(handle)
        finally:
            self._places.release()

    def get_ready(self) -> None:
        """Get the handle ready that the next request will be lent."""
        with self._lock:
            if self._idle and not self._idle[-1].get_ready():
                self._idle.pop()
                self.retired += 1

    def retire(self) -> None:
        """Use none of the present handles again, lent ones included."""
        with self._lock:
            self._generation += 1
            self.retired += len(self._idle)
            self._idle.clear()

    def _lend(self) -> "Handle":
        """Take an idle handle, or make a new one."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
            generation = self._generation
        try:
            return Handle(self._compiled, generation)
        except BaseException:
            with self._lock:
                self.retired += 1  # what was built of it stays in memory too
            raise

    def _give_back(self, handle: "Handle") -> None:
        """Keep a handle for the next request, unless it is retired."""
        with self._lock:
            if handle.broken or handle.generation != self._generation:
                self.retired += 1
            else:
                self._idle.append(handle)


class Handle:
    """One ruleset in C memory. Not for two requests at once."""

    def __init__(self, compiled: Compiled, generation: int) -> None:
        """Build the ruleset and run it once: the C code frees memory that it never set, unless a rule has fired."""
        self.generation = generation
        self.broken = False
        self._compiled = compiled
        try:
            self._number = c_engine.create_ruleset("kcds", compiled.definition)
        except Exception as error:  # noqa: BLE001 - the C extension raises Exception itself
            raise EvaluationError(f"the rules engine could not be built ({type(error).__name__})") from None
        self.evaluate([], compiled.trigger_messages(date(2000, 1, 1)))

    def evaluate(self, messages: Sequence[str], triggers: Sequence[str]) -> dict[int, list[Row]]:
        """Match facts; return the rows of the groups. Leaves nothing behind, or is broken."""
        if self.broken:
            raise EvaluationError("the rules engine is retired")
        self.broken = True  # until everything went well
        try:
            offset = self._assert_all(messages, triggers)
            rows = self._rows(offset)
            self._empty()
        except EvaluationError:
            raise
        except Exception as error:  # noqa: BLE001 - the C extension raises Exception itself
            failure = type(error).__name__
        else:
            self.broken = False
            return rows
        raise EvaluationError(f"the rules engine failed ({failure})")  # out here: the error's text may hold facts

    def get_ready(self) -> bool:
        """Begin the session of the next request, and say whether it has begun; otherwise the handle is broken.

        The C code sets 4 MB anew for each session: a good part of an evaluation, which nobody has to wait for.
        """
        try:
            code, _ = c_engine.assert_fact(self._number, _NO_FACT)
        except Exception:  # noqa: BLE001 - the C extension raises Exception itself
            code = None
        self.broken = code != _UNREAD
        return not self.broken

    def _assert_all(self, messages: Sequence[str], triggers: Sequence[str]) -> int:
        """Assert facts one by one, triggers last, and count what arrived."""
        stored = 0
        for message in messages:
            code, _ = c_engine.assert_fact(self._number, message)
            if code not in {_STORED, _UNREAD}:
                raise EvaluationError(f"the rules engine refused a fact (code {code})")
            stored += code == _STORED
        offset = 0
        for message in triggers:
            code, offset = c_engine.assert_fact(self._number, message)
            if code != _STORED:
                raise EvaluationError(f"the rules engine refused a trigger (code {code})")
        if c_engine.get_facts(self._number, SESSION).count(_EVERY_FACT) != stored + len(triggers):
            raise EvaluationError("the rules engine lost facts")
        return int(offset)

    def _rows(self, offset: int) -> dict[int, list[Row]]:
        """Drain the agenda; the end rule must fire exactly once, and last."""
        rows: dict[int, list[Row]] = {}
        ended = 0
        started = c_engine.start_action_for_state(self._number, offset)
        message = started and started[1]
        while message:
            ((name, matches),) = orjson.loads(message).items()
            if ended:
                raise EvaluationError("the rules engine went on after its end")
            if name == END:
                ended += 1
            else:
                group = int(name.partition(".")[0])
                aliases = self._compiled.aliases[group]  # without the trigger
                found = [tuple([int(match[alias]["id"][1:]) for alias in aliases]) for match in matches]
                rows.setdefault(group, []).extend(found)
            message = c_engine.complete_and_start_action(self._number, offset)
        if ended != 1:
            raise EvaluationError("the rules engine did not come to its end")
        for of_group in rows.values():
            of_group.sort()
        for group in self._compiled.absences:
            if rows.pop(group, None) is None:
                rows[group] = [()]
        return rows

    def _empty(self) -> None:
        """Delete the session and prove that it is gone."""
        c_engine.delete_state(self._number, SESSION)
        try:
            c_engine.get_facts(self._number, SESSION)
        except Exception as error:
            if str(error).endswith(_GONE):
                return
            raise
        raise EvaluationError("the rules engine kept facts")
