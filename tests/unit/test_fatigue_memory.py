"""What one call may ask the store: by keyed hashes, and for a quarter of a second in all."""

import time
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest
from fake_store import MemoryStore
from service_builders import NOON
from store_builders import KEYS

from kcds.auth.identity import Client
from kcds.model.dismissals import Dismissal
from kcds.outbound.deadline import Deadline
from kcds.store.keys import KeyRing
from kcds.web.memory import CallMemory


@dataclass
class Asked(MemoryStore):
    """Remembers until when it was asked."""

    deadlines: list[Deadline] = field(default_factory=list)

    def dismissals(self, client: str, patient_key: bytes, since: datetime, deadline: Deadline) -> tuple[Dismissal, ...]:
        self.deadlines.append(deadline)
        return super().dismissals(client, patient_key, since, deadline)

    def shown_before(self, view_key: bytes, advice: bytes, since: datetime, deadline: Deadline) -> bool:
        self.deadlines.append(deadline)
        return super().shown_before(view_key, advice, since, deadline)


def memory(store: MemoryStore, seconds: float = 4, keys: KeyRing = KEYS) -> CallMemory:
    return CallMemory(
        store=store,
        keys=keys,
        client=Client(issuer="ehr"),
        server="https://fhir.example.org",
        patient="pat-1",
        user="Practitioner/p1",
        deadline=Deadline.after(seconds),
    )


@pytest.mark.parametrize(("left", "most"), [(4, 0.25), (0.1, 0.1)], ids=["much time is left", "little time is left"])
def test_all_questions_of_a_call_have_one_short_deadline(left: float, most: float) -> None:
    store = Asked()
    of_call = memory(store, left)
    begun = time.monotonic()

    of_call.dismissed(NOON)
    of_call.was_told("a", "b", NOON)
    of_call.was_told("c", "b", NOON)

    assert len(store.deadlines) == 3
    assert len(set(store.deadlines)) == 1
    assert store.deadlines[0].ends <= begun + most + 1  # a second for a machine that is busy
    assert store.deadlines[0].ends <= of_call.deadline.ends


ANOTHER, TENANT = Client(issuer="another"), Client(issuer="ehr", tenant="practice-2")


@pytest.mark.parametrize(
    "other", [{"patient": "p"}, {"user": "Practitioner/p"}, {"client": ANOTHER}, {"client": TENANT}, {"server": "s"}]
)
def test_what_was_told_is_known_by_all_of_client_tenant_server_patient_and_user(other: dict[str, Any]) -> None:
    store = MemoryStore()
    told = memory(store)
    told.remember_told("topic", "said", NOON)

    assert told.was_told("topic", "said", NOON)
    assert not told.was_told("topic", "said otherwise", NOON)
    assert not told.was_told("another topic", "said", NOON)
    assert not replace(told, **other).was_told("topic", "said", NOON)
    assert not memory(store, keys=KeyRing(b"another secret")).was_told("topic", "said", NOON)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({"patient": "p"}, False),
        ({"client": ANOTHER}, False),
        ({"client": TENANT}, False),
        ({"server": "s"}, False),
        ({"user": "Practitioner/p"}, True),
    ],
)
def test_a_patient_is_known_by_client_tenant_server_and_id_whoever_the_user_is(
    other: dict[str, Any],
    same: bool,  # noqa: FBT001
) -> None:
    one = memory(MemoryStore())

    assert (replace(one, **other).patient_key == one.patient_key) is same
