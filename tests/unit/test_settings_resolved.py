"""What depends on the bound address: who may call, under which URL, from which pages; what is too unsafe to start."""

from pathlib import Path
from typing import Any

import pytest

from kcds.errors import SettingsError
from kcds.settings import Settings, load_resolved, load_settings, variable

LOOPBACK = ["127.0.0.1", "127.0.0.9", "::1", "localhost"]
BEYOND = ["0.0.0.0", "10.0.0.1", "::", "localhost.example.org", "kcds.example.org", ""]  # noqa: S104 - refused
CLIENTS = Path(__file__)  # any file: what is in it is read elsewhere


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(variable(name), raising=False)


def resolved(host: str = "127.0.0.1", *, allow_unauthenticated: bool = False, **settings: Any) -> Settings:
    return Settings(**settings).resolve(host, 8000, allow_unauthenticated=allow_unauthenticated)


def faults(host: str = "127.0.0.1", *, allow_unauthenticated: bool = False, **settings: Any) -> list[str]:
    """The variables at fault."""
    with pytest.raises(SettingsError) as caught:
        resolved(host, allow_unauthenticated=allow_unauthenticated, **settings)
    return [line.partition(":")[0] for line in str(caught.value).splitlines()]


@pytest.mark.parametrize("host", LOOPBACK)
def test_on_this_machine_nobody_authenticates_and_every_page_may_call(host: str) -> None:
    settings = resolved(host)

    assert (settings.auth, settings.cors_origins) == ("off", ("*",))


@pytest.mark.parametrize(
    ("host", "url"), [("127.0.0.1", "http://127.0.0.1:8000"), ("::1", "http://[::1]:8000")], ids=["4", "6"]
)
def test_the_public_url_is_the_bound_address_unless_set(host: str, url: str) -> None:
    assert resolved(host).public_url == url
    assert resolved(host, public_url="http://localhost:9/x/").public_url == "http://localhost:9/x"


@pytest.mark.parametrize("host", BEYOND)
def test_beyond_this_machine_nothing_starts_without_url_and_clients(host: str) -> None:
    assert sorted(faults(host)) == ["KCDS_CLIENTS_FILE", "KCDS_PUBLIC_URL"]


@pytest.mark.parametrize("host", BEYOND)
def test_beyond_this_machine_clients_authenticate_and_no_page_may_call(host: str) -> None:
    settings = resolved(host, public_url="https://kcds.example.org", clients_file=CLIENTS)

    assert (settings.auth, settings.cors_origins) == ("required", ())


def test_a_public_url_of_another_machine_asks_for_authentication_even_on_loopback() -> None:
    assert faults(public_url="https://kcds.example.org") == ["KCDS_CLIENTS_FILE"]
    assert resolved(public_url="https://kcds.example.org", clients_file=CLIENTS).auth == "required"


@pytest.mark.parametrize("told", [{}, {"auth": "off"}, {"allow_unauthenticated": True}], ids=["never", "set", "asked"])
def test_serving_everybody_beyond_this_machine_must_be_said_twice(told: dict[str, Any]) -> None:
    assert faults("10.0.0.1", **told) != []


def test_serving_everybody_beyond_this_machine_is_possible_when_said_twice() -> None:
    settings = resolved("10.0.0.1", auth="off", allow_unauthenticated=True)

    assert (settings.auth, settings.cors_origins, settings.public_url) == ("off", (), "http://10.0.0.1:8000")


def test_off_behind_a_public_url_must_be_said_twice_too() -> None:
    assert faults(auth="off", public_url="https://kcds.example.org") == ["KCDS_AUTH"]
    assert resolved(auth="off", public_url="https://kcds.example.org", allow_unauthenticated=True).auth == "off"


def test_saying_it_on_the_command_line_alone_does_not_take_authentication_away() -> None:
    settings = resolved(
        "10.0.0.1", allow_unauthenticated=True, public_url="https://kcds.example.org", clients_file=CLIENTS
    )

    assert settings.auth == "required"


def test_required_without_known_clients_stops_the_start_on_loopback_too() -> None:
    assert faults(auth="required") == ["KCDS_CLIENTS_FILE"]


def test_with_authentication_required_on_loopback_no_page_may_call_unless_listed() -> None:
    assert resolved(auth="required", clients_file=CLIENTS).cors_origins == ()


def test_listed_origins_are_kept_whatever_else() -> None:
    assert resolved(cors_origins="https://ehr.example.org").cors_origins == ("https://ehr.example.org",)


def test_encrypted_comments_in_a_shared_database_need_a_key_of_the_operator() -> None:
    shared = {"feedback_comments": "encrypt", "database_url": "postgresql://kcds:secret@db.example.org/kcds"}

    assert faults(**shared) == ["KCDS_SECRET_KEY"]
    assert resolved(**shared, secret_key="k" * 32).feedback_comments == "encrypt"
    assert resolved(**shared | {"database_url": "sqlite:////var/lib/kcds.db"}).feedback_comments == "encrypt"


def test_faults_of_values_and_of_the_address_are_named_in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KCDS_LOG_LEVEL", "loud")
    monkeypatch.setenv("KCDS_AUTH", "off")
    monkeypatch.setenv("KCDS_PATIENT_VIEW", "everybody")

    with pytest.raises(SettingsError) as caught:
        load_resolved("10.0.0.1", 8000)

    variables = [line.partition(":")[0] for line in str(caught.value).splitlines()]
    assert variables == ["KCDS_PATIENT_VIEW", "KCDS_AUTH", "KCDS_LOG_LEVEL"]


def test_what_follows_from_a_wrong_value_is_not_held_against_the_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KCDS_AUTH", "of")

    with pytest.raises(SettingsError) as caught:
        load_resolved("10.0.0.1", 8000)

    assert str(caught.value) == "KCDS_AUTH: Input should be 'off' or 'required'"


def test_a_clients_file_that_is_not_there_is_one_fault_and_not_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KCDS_CLIENTS_FILE", "/nowhere/clients.yaml")
    monkeypatch.setenv("KCDS_AUTH", "required")

    with pytest.raises(SettingsError) as caught:
        load_resolved("127.0.0.1", 8000)

    assert str(caught.value) == "KCDS_CLIENTS_FILE: no such file; give the path of a file that kcds may read"


def test_every_message_says_what_to_do() -> None:
    with pytest.raises(SettingsError) as caught:
        resolved("10.0.0.1", auth="off")

    assert str(caught.value) == (
        "KCDS_AUTH: off is for this machine alone, and here others could send calls too. Set it to required, or say it "
        "a second time: kcds serve --allow-unauthenticated"
    )


def test_settings_without_an_address_are_enough_for_the_other_commands() -> None:
    assert load_settings().auth is None
