"""What is believed of an EHR: where its tokens come from, how we show who we are, who opened the chart."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fhir_server import content, status
from joserfc.jwk import ECKey
from service_builders import logs
from smart_browser import PUBLIC_URL, Hospital, hospital, query_of, real_time, title_of
from smart_ehr import smart_ehr

from kcds.auth.smart.asking import Asking
from kcds.auth.smart.discovery import FRESH, REST, Discoveries
from kcds.auth.smart.ehrs import Ehr
from kcds.auth.smart.refusal import LaunchRefusedError
from kcds.outbound.client import OutboundClient
from kcds.outbound.deadline import Deadline


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Hospital]:
    """An EHR where kcds is registered with a secret, also for standalone launches."""
    with hospital(tmp_path, standalone=True, deadline=1) as found:
        yield found


def test_the_kind_of_a_token_may_be_written_in_any_letters(here: Hospital) -> None:
    here.ehr.manner.token_says = {"token_type": "bearer"}
    browser = here.browser()

    assert browser.launched(browser.launch()).patient_id == "pat-1"


@pytest.mark.parametrize(
    ("said", "detail"),
    [
        ({"token_endpoint": "https://evil.example.org/token"}, "token-endpoint"),
        ({"token_endpoint": "http://127.0.0.1:9/token"}, "token-endpoint"),
        ({"token_endpoint": None}, "token-endpoint"),
        ({"jwks_uri": "https://evil.example.org/keys"}, "jwks-uri"),
        ({"authorization_endpoint": "http://evil.example.org/authorize"}, "authorization-endpoint"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "authorization-endpoint"),
        ({"authorization_endpoint": "https://ehr.example.org/a#fragment"}, "authorization-endpoint"),
        ({"authorization_endpoint": "https://ehr.example.org:*/a"}, "authorization-endpoint"),
        ({"authorization_endpoint": None}, "authorization-endpoint"),
    ],
)
def test_tokens_come_only_from_where_the_operator_said(here: Hospital, said: dict[str, Any], detail: str) -> None:
    here.ehr.manner.configuration = said
    with logs() as log:
        refused = here.browser().launch()

    assert refused.status_code == 502
    assert json.loads(log.getvalue().splitlines()[-1])["detail"] == detail


def test_a_listed_host_may_give_the_tokens() -> None:
    ehr = Ehr(name="x", iss="https://fhir.example.org/r4", client_id="c", token_endpoint_host="auth.example.org")  # noqa: S106 - a host

    assert [place.url for place in ehr.places()] == ["https://fhir.example.org", "https://auth.example.org"]


@pytest.mark.parametrize(
    "said",
    [
        {"iss": "https://evil.example.org"},
        {"aud": "another app"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1_000_000},
        {"exp": None},
        {"sub": None},
    ],
)
def test_an_identity_token_that_does_not_hold_ends_the_launch(here: Hospital, said: dict[str, Any]) -> None:
    here.ehr.manner.id_says = said

    refused = here.browser().launch()

    assert (refused.status_code, title_of(refused)) == (502, "The EHR's answer could not be checked")


def test_an_identity_token_that_somebody_else_signed_ends_the_launch(here: Hospital) -> None:
    here.ehr.misbehaviour["/keys-of-another"] = content(
        json.dumps({"keys": [ECKey.generate_key("P-256", {"kid": "ehr"}).as_dict(private=False)]}).encode()
    )
    here.ehr.manner.configuration = {"jwks_uri": f"{here.ehr.base}/keys-of-another"}

    assert title_of(here.browser().launch()) == "The EHR's answer could not be checked"


def test_keys_that_nobody_can_use_are_passed_over(here: Hospital) -> None:
    odd = [7, {"kty": "EC"}, {"kty": "oct", "k": "AAAA"}, {"kty": "RSA", "use": "enc"}]
    mine = here.ehr.key.as_dict(private=False)
    here.ehr.misbehaviour["/keys"] = content(json.dumps({"keys": [*odd, mine]}).encode())
    here.ehr.manner.configuration = {"jwks_uri": f"{here.ehr.base}/keys"}
    browser = here.browser()

    assert browser.launched(browser.launch()).user == "Practitioner/p1"


@pytest.mark.parametrize("keys", [b"{}", b'{"keys": 5}', b'{"keys": [{"kty": "oct", "k": "AAAA"}]}'])
def test_without_keys_no_identity_token_holds(here: Hospital, keys: bytes) -> None:
    here.ehr.misbehaviour["/keys"] = content(keys)
    here.ehr.manner.configuration = {"jwks_uri": f"{here.ehr.base}/keys"}

    assert title_of(here.browser().launch()) == "The EHR's answer could not be checked"


@pytest.mark.parametrize(
    ("user", "known"),
    [("Practitioner/p1", "Practitioner/p1"), ("https://x.example.org/Device/1", None), ("", None), (7, None)],
)
def test_who_opened_it_is_known_where_the_ehr_says_it(here: Hospital, user: object, known: str | None) -> None:
    here.ehr.manner.id_says = {"fhirUser": user}
    browser = here.browser()

    assert browser.launched(browser.launch()).user == known


def test_without_an_identity_token_nobody_is_named(here: Hospital) -> None:
    here.ehr.manner.token_says = {"id_token": None}
    browser = here.browser()

    assert browser.launched(browser.launch()).user is None


@pytest.mark.parametrize("left_out", [(), ("jwks_uri",)])
def test_an_answer_of_another_ehr_is_refused(here: Hospital, left_out: tuple[str, ...]) -> None:
    here.ehr.manner.configuration = dict.fromkeys(left_out)
    here.ehr.manner.answer_says = {"iss": "https://evil.example.org"}

    refused = here.browser().launch()

    assert refused.status_code == 400
    assert here.ehr.tokens == {}


def test_the_issuer_in_the_answer_may_be_the_right_one(here: Hospital) -> None:
    here.ehr.manner.answer_says = {"iss": here.ehr.base}
    browser = here.browser()

    assert browser.launched(browser.launch()).patient_id == "pat-1"


def test_pkce_is_checked_by_the_ehr_and_kept_here(here: Hospital) -> None:
    browser = here.browser()
    way = browser.begin()
    challenge = query_of(way)["code_challenge"]

    stolen = browser.at_ehr(way.replace(challenge, "A" * 43)).removeprefix(PUBLIC_URL)

    assert browser.get(stolen).status_code == 502
    assert here.ehr.problems == ["code_verifier"]


def test_a_public_client_shows_its_id_and_the_verifier(tmp_path: Path) -> None:
    with hospital(tmp_path, ehr={"secret": None}) as found:
        browser = found.browser()

        assert browser.launched(browser.launch()).patient_id == "pat-1"


def test_the_secret_goes_into_the_form_where_nothing_else_is_offered(here: Hospital) -> None:
    here.ehr.manner.configuration = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    browser = here.browser()

    assert browser.launched(browser.launch()).patient_id == "pat-1"


def test_a_key_signs_for_us_and_its_public_half_is_served(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(ECKey.generate_key("P-384").as_pem(private=True))
    with hospital(tmp_path, ehr={"secret": None}, more="private_key_file: key.pem") as found:
        browser = found.browser()
        (key,) = browser.get("/launch/jwks.json").get_json()["keys"]
        found.ehr.public_key = key

        assert browser.launched(browser.launch()).patient_id == "pat-1"
        assert "d" not in key
        assert (key["alg"], key["use"]) == ("ES384", "sig")


def test_an_ehr_says_once_in_ten_minutes_where_its_tokens_come_from(here: Hospital) -> None:
    browser = here.browser()
    browser.launch()
    browser.launch()

    assert here.ehr.paths(".well-known") == [".well-known/smart-configuration"]


def test_an_ehr_that_did_not_answer_rests_a_while_and_is_asked_again() -> None:
    now = [0.0]
    with smart_ehr() as server:
        server.misbehaviour["/.well-known"] = status(404)
        ehr = Ehr(name="x", iss=server.base, client_id="c")
        asking = Asking(outbound=OutboundClient(ehr.places()), deadline=Deadline.after(30), now=real_time())
        discoveries = Discoveries(lambda: now[0])

        for _ in range(3):
            with pytest.raises(LaunchRefusedError):
                discoveries.of(ehr, asking)
        asked = len(server.asked)
        server.misbehaviour.clear()
        now[0] = REST
        found = discoveries.of(ehr, asking)
        now[0] = REST + FRESH
        discoveries.of(ehr, asking)

    assert (asked, len(server.asked)) == (1, 3)
    assert found.token.startswith(server.origin)
