"""Wiring of what gives advice: knowledge and engine. `kcds.app` puts the server around it; nothing else wires."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from kcds.engine.checked import CheckedEngine
from kcds.fhir.validation import warm_up
from kcds.knowledge.load import load_knowledge
from kcds.service import AdviceService


def make_service(
    rules: Path | None = None,
    *,
    as_of: date | None = None,
    overlay: Path | None = None,
    on_disagreement: Callable[[Sequence[str]], None] = lambda _rules: None,
) -> AdviceService:
    """Load the knowledge, with what a site changes in it, and build the engine; raises KnowledgeError, every fault."""
    knowledge = load_knowledge(rules, as_of=as_of, overlay=overlay)
    warm_up()
    return AdviceService(knowledge, CheckedEngine(knowledge.active_rules, on_disagreement=on_disagreement))
