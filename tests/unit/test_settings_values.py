"""Values of settings: what is taken, how it is written, and the sentence that refuses. No sentence quotes the value."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from kcds.errors import SettingsError
from kcds.settings import Settings, load_settings


def refusal(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> str:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        (
            "PUBLIC_URL",
            "http://kcds.example.org",
            "must begin with https:// (http:// on loopback only): patients' data",
        ),
        ("PUBLIC_URL", "https://kcds.example.org/?x=1", "must be a base URL: scheme, host and path, no user, query"),
        ("PUBLIC_URL", "https://kcds.example.org/#x", "must be a base URL"),
        ("PUBLIC_URL", "https://user:canary@kcds.example.org", "must be a base URL"),
        ("PUBLIC_URL", "https://*.example.org", "must be a base URL"),
        ("PUBLIC_URL", "kcds.example.org", "must be a URL such as https://kcds.example.org"),
        ("PUBLIC_URL", "ftp://kcds.example.org", "must be a URL such as"),
        ("PUBLIC_URL", "https://kcds.example.org:port", "must be a URL such as"),
        ("PUBLIC_URL", "https://kcds.example.org/a b", "must be a URL such as"),
        ("PUBLIC_URL", "https://[::1", "must be a URL such as"),
        ("PUBLIC_URL", "https://kcds.example.org/cds-services", "must end before /cds-services: clients, and the aud"),
        ("PUBLIC_URL", "https://kcds.example.org/a/cds-services/", "must end before /cds-services"),
        ("AUTH", "none", "Input should be 'off' or 'required'"),
        ("CLIENTS_FILE", "/nowhere/canary.yaml", "no such file; give the path of a file that kcds may read"),
        ("CLIENTS_FILE", "/", "no such file"),
        ("RULES_OVERLAY", "/nowhere", "no such directory; make it first"),
        ("DATA_DIR", __file__, "must be a directory (it is made where it does not exist)"),
        ("CORS_ORIGINS", "https://ehr.example.org/", "entry 1 must be an origin, without a path or a slash at its end"),
        ("CORS_ORIGINS", "https://a.example.org,ehr", "entry 2 must be a URL such as"),
        ("CORS_ORIGINS", "https://*.example.org", "entry 1 must be a base URL"),
        ("CORS_ORIGINS", "*, https://a.example.org", "name the origins, or * alone for all of them"),
        ("FHIR_SERVERS", "https://fhir.example.org, http://fhir.example.org", "entry 2 must begin with https://"),
        ("DATABASE_URL", "mysql://user:canary@host/db", "must be postgresql://user:password@host/name, or sqlite:"),
        ("DATABASE_URL", "canary", "must be postgresql://"),
        ("DATABASE_URL", "sqlite://", "must be postgresql://"),
        ("DATABASE_URL", "sqlite:///:memory:?canary", "must be a file: a database in memory is not shared"),
        ("SECRET_KEY", "canary" * 5 + "x", "must have 32 characters or more; make one with: openssl rand -base64 32"),
        ("MODE", "quiet", "Input should be 'live' or 'silent'"),
        ("ALERT_FATIGUE", "yes", "Input should be 'off' or 'on'"),
        ("DEADLINE", "9", "Input should be less than or equal to 8"),
        ("DEADLINE", "0.5", "Input should be greater than or equal to 1"),
        ("DEADLINE", "nan", "Input should be"),
        ("RETENTION_DAYS", "0", "Input should be greater than or equal to 1"),
        ("FEEDBACK_COMMENTS", "keep", "Input should be 'discard' or 'encrypt'"),
    ],
)
def test_a_wrong_value_is_refused_by_a_sentence_that_teaches_and_does_not_quote_it(
    name: str, value: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = refusal(monkeypatch, f"KCDS_{name}", value)

    assert said.startswith(f"KCDS_{name}: {why}")
    assert "canary" not in said


@pytest.mark.parametrize(
    ("origins", "taken"),
    [
        ("*", ("*",)),
        ("null", ("null",)),
        ("https://EHR.example.org", ("https://ehr.example.org",)),
        ("https://ehr.example.org:443, http://localhost:80", ("https://ehr.example.org", "http://localhost")),
        ("http://[::1]:3000,http://127.0.0.1:3000,", ("http://[::1]:3000", "http://127.0.0.1:3000")),
    ],
)
def test_origins_are_written_as_browsers_send_them(origins: str, taken: tuple[str, ...]) -> None:
    assert Settings.model_validate({"cors_origins": origins}).cors_origins == taken


@pytest.mark.parametrize("url", ["https://kcds.example.org/base/", "http://127.0.0.1:8000", "http://localhost"])
def test_the_public_url_has_no_slash_at_its_end(url: str) -> None:
    assert Settings(public_url=url).public_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://kcds:secret@db.example.org/kcds",
        "postgresql+psycopg://db.example.org/kcds?sslmode=verify-full",
        "sqlite:////var/lib/kcds/kcds.db",
        "sqlite:///kcds.db",
    ],
)
def test_the_databases_that_kcds_knows_are_taken(url: str) -> None:
    database = Settings.model_validate({"database_url": url}).database_url

    assert database is not None
    assert database.get_secret_value() == url
    assert url not in repr(database)


def test_directories_and_files_that_are_there_are_taken(tmp_path: Path) -> None:
    settings = Settings(rules_overlay=tmp_path, data_dir=tmp_path / "to be made", clients_file=Path(__file__))

    assert settings.rules_overlay == tmp_path


def test_settings_cannot_be_changed_afterwards() -> None:
    settings: Any = Settings()

    with pytest.raises(ValidationError):
        settings.auth = "off"
