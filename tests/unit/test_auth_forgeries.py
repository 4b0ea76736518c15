"""Forged, stolen and broken tokens: none is let in, and none is told why."""

import json

import pytest
from client_tokens import PATHS, Door, token
from forgeries import FORGERIES, KEY, OTHER_ISSUER, OTHER_KEY, REGISTERED, guarded
from service_builders import assert_readable, logs

TOLD_TO_ALL = {
    "severity": "error",
    "code": "login",
    "diagnostics": "a valid client token is needed: Authorization: Bearer <JWT>, as CDS Hooks 2.0.1 describes",
}


@pytest.fixture(scope="module")
def guard() -> Door:
    """One service for all forgeries: none of them may leave anything in it."""
    return guarded()


@pytest.mark.parametrize("path", PATHS)
def test_what_is_forged_here_is_let_in_as_it_is(path: str) -> None:
    guard = guarded()
    tokens = [
        token(path, OTHER_KEY if issuer == OTHER_ISSUER else KEY, iss=issuer, tenant="hospital-a")
        for issuer in REGISTERED
    ]

    statuses = [guard.call(path, f"Bearer {made}").status_code for made in tokens]

    assert statuses == [200] * len(REGISTERED)


@pytest.mark.checklist("JWT-1", "JWT-2", "JWT-4", "JWT-5", "JWT-6", "JWT-7", "JWT-9", "FB-6", "DISC-9")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_refused_for_its_own_reason_which_only_the_operator_learns(
    name: str, path: str, guard: Door
) -> None:
    forge, reason = FORGERIES[name]
    forged = forge(path)
    guard.refusals.clear()

    with logs() as stream:
        response = guard.call(path, f"Bearer {forged}")

    assert response.status_code == 401
    assert_readable(response)
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert guard.refusals == [reason]
    assert not guard.store.tokens
    assert response.get_json(force=True)["issue"] == [TOLD_TO_ALL]
    assert_discreet(stream.getvalue(), forged, reason)


def assert_discreet(logged: str, forged: str, reason: str) -> None:
    """The log has the reason, and of the token nothing but an issuer that is registered anyway."""
    (event,) = (line for line in map(json.loads, logged.splitlines()) if line["event"] == "token refused")
    assert event.keys() <= {"event", "level", "timestamp", "request", "reason", "issuer"}
    assert event["reason"] == reason
    assert event.get("issuer", REGISTERED[0]) in REGISTERED
    assert not [part for part in forged.split(".") if len(part) > 8 and part in logged]
