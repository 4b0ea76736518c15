"""The whole service for tests: real rules, a fixed clock, samples and small requests, logs on screen."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

from builders import Json, bundle, patient, searchset
from fake_store import MemoryStore
from flask.testing import FlaskClient
from knowledge_builders import real_knowledge
from werkzeug.test import TestResponse

from kcds.advice.speaking import Audience
from kcds.auth.identity import Anybody, Authenticator, Client
from kcds.cli_input import moment_of
from kcds.engine.checked import CheckedEngine
from kcds.errors import UnauthorizedError
from kcds.fhir.validation import warm_up
from kcds.logs import configure_logs
from kcds.model.queries import Query
from kcds.outbound.deadline import Deadline
from kcds.service import AdviceService, Moment
from kcds.settings import Settings
from kcds.store.keys import KeyRing
from kcds.store.records import Store
from kcds.web.application import make_application
from kcds.web.parts import Parts

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SAMPLES = Path(__file__).parents[1] / "fhir_samples"
SAMPLE_NAMES = sorted(path.parent.name for path in SAMPLES.glob("*/request.json"))
INSTANCE = "5f1a9c1e-3e34-4f1e-9c0a-0d7b9f6f6a10"


@cache
def real_service() -> AdviceService:
    """The service over the shipped rules, built once as the program builds it: it keeps nothing of a request."""
    warm_up()
    return AdviceService(real_knowledge(), CheckedEngine(real_knowledge().active_rules))


class Nobody:
    """Lets nobody in."""

    def authenticate(self, authorization: str | None, path: str, deadline: Deadline) -> Client:  # noqa: ARG002
        raise UnauthorizedError


def noon(audience: Audience = Audience.PAIN) -> Moment:
    """The moment of the stories, as the command line makes it."""
    return moment_of(Path("story.json"), NOON, UTC, audience)


EHR = "https://ehr.example.org/fhir"
PUBLIC = "https://kcds.example.org/cds"


@dataclass(frozen=True)
class OneEhr:
    """Knows one EHR that opens the review page, by its FHIR server or the issuer of its tokens."""

    client: str = "https://ehr.example.org"
    public_keys: tuple[()] = ()

    def knows(self, server: str | None, client: str | None = None) -> bool:
        return server == EHR or client == self.client


def make_client(  # noqa: PLR0913 - parts of the service, each with its usual one
    audience: Audience = Audience.PAIN,
    service: AdviceService | None = None,
    clock: Callable[[], datetime] = lambda: NOON,
    store: Store | None = None,
    authenticator: Authenticator | None = None,
    *,
    keys: KeyRing | None = None,
    smart: Any = None,
    **settings: Any,
) -> FlaskClient:
    """A client of the whole application."""
    chosen = Settings(patient_view=audience, timezone="UTC", **settings)
    parts = Parts(
        service=service or real_service(),
        settings=chosen,
        store=store or MemoryStore(),
        authenticator=authenticator or Anybody(),
        clock=clock,
        keys=keys or KeyRing(b"a secret of these tests"),
        smart=smart,
    )
    return make_application(parts).test_client()


def post(client: FlaskClient, request: Json, service_id: str | None = None) -> TestResponse:
    """One hook call to the service of the request's hook."""
    return client.post(f"/cds-services/{service_id or 'ketamine-' + request['hook']}", json=request)


def cards_of(response: TestResponse) -> list[Json]:
    """The cards of an answer that must be 200."""
    assert response.status_code == 200, response.get_data(as_text=True)
    cards: list[Json] = response.get_json()["cards"]
    return cards


OUR_INSIDE = ("Traceback", "File ", ".py", "kcds.", "pydantic", "flask", "werkzeug", "orjson", "Error(")
"""What no caller is ever told."""


def assert_readable(response: TestResponse) -> None:
    """An OperationOutcome with one issue, and nothing of our insides."""
    body = response.get_json(force=True)
    assert response.content_type == "application/fhir+json"
    assert body["resourceType"] == "OperationOutcome"
    (issue,) = body["issue"]
    assert issue["severity"] == "error"
    assert issue["diagnostics"]
    text = response.get_data(as_text=True)
    assert [inside for inside in OUR_INSIDE if inside in text] == []


def advice_of(cards: list[Json]) -> list[Json]:
    """What the cards say in the extension, without the time."""
    return [card["extension"]["org.kcds.advice"] | {"evaluatedAt": ""} for card in cards]


def without_uuids(value: Any) -> Any:
    """The same JSON with every uuid member left out."""
    if isinstance(value, dict):
        return {name: without_uuids(item) for name, item in value.items() if name != "uuid"}
    return [without_uuids(item) for item in value] if isinstance(value, list) else value


def sample(name: str, file: str = "request.json") -> Json:
    """One file of a sample story."""
    content: Json = json.loads((SAMPLES / name / file).read_text(encoding="utf-8"))
    return content


def hook_call(hook: str = "patient-view", /, **answers: list[Json] | None) -> Json:
    """A small request of one patient: every prefetch key is answered, with these resources or with nothing."""
    prefetch: Json = {query.value: None for query in Query} | {"patient": patient()}
    prefetch |= {key: searchset(*found) if isinstance(found, list) else found for key, found in answers.items()}
    return {
        "hook": hook,
        "hookInstance": INSTANCE,
        "context": {"userId": "Practitioner/p1", "patientId": "pat-1"},
        "prefetch": prefetch,
    }


def order_call(*drafts: Json, selected: list[str] | None = None, **answers: list[Json] | None) -> Json:
    """A request about drafted orders: order-select where something is (or nothing is) selected, else order-sign."""
    request = hook_call("order-sign" if selected is None else "order-select", **answers)
    request["context"]["draftOrders"] = bundle(*drafts)
    if selected is not None:
        request["context"]["selections"] = selected
    return request


def free_port() -> int:
    """A port of this machine that is free now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def logs(level: str = "INFO", log_format: str = "json") -> Iterator[StringIO]:
    """What is logged meanwhile."""
    stream = StringIO()
    configure_logs(Settings(log_level=level, log_format=log_format), stream)
    yield stream
