"""Valid tokens are let in as real clients make them, each once and at its own endpoint only."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from client_tokens import (
    ALGORITHMS,
    DISCOVERY,
    FEEDBACK,
    HOOK,
    ISSUER,
    NOW,
    PATHS,
    PUBLIC_URL,
    SigningKey,
    claims,
    compact,
    door,
    header,
    jwk_set,
    registered,
    signing_key,
    token,
)
from fake_store import MemoryStore
from service_builders import NOON, logs

from kcds.auth.authenticator import TokenAuthenticator
from kcds.auth.clients_file import Registration
from kcds.auth.identity import Client, Profile
from kcds.auth.key_source import Fetch
from kcds.auth.keys import read_key_set
from kcds.errors import OutboundError, UnauthorizedError
from kcds.outbound.deadline import Deadline

KEY = signing_key("ES384")


def _never(_address: str, _deadline: Deadline) -> bytes:
    raise AssertionError("nothing is fetched")


def _in_no_time(_address: str, deadline: Deadline) -> bytes:
    assert deadline.left() <= 0.25
    raise OutboundError("timeout")


def answers(path: str, made: str, *clients: Registration, **more: Any) -> int:
    """The status for one token, at a service that knows one client unless told otherwise."""
    return door(*(clients or [registered(KEY)]), **more).call(path, f"Bearer {made}").status_code


@pytest.mark.checklist("JWT-1", "JWT-3", "FB-6")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_every_asymmetric_algorithm_of_the_list_lets_in_at_every_endpoint(alg: str, path: str) -> None:
    key = signing_key(alg)

    assert answers(path, token(path, key), registered(key)) == 200


@pytest.mark.parametrize("alg", [alg for alg in ALGORITHMS if alg[1] == "S" and alg[0] in "RP"])
def test_an_rsa_key_that_states_no_algorithm_is_good_for_all_of_rsa(alg: str) -> None:
    unstated = {"keys": [signing_key("RS256").jwk(kid="any") | {"alg": "RS256"}]}
    del unstated["keys"][0]["alg"]
    client = Registration(client=Client(issuer=ISSUER), keys=read_key_set(unstated)[0])

    assert answers(DISCOVERY, token(DISCOVERY, signing_key(alg, "any")), client) == 200


@pytest.mark.checklist("JWT-6", "JWT-7")
@pytest.mark.parametrize(
    ("why", "changes"),
    [
        ("an array of audiences", {"aud": ["https://elsewhere.example.org", PUBLIC_URL + HOOK]}),
        ("an audience with a slash at its end", {"aud": f"{PUBLIC_URL}{HOOK}/"}),
        ("Epic: 15 minutes, valid five minutes before", {"nbf": NOW - 300, "exp": NOW + 900}),
        ("the longest life", {"exp": NOW + 3600}),
        ("the client's clock is almost a minute late", {"iat": NOW - 359, "exp": NOW - 59}),
        ("the client's clock is a minute early", {"iat": NOW + 60, "nbf": NOW + 60, "exp": NOW + 360}),
        ("times with fractions", {"iat": NOW - 0.25, "exp": NOW + 300.75}),
        ("the longest id", {"jti": "x" * 256}),
        ("claims that nobody asks for", {"sub": 7, "tenant": "x", "extra": {"a": [1]}}),
    ],
)
def test_a_token_may_differ_as_those_of_real_clients_do(why: str, changes: dict[str, Any]) -> None:
    assert answers(HOOK, token(HOOK, KEY, **changes)) == 200, why


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
def test_the_scheme_may_be_written_in_any_case(scheme: str) -> None:
    response = door(registered(KEY)).call(DISCOVERY, f"{scheme} {token()}")

    assert response.status_code == 200


@pytest.mark.parametrize("scheme", ["Basic", "DPoP", "JWT", "", "Bearer:", "Bearer Bearer", "Negotiate"])
def test_another_scheme_is_refused(scheme: str) -> None:
    guard = door(registered(KEY))

    assert guard.call(DISCOVERY, f"{scheme} {token()}").status_code == 401
    assert guard.refusals == ["malformed"]


def test_two_authorization_headers_are_refused() -> None:
    guard = door(registered(KEY))
    both = [("Authorization", f"Bearer {token()}"), ("Authorization", f"Bearer {token()}")]

    response = guard.client.get(DISCOVERY, headers=both)

    assert response.status_code == 401


@pytest.mark.checklist("JWT-1")
@pytest.mark.parametrize("path", PATHS)
def test_without_a_token_nothing_of_the_service_is_shown(path: str) -> None:
    guard = door(registered(KEY))

    assert guard.call(path, None).status_code == 401
    assert guard.refusals == ["no-token"]
    assert not guard.store.calls


def test_a_refusal_of_a_known_issuer_is_logged_with_it_and_of_an_unknown_one_without() -> None:
    guard = door(registered(KEY))

    with logs() as stream:
        guard.call(DISCOVERY, f"Bearer {token(exp=NOW - 100, iat=NOW - 200)}")
        guard.call(DISCOVERY, f"Bearer {token(iss='https://attacker.example.org')}")

    refusals = [line for line in map(json.loads, stream.getvalue().splitlines()) if line["event"] == "token refused"]
    assert [(line["reason"], line.get("issuer")) for line in refusals] == [("expired", ISSUER), ("issuer", None)]


def test_health_needs_no_token() -> None:
    assert door(registered(KEY)).client.get("/health/live").status_code == 200


@pytest.mark.parametrize(
    "extra",
    [
        {"jku": "https://anywhere.example.org/jwks.json"},
        {"x5t": "abc", "x5c": [base64.b64encode(b"certificate").decode()]},
        {"jwk": KEY.jwk()},
        {"cty": "json"},
    ],
    ids=lambda extra: next(iter(extra)),
)
def test_what_a_header_says_of_keys_does_not_matter_where_the_key_is_in_the_file(extra: dict[str, Any]) -> None:
    made = compact(header(KEY, **extra), claims(), KEY.sign)

    assert answers(DISCOVERY, made) == 200


def test_a_slash_at_the_end_of_the_path_or_the_public_url_makes_no_other_place() -> None:
    guard = door(registered(KEY), public_url=f"{PUBLIC_URL}/")

    response = guard.client.get(f"{DISCOVERY}/", headers={"Authorization": f"Bearer {token()}"})

    assert response.status_code == 200


def test_a_path_with_a_slash_at_its_end_is_the_same_endpoint() -> None:
    client = keeper(registered(KEY)).authenticate(f"Bearer {token(HOOK)}", f"{HOOK}/", Deadline.after(4))

    assert client.issuer == ISSUER


@pytest.mark.checklist("JWT-6")
def test_an_audience_that_a_client_has_by_hand_is_taken_from_this_client_alone() -> None:
    other = signing_key("ES384", "other")
    clients = (
        registered(KEY, audiences=frozenset({"typed-by-hand"})),
        registered(other, issuer="https://other.example.org"),
    )

    assert answers(HOOK, token(HOOK, KEY, aud="typed-by-hand"), *clients) == 200
    assert answers(HOOK, token(HOOK, KEY), *clients) == 200
    assert answers(HOOK, token(HOOK, other, iss="https://other.example.org", aud="typed-by-hand"), *clients) == 401


@pytest.mark.checklist("JWT-5")
def test_a_tenant_is_asked_for_where_it_is_registered() -> None:
    client = registered(KEY, tenant="hospital-a")

    assert answers(DISCOVERY, token(tenant="hospital-a"), client) == 200
    assert answers(DISCOVERY, token(), client) == 401


@pytest.mark.checklist("JWT-8")
def test_a_token_is_good_once() -> None:
    guard = door(registered(KEY))
    made = f"Bearer {token(HOOK)}"

    assert [guard.call(HOOK, made).status_code for _ in range(3)] == [200, 401, 401]
    assert guard.refusals == ["replayed", "replayed"]


def test_another_token_with_the_same_id_is_the_same_token() -> None:
    guard = door(registered(KEY))

    guard.call(HOOK, f"Bearer {token(HOOK, jti='one')}")
    again = guard.call(DISCOVERY, f"Bearer {token(DISCOVERY, jti='one', exp=NOW + 600)}")

    assert again.status_code == 401


def test_two_clients_may_use_the_same_id() -> None:
    other = signing_key("ES384", "other")
    guard = door(registered(KEY), registered(other, issuer="https://other.example.org"))

    first = guard.call(DISCOVERY, f"Bearer {token(jti='one')}")
    second = guard.call(DISCOVERY, f"Bearer {token(DISCOVERY, other, jti='one', iss='https://other.example.org')}")

    assert (first.status_code, second.status_code) == (200, 200)


@pytest.mark.checklist("JWT-8")
def test_a_token_that_was_refused_elsewhere_is_still_good_where_it_belongs() -> None:
    guard = door(registered(KEY))
    made = token(HOOK)

    elsewhere = guard.call(DISCOVERY, f"Bearer {made}")
    broken = guard.call(HOOK, f"Bearer {made[:-4]}")
    there = guard.call(HOOK, f"Bearer {made}")

    assert (elsewhere.status_code, broken.status_code, there.status_code) == (401, 401, 200)


class Watched(MemoryStore):
    """A store that tells until when it was asked to remember, and how long it may take."""

    until: datetime
    left: float

    def remember_token(self, issuer: str, token_id: str, expires: datetime, deadline: Deadline) -> bool:
        self.until, self.left = expires, deadline.left()
        return super().remember_token(issuer, token_id, expires, deadline)


@pytest.mark.checklist("JWT-8")
@pytest.mark.parametrize("lasting", [300, 300.9])
def test_a_token_is_remembered_for_as_long_as_it_would_be_accepted(lasting: float) -> None:
    store = Watched()

    answers(DISCOVERY, token(exp=NOW + lasting), store=store)

    late = store.until - timedelta(microseconds=1)
    assert answers(DISCOVERY, token(exp=NOW + lasting), now=late) == 401
    assert store.until < datetime.fromtimestamp(NOW + lasting + 65, UTC)


def test_the_store_is_asked_about_a_token_even_where_a_call_came_late() -> None:
    store = Watched()

    keeper(registered(KEY), store=store).authenticate(f"Bearer {token()}", DISCOVERY, Deadline.after(-5))

    assert 0.1 < store.left <= 0.25


def test_finding_out_who_calls_takes_a_second_at_most_of_the_time_for_a_call() -> None:
    store = Watched()

    answers(DISCOVERY, token(), store=store)

    assert store.left <= 1


def test_of_that_second_the_keys_may_use_three_quarters_and_the_store_has_the_rest() -> None:
    left = []

    def fetch(_address: str, deadline: Deadline) -> bytes:
        left.append(deadline.left())
        return json.dumps(jwk_set(KEY)).encode()

    answers(DISCOVERY, token(), Registration(client=Client(issuer=ISSUER), jku="https://ehr/jwks"), fetch=fetch)

    assert left[0] <= 0.75


def test_a_call_that_has_less_time_left_than_that_gives_no_more() -> None:
    with pytest.raises(UnauthorizedError):
        keeper(Registration(client=Client(issuer=ISSUER), jku="https://ehr/jwks"), fetch=_in_no_time).authenticate(
            f"Bearer {token()}", DISCOVERY, Deadline.after(0.5)
        )


def test_what_is_known_of_the_client_goes_with_the_call() -> None:
    client = Client(issuer=ISSUER, profile=Profile.EPIC, order_codes={"1742-6": "ALT_IP"})
    entry = Registration(client=client, keys=registered(KEY).keys)

    assert keeper(entry).authenticate(f"Bearer {token()}", DISCOVERY, Deadline.after(4)) is client


@pytest.mark.parametrize("tenant", [None, "hospital-a"])
def test_the_tenant_of_the_token_goes_with_the_call_whether_one_is_registered_or_not(tenant: str | None) -> None:
    entry = registered(KEY, tenant=tenant)

    client = keeper(entry).authenticate(f"Bearer {token(tenant='hospital-a')}", DISCOVERY, Deadline.after(4))

    assert client.tenant == "hospital-a"
    assert client.issuer == ISSUER


def test_what_is_kept_of_a_call_names_the_client() -> None:
    guard = door(registered(KEY))

    guard.call(HOOK, f"Bearer {token(HOOK)}")
    guard.call(FEEDBACK, f"Bearer {token(FEEDBACK)}")

    assert [kept.client for kept in (*guard.store.calls, *guard.store.feedback)] == [ISSUER, ISSUER]


def test_where_nobody_is_registered_nobody_is_let_in() -> None:
    with pytest.raises(UnauthorizedError):
        keeper().authenticate(f"Bearer {token()}", DISCOVERY, Deadline.after(4))


def keeper(*clients: Registration, fetch: Fetch = _never, store: MemoryStore | None = None) -> TokenAuthenticator:
    """An authenticator without a service around it."""
    return TokenAuthenticator(
        clients,
        public_url=PUBLIC_URL,
        remember=(store or MemoryStore()).remember_token,
        fetch=fetch,
        clock=lambda: NOON,
        count=lambda _: None,
    )


def test_the_key_decides_also_where_two_keys_of_a_client_differ() -> None:
    keys: list[SigningKey] = [KEY, signing_key("RS384"), signing_key("EdDSA")]
    client = registered(*keys)

    assert [answers(DISCOVERY, token(DISCOVERY, key), client) for key in keys] == [200, 200, 200]
