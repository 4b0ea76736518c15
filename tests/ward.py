"""One ward with alert fatigue on: it asks, dismisses and waits."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from builders import Json
from fake_store import MemoryStore
from law_stories import CANDIDATE, add, order_of, problem, story, with_order
from service_builders import NOON, cards_of, make_client
from store_builders import KEYS

from kcds.auth.identity import Client
from kcds.model.queries import Query
from kcds.outbound.deadline import Deadline
from kcds.store.keys import KeyRing
from kcds.store.records import Store

KETAMINE = "6130"
MANIA, HYPERTENSION, OPIOID_USE_DISORDER = "F30.9", "I10", "F11.20"
"""A soft stop, a caution, a hard stop."""
SUITABILITY, STOP, CAUTION, MONITORING = (
    f"Ketamine{name}" for name in ("Suitability", "Contraindication", "Caution", "Monitoring")
)


class ByName:
    """Whoever says a name is that client."""

    def authenticate(self, authorization: str | None, path: str, deadline: Deadline) -> Client:  # noqa: ARG002
        return Client(issuer=authorization or "ward")


class Ward:
    """A client of the whole service, its store and its clock."""

    def __init__(self, store: Store | None = None, keys: KeyRing = KEYS, **settings: Any) -> None:
        self.now = NOON
        self.store = store or MemoryStore()
        chosen = {"alert_fatigue": "on"} | settings
        self.client = make_client(clock=lambda: self.now, store=self.store, authenticator=ByName(), keys=keys, **chosen)

    def ask(self, request: Json, client: str = "ward") -> dict[str, Json]:
        """The cards of a call, by their topic."""
        service = f"/cds-services/ketamine-{request['hook']}"
        cards = cards_of(self.client.post(service, json=request, headers={"Authorization": client}))
        return {card["source"]["topic"]["code"]: card for card in cards}

    def tell(self, entry: Json, client: str = "ward", service: str = "ketamine-order-sign") -> None:
        """Send one entry of feedback."""
        response = self.client.post(
            f"/cds-services/{service}/feedback", json={"feedback": [entry]}, headers={"Authorization": client}
        )
        assert response.status_code == 200, response.get_data(as_text=True)

    def dismiss(self, *cards: Json, reason: str = "not-relevant", at: datetime | None = None, **entry: Any) -> None:
        """Override cards, for one of our reasons unless `entry` says otherwise."""
        why = {"overrideReason": {"reason": {"code": reason, "system": "urn:kcds:override-reason"}}}
        for card in cards:
            about = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": (at or self.now).isoformat()}
            self.tell(about | why | entry)

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)


def viewed(*problems: str) -> Json:
    """The chart of the candidate is opened, with these problems besides."""
    request = story(CANDIDATE)
    for code in problems:
        add(request, Query.CONDITIONS, problem(code))
    return request


def signed(*problems: str) -> Json:
    """Ketamine is signed for the candidate, with these problems besides."""
    return with_order(viewed(*problems), order_of(KETAMINE))


def selected(*problems: str) -> Json:
    """Ketamine is selected for the candidate, with these problems besides."""
    request = signed(*problems)
    request["hook"] = "order-select"
    request["context"]["selections"] = ["MedicationRequest/law-order"]
    return request


def of_patient(request: Json, patient_id: str) -> Json:
    """The same call about another patient."""
    known = request["context"]["patientId"]
    other: Json = json.loads(json.dumps(request).replace(known, patient_id))
    return other


def quiet_of(card: Mapping[str, Any]) -> Json:
    """What a card says about alert fatigue."""
    quiet: Json = card["extension"]["org.kcds.advice"]["quiet"]
    return quiet
