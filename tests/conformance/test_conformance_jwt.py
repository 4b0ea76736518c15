"""Client authentication (checklist 8, JWT): two processes of the service, and tokens made from the standard alone."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4

import jwt
import pytest
from builders import Json
from client_tokens import KeyServer, compact, encoded, hmac_signer, key_server, signing_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fhir_server import fhir_server
from running_kcds import Answer, Kcds, running_kcds
from service_builders import hook_call

ISSUER = "https://ehr.example.org"
VIEW = "/cds-services/ketamine-patient-view"
FEEDBACK = f"{VIEW}/feedback"
PATHS = ["/cds-services", VIEW, FEEDBACK]
TYPED = "typed-by-hand"
ES384, RS384, ES256 = signing_key("ES384"), signing_key("RS384"), signing_key("ES256")
STRANGER = signing_key("ES384", kid="stranger")
ENTRY = {"card": str(uuid4()), "outcome": "overridden", "outcomeTimestamp": "2026-11-21T10:00:00Z"}


@dataclass(frozen=True)
class Protected:
    """The service, and the client's key server."""

    kcds: Kcds
    keys: KeyServer

    def call(self, path: str, authorization: str | None) -> Answer:
        headers = {} if authorization is None else {"Authorization": authorization}
        if path == "/cds-services":
            return self.kcds.call("GET", path, **headers)
        return self.kcds.call("POST", path, {"feedback": [ENTRY]} if path == FEEDBACK else hook_call(), **headers)

    def claims(self, path: str, **changes: Any) -> Json:
        now = int(time.time())
        whole = {"iss": ISSUER, "aud": self.kcds.url + path, "exp": now + 300, "iat": now, "jti": str(uuid4())}
        return {name: value for name, value in (whole | changes).items() if value is not ...}

    def token(self, path: str, key: Any = ES384, head: Json | None = None, **changes: Any) -> str:
        """A token for the endpoint, signed by PyJWT."""
        headers = {"kid": key.kid, "jku": self.keys.address} | (head or {})
        kept = {name: value for name, value in headers.items() if value is not ...}
        return jwt.encode(self.claims(path, **changes), key.private, algorithm=key.alg, headers=kept)

    def status(self, path: str, token: str) -> int:
        return self.call(path, f"Bearer {token}").status


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Protected]:
    """Two processes that require authentication; the client is in the clients file."""
    with key_server(ES384, RS384, ES256) as keys:
        file = tmp_path_factory.mktemp("clients") / "clients.yaml"
        file.write_text(f"- issuer: {ISSUER}\n  jku: {keys.address}\n  audience: [{TYPED}]\n")
        with running_kcds(workers=2, auth="required", clients_file=str(file), log_level="DEBUG") as running:
            yield Protected(running, keys)


@cache
def public_pem() -> bytes:
    pem: bytes = RS384.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem


@pytest.mark.checklist("JWT-1", "FB-6", "DISC-9")
@pytest.mark.parametrize("path", PATHS)
def test_jwt_1_every_call_with_a_good_token_is_answered(service: Protected, path: str) -> None:
    assert service.status(path, service.token(path)) == 200


@pytest.mark.checklist("JWT-1", "FB-6", "DISC-9")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Basic YTpi", "bearer"])
def test_jwt_1_every_call_without_a_token_is_refused(service: Protected, path: str, header: str | None) -> None:
    answer = service.call(path, header)

    assert answer.status == 401
    assert answer.json["resourceType"] == "OperationOutcome"
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.checklist("JWT-1")
def test_jwt_1_a_token_under_another_scheme_is_refused(service: Protected) -> None:
    token = service.token(VIEW)

    assert service.call(VIEW, f"Basic {token}").status == 401
    assert service.call(VIEW, token).status == 401


FORGED: dict[str, Callable[[Protected], str]] = {
    "alg none": lambda s: compact({"alg": "none", "typ": "JWT", "kid": "key-ES384"}, s.claims(VIEW), lambda _: b""),
    "alg none, no header of its own": lambda s: f"{encoded({'alg': 'None', 'typ': 'JWT'})}.{encoded(s.claims(VIEW))}.",
    "HMAC with the public key": lambda s: compact(
        {"alg": "HS256", "typ": "JWT", "kid": RS384.kid}, s.claims(VIEW), hmac_signer("HS256", public_pem())
    ),
    "HMAC with the published key": lambda s: compact(
        {"alg": "HS384", "typ": "JWT", "kid": ES384.kid},
        s.claims(VIEW),
        hmac_signer("HS384", json.dumps(ES384.jwk()).encode()),
    ),
    "HMAC with nothing": lambda s: compact(
        {"alg": "HS512", "typ": "JWT", "kid": ES384.kid}, s.claims(VIEW), hmac_signer("HS512", b"")
    ),
}


@pytest.mark.checklist("JWT-2")
@pytest.mark.parametrize("forgery", FORGED)
def test_jwt_2_a_token_without_an_asymmetric_signature_is_refused(service: Protected, forgery: str) -> None:
    assert service.status(VIEW, FORGED[forgery](service)) == 401


@pytest.mark.checklist("JWT-3")
@pytest.mark.parametrize("key", [ES384, RS384, ES256], ids=lambda key: key.alg)
def test_jwt_3_the_recommended_algorithms_are_taken(service: Protected, key: Any) -> None:
    assert service.status(VIEW, service.token(VIEW, key)) == 200


@pytest.mark.checklist("JWT-4")
@pytest.mark.parametrize(
    "head",
    [{"kid": ...}, {"kid": "unknown"}, {"typ": "at+jwt"}, {"crit": ["exp"]}, {"kid": "key-RS384"}],
    ids=str,
)
def test_jwt_4_a_header_that_is_not_as_the_standard_has_it_is_refused(service: Protected, head: Json) -> None:
    assert service.status(VIEW, service.token(VIEW, head=head)) == 401


@pytest.mark.checklist("JWT-4")
def test_jwt_4_the_header_jku_may_be_left_out_and_is_never_fetched_if_it_is_another(service: Protected) -> None:
    with fhir_server() as elsewhere:
        refused = service.status(VIEW, service.token(VIEW, STRANGER, head={"jku": f"{elsewhere.base}/jwks.json"}))

        assert refused == 401
        assert elsewhere.asked == []
    assert service.status(VIEW, service.token(VIEW, head={"jku": ...})) == 200


@pytest.mark.checklist("JWT-4")
def test_jwt_4_a_key_that_the_client_has_just_published_is_taken(service: Protected) -> None:
    rotated = signing_key("ES384", kid="rotated")
    service.keys.publish(ES384, RS384, ES256, rotated)

    assert service.status(VIEW, service.token(VIEW, rotated)) == 200


@pytest.mark.checklist("JWT-3", "JWT-4", "JWT-7")
def test_jwt_4_a_token_as_epic_makes_it_is_taken(service: Protected) -> None:
    epic, now = signing_key("RS384", kid="d3bmo5HzW61TUgikHZH+A8Tx4UOXz2iOs4KvVU4eLY0="), int(time.time())
    service.keys.publish(ES384, RS384, ES256, epic)

    token = service.token(VIEW, epic, aud=TYPED, exp=now + 900, nbf=now - 300, sub="12345678-ce08-4ac7-ac0c")

    assert service.status(VIEW, token) == 200


@pytest.mark.checklist("JWT-5")
@pytest.mark.parametrize("claim", ["iss", "aud", "exp", "iat", "jti"])
@pytest.mark.parametrize("value", [..., None, "", [], True], ids=repr)
def test_jwt_5_every_required_claim_has_to_be_there(service: Protected, claim: str, value: Any) -> None:
    token = compact(
        {"alg": "ES384", "typ": "JWT", "kid": ES384.kid}, service.claims(VIEW, **{claim: value}), ES384.sign
    )

    assert service.status(VIEW, token) == 401


@pytest.mark.checklist("JWT-5")
def test_jwt_5_an_issuer_that_is_not_listed_is_refused_even_with_a_listed_key(service: Protected) -> None:
    assert service.status(VIEW, service.token(VIEW, iss="https://other.example.org")) == 401
    assert service.status(VIEW, service.token(VIEW, iss=f"{ISSUER}/")) == 401
    assert service.status(VIEW, service.token(VIEW, STRANGER, head={"kid": ES384.kid})) == 401


@pytest.mark.checklist("JWT-5")
def test_jwt_5_a_tenant_may_be_named(service: Protected) -> None:
    assert service.status(VIEW, service.token(VIEW, tenant="hospital-1")) == 200


@pytest.mark.checklist("JWT-6", "FB-6")
@pytest.mark.parametrize("path", PATHS)
def test_jwt_6_the_audience_is_the_endpoint_alone_or_in_a_list_or_what_was_configured(
    service: Protected, path: str
) -> None:
    url = service.kcds.url + path

    for audience in (url, [url], ["https://other.example.org", url], f"{url}/", TYPED):
        assert service.status(path, service.token(path, aud=audience)) == 200


@pytest.mark.checklist("JWT-6", "FB-6")
@pytest.mark.parametrize("path", PATHS)
def test_jwt_6_a_token_for_another_endpoint_is_refused(service: Protected, path: str) -> None:
    others = [service.kcds.url + other for other in PATHS if other != path]

    for audience in (*others, service.kcds.url, f"{service.kcds.url}{path}?x=1", f"https://evil.example{path}", []):
        assert service.status(path, service.token(path, aud=audience)) == 401


@pytest.mark.checklist("JWT-7")
@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param({"iat": -10, "exp": 890, "nbf": -310}, 200, id="as Epic sends it"),
        pytest.param({"iat": 20, "exp": 320}, 200, id="a clock that is a little ahead"),
        pytest.param({"iat": -320, "exp": -20}, 200, id="a clock that is a little behind"),
        pytest.param({"iat": -900, "exp": -600}, 401, id="expired"),
        pytest.param({"iat": 0, "exp": 600, "nbf": 300}, 401, id="not yet valid"),
        pytest.param({"iat": 900, "exp": 1200}, 401, id="issued in the future"),
        pytest.param({"iat": 0, "exp": 10 * 365 * 86400}, 401, id="valid for ten years"),
    ],
)
def test_jwt_7_times_hold_with_a_small_leeway(service: Protected, seconds: dict[str, int], expected: int) -> None:
    now = int(time.time())

    assert service.status(VIEW, service.token(VIEW, **{name: now + n for name, n in seconds.items()})) == expected


@pytest.mark.checklist("JWT-8")
def test_jwt_8_a_token_is_good_once_over_all_processes(service: Protected) -> None:
    token = service.token(VIEW)

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(lambda _: service.status(VIEW, token), range(16)))

    assert sorted(statuses) == [200] + [401] * 15


@pytest.mark.checklist("JWT-8")
def test_jwt_8_a_forged_token_does_not_use_up_the_id_of_a_good_one(service: Protected) -> None:
    name = str(uuid4())

    assert service.status(VIEW, service.token(VIEW, STRANGER, head={"kid": ES384.kid}, jti=name)) == 401
    assert service.status(VIEW, service.token(VIEW, jti=name)) == 200


@pytest.mark.checklist("JWT-9")
def test_jwt_9_every_refusal_says_the_same(service: Protected) -> None:
    good = service.token(VIEW)
    service.status(VIEW, good)
    tokens = [
        good,
        service.token(VIEW, STRANGER),
        service.token(VIEW, aud="https://other.example.org"),
        service.token(VIEW, exp=1),
        service.token(VIEW, iss="https://other.example.org"),
        FORGED["alg none"](service),
        "x",
    ]

    bodies = {service.call(VIEW, f"Bearer {token}").body for token in tokens}

    assert len(bodies) == 1
    said = service.kcds.data.joinpath("said").read_text()
    assert [token for token in tokens if len(token) > 1 and token in said] == []


@pytest.mark.checklist("CORS-1", "SEC-2")
def test_cors_1_a_preflight_and_the_health_pages_need_no_token(service: Protected) -> None:
    for path in PATHS:
        assert service.kcds.call("OPTIONS", path, Origin="https://x.example").status in (200, 204)
    assert service.kcds.call("GET", "/health/ready").status == 200
    assert service.kcds.call("GET", "/health/live").status == 200
