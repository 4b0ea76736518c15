"""An invented store of calls, cards and feedback, for the feedback page: always the same for the same numbers."""

import random
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from uuid import UUID

from store_builders import KEYS

from kcds.knowledge.override_reasons import OVERRIDE_SYSTEM
from kcds.settings import Settings
from kcds.store.database import Database
from kcds.store.opening import open_store
from kcds.store.places import find_places
from kcds.store.queries import add_calls, add_feedback
from kcds.store.records import CallRecord, CardRecord, FeedbackRecord, RuleAnswer

SERVICES = ("ketamine-patient-view", "ketamine-order-select", "ketamine-order-sign")
REASONS = ("benefit-outweighs-risk", "specialist-agreed", "data-wrong", "done-elsewhere", "not-relevant")


def seed(  # noqa: PLR0913 - the parts of what is invented
    settings: Settings,
    rules: Sequence[tuple[str, str]],
    *,
    until: datetime,
    calls: int = 5000,
    days: int = 91,
    knowledge: Sequence[str] = ("2026.09.1", "2026.11.1"),
    answers: int = 12,
) -> None:
    """Fill the store of these settings with calls of the days before `until`, about these rules and versions."""
    open_store(settings, KEYS, count=lambda _: None, clock=lambda: until).close()
    chance = random.Random(6)  # noqa: S311 - invented, always the same
    with closing(Database(find_places(settings).kept)) as kept:
        for begin in range(0, calls, 1000):
            made = [_call(chance, rules, until, days, knowledge, answers) for _ in range(min(1000, calls - begin))]
            with kept.transaction() as connection:
                add_calls(connection, [(str(one.id), one) for one in made])
                add_feedback(connection, [(entry, None) for one in made for entry in _feedback(chance, one)])


def _call(  # noqa: PLR0913, PLR0917 - as above
    chance: random.Random,
    rules: Sequence[tuple[str, str]],
    until: datetime,
    days: int,
    knowledge: Sequence[str],
    answers: int,
) -> CallRecord:
    age = chance.random()
    at = until - timedelta(seconds=1) - age * timedelta(days=days)
    weights = [1 / (number + 1) for number in range(len(rules))]
    found = sorted(set(chance.choices(rules, weights, k=answers)))
    told = tuple(
        RuleAnswer(rule=rule, version=version, status="applies" if chance.random() < 0.7 else "data-required")
        for rule, version in found
    )
    silent = chance.random() < 0.02
    cards = tuple(
        CardRecord(
            uuid=_uuid(chance), topic="suitability", indicator="warning", shown=not silent, rules=told[part : part + 2]
        )
        for part in (0, 2)
        if told[part : part + 2] and chance.random() < 0.6
    )
    return CallRecord(
        id=_uuid(chance),
        at=at,
        client=chance.choices(("https://ehr.example.org", "https://other.example.org"), (4, 1))[0],
        service=chance.choice(SERVICES),
        hook_instance=_uuid(chance),
        knowledge_version=knowledge[-1] if age < 0.4 else knowledge[0],
        mode="silent" if silent else "live",
        disposition="contraindicated",
        milliseconds=chance.lognormvariate(3, 0.5),
        rules=told,
        cards=cards,
    )


def _feedback(chance: random.Random, call: CallRecord) -> list[FeedbackRecord]:
    entries = []
    for card in call.cards:
        luck = chance.random()
        resented = len(card.rules[0].rule) % 7 == 0
        if not card.shown or luck < (0.02 if resented else 0.25):
            continue
        accepted = luck > (0.98 if resented else 0.7)
        reason = None if accepted or luck < 0.3 else chance.choices(REASONS, (50, 15, 0.3, 20, 0.1))[0]
        entries.append(
            FeedbackRecord(
                client=call.client,
                service=call.service,
                card=str(card.uuid),
                outcome="accepted" if accepted else "overridden",
                outcome_at=call.at + timedelta(minutes=1),
                received_at=call.at + timedelta(minutes=2),
                reason_code=reason,
                reason_system=OVERRIDE_SYSTEM if reason else None,
            )
        )
    return entries


def _uuid(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)
