"""Suggestions: offers of one action each. Nothing is ordered, changed or blocked by kcds itself."""

import re
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from kcds.advice.weigh import Advised
from kcds.cds_hooks.card import Action, Suggestion
from kcds.knowledge.rule import Suggestion as RuleSuggestion
from kcds.model.facts import Treatment

NewUuid = Callable[[], UUID]

_RELATIVE = re.compile(r"[A-Za-z]+/[A-Za-z0-9\-.]+")
"""What the standard asks of `resourceId`; a draft without id has none, and no client could tell which one is meant.

Epic's drafts have ids of nearly 200 characters, three times what FHIR allows.
"""


def offer_tests(entries: Iterable[Advised], patient_id: str, new_uuid: NewUuid) -> tuple[Suggestion, ...]:
    """Offer to order the tests that the rules of these findings ask for, each once."""
    applying = (advised.rule for advised in entries if advised.applies)
    wanted = {suggestion.order.code: suggestion for rule in applying for suggestion in rule.suggestions}
    return tuple(
        Suggestion(
            label=suggestion.label,
            uuid=new_uuid(),
            actions=(
                Action(type="create", description=suggestion.label, resource=_service_request(suggestion, patient_id)),
            ),
        )
        for suggestion in wanted.values()
    )


def offer_to_withdraw(drafts: Iterable[Treatment], new_uuid: NewUuid) -> tuple[Suggestion, ...]:
    """Offer to delete each drafted order of ketamine or esketamine that the client has given an id."""
    return tuple(
        Suggestion(
            label=label,
            uuid=new_uuid(),
            actions=(Action(type="delete", description=label, resourceId=draft.sources[0]),),
        )
        for draft in drafts
        if _RELATIVE.fullmatch(draft.sources[0])
        for label in [f"Take back the drafted order: {draft.label or draft.drug}"]
    )


def _service_request(suggestion: RuleSuggestion, patient_id: str) -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "proposal",
        "code": {"coding": [suggestion.order.model_dump()], "text": suggestion.order.display},
        "subject": {"reference": f"Patient/{patient_id}"},
    }
