"""Authentication as the settings have it: unless it is said to be off, only the clients of the file are let in."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from client_tokens import DISCOVERY, ISSUER, PUBLIC_URL, bearer, key_server, signing_key
from flask.testing import FlaskClient

from kcds.app import make_parts
from kcds.errors import SettingsError
from kcds.settings import Settings
from kcds.web.application import make_application


def settings(tmp_path: Path, clients: str = "", **changes: Any) -> Settings:
    (tmp_path / "clients.yaml").write_text(clients, encoding="utf-8")
    whole = {"auth": "required", "clients_file": tmp_path / "clients.yaml", "public_url": PUBLIC_URL}
    return Settings(data_dir=tmp_path / "data", **(whole | changes))


@contextmanager
def client_with(chosen: Settings) -> Iterator[FlaskClient]:
    """A client of the service as these settings make it."""
    parts = make_parts(chosen)
    with closing(parts.store):
        yield make_application(parts).test_client()


def test_the_clients_of_the_file_are_let_in_and_nobody_else(tmp_path: Path) -> None:
    key = signing_key()
    with key_server(key) as server:
        chosen = settings(tmp_path, f"- {{issuer: {ISSUER}, jku: '{server.address}'}}\n")

        with client_with(chosen) as client:
            known = client.get(DISCOVERY, headers=bearer(DISCOVERY, key))
            unknown = client.get(DISCOVERY, headers=bearer(DISCOVERY, key, iss="https://else.example.org"))
            nobody = client.get(DISCOVERY)
            metrics = client.get("/metrics").get_data(as_text=True)

    assert [answer.status_code for answer in (known, unknown, nobody)] == [200, 401, 401]
    assert 'kcds_auth_refusals_total{reason="issuer"} 1.0' in metrics
    assert 'kcds_auth_refusals_total{reason="no-token"} 1.0' in metrics


def test_where_authentication_is_off_everybody_is_let_in(tmp_path: Path) -> None:
    with client_with(settings(tmp_path, auth="off", clients_file=None)) as client:
        assert client.get(DISCOVERY).status_code == 200


def test_where_nothing_is_said_authentication_is_required(tmp_path: Path) -> None:
    with client_with(settings(tmp_path, f"- {{issuer: {ISSUER}, jku: 'https://ehr'}}\n", auth=None)) as client:
        assert client.get(DISCOVERY).status_code == 401


@pytest.mark.parametrize("auth", ["required", None])
def test_unless_it_is_said_to_be_off_nothing_starts_without_clients(auth: str | None, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="KCDS_CLIENTS_FILE"):
        make_parts(settings(tmp_path, auth=auth, clients_file=None))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- {issuer: a}\n", "client 1, jku: or `jwks` must be there"),
        ("- {issuer: a, jku: 'https://a', profile: epic, order_codes: {0-0: X}}\n", "0-0 is the code of no order"),
    ],
)
def test_a_wrong_file_stops_the_start_before_anything_is_made(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        make_parts(settings(tmp_path, text))

    assert said in str(caught.value)
    assert not (tmp_path / "data").exists()
