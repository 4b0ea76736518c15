"""Settings come from `KCDS_*` variables; what is wrong stops the start by naming the variable and what it may be."""

import pytest
from dateutil.tz import tzlocal

from kcds.advice.speaking import Audience
from kcds.errors import SettingsError
from kcds.settings import Settings, load_settings, variable, without_effect


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(variable(name), raising=False)


def test_nothing_needs_to_be_set() -> None:
    settings = load_settings()

    assert settings.patient_view is Audience.REFRACTORY
    assert settings.log_level == "INFO"
    assert settings.log_format is None
    assert isinstance(settings.zone, tzlocal)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KCDS_PATIENT_VIEW", "pain")
    monkeypatch.setenv("KCDS_TIMEZONE", "Europe/Berlin")
    monkeypatch.setenv("KCDS_LOG_LEVEL", "warning")

    settings = load_settings()

    assert settings.patient_view is Audience.PAIN
    assert str(settings.zone) == "Europe/Berlin"
    assert settings.log_level == "WARNING"


@pytest.mark.parametrize("name", ["PATIENT_VIEW", "TIMEZONE", "LOG_FORMAT", "LOG_LEVEL"])
def test_an_empty_variable_counts_as_not_set(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"KCDS_{name}", "")

    assert load_settings().patient_view is Audience.REFRACTORY


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PATIENT_VIEW", "everybody", "KCDS_PATIENT_VIEW: Input should be 'ketamine', 'refractory' or 'pain'"),
        ("TIMEZONE", "Mars/Base", "KCDS_TIMEZONE: not an IANA time zone; use a name such as Europe/Berlin"),
        ("TIMEZONE", "../../etc/passwd", "KCDS_TIMEZONE: not an IANA time zone; use a name such as Europe/Berlin"),
        ("LOG_FORMAT", "xml", "KCDS_LOG_FORMAT: Input should be 'json' or 'text'"),
        ("LOG_LEVEL", "loud", "KCDS_LOG_LEVEL: Input should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
    ],
)
def test_a_wrong_value_is_refused_by_naming_the_variable_and_what_it_may_be(
    name: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"KCDS_{name}", value)

    with pytest.raises(SettingsError) as caught:
        load_settings()

    assert str(caught.value) == message


def test_all_wrong_values_are_named_in_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KCDS_PATIENT_VIEW", "x")
    monkeypatch.setenv("KCDS_LOG_LEVEL", "y")

    with pytest.raises(SettingsError) as caught:
        load_settings()

    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        "KCDS_PATIENT_VIEW",
        "KCDS_LOG_LEVEL",
    ]


def test_variables_that_look_like_settings_and_are_none_are_found() -> None:
    variables = ["KCDS_PATIENTVIEW", "KCDS_LOG_LEVEL", "kcds_timezone", "PATH", "KCDS_AUTHENTICATION"]

    assert without_effect(variables) == ["KCDS_AUTHENTICATION", "KCDS_PATIENTVIEW"]
