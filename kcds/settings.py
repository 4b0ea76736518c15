"""Settings (`KCDS_*`), typed and checked at start."""

from collections.abc import Iterable
from datetime import tzinfo
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.tz import tzlocal
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from kcds.advice.speaking import Audience
from kcds.errors import SettingsError
from kcds.outbound.places import Place, is_loopback

PREFIX = "KCDS_"


def _zone_name(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("not an IANA time zone; use a name such as Europe/Berlin") from error
    return name


def _any_case(level: object) -> object:
    return level.upper() if isinstance(level, str) else level


def _listed(text: object) -> object:
    return tuple(item.strip() for item in text.split(",") if item.strip()) if isinstance(text, str) else text


def _places(texts: object) -> object:
    items = _listed(texts)
    return tuple(Place.parse(item) if isinstance(item, str) else item for item in items)  # type: ignore[attr-defined]


class Settings(BaseSettings):
    """What an operator may set; see CONTRACT 7 for the meaning of each."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    patient_view: Audience = Audience.REFRACTORY
    timezone: Annotated[str, AfterValidator(_zone_name)] | None = None
    rules_overlay: Path | None = None  # directory of a site's own policy; read at start only
    mode: Literal["live", "silent"] = "live"
    alert_fatigue: Literal["off", "on"] = "off"
    deadline: Annotated[float, Field(ge=1, le=8)] = 4.0  # seconds in which a call is answered, fetching included

    public_url: str | None = None  # base URL that clients call; None: the bound address
    auth: Literal["off", "required"] | None = None  # None: off on loopback, else required
    clients_file: Path | None = None
    cors_origins: Annotated[tuple[str, ...] | None, NoDecode, BeforeValidator(_listed)] = None
    fhir_servers: Annotated[tuple[Place, ...], NoDecode, BeforeValidator(_places)] = ()

    database_url: SecretStr | None = None  # None: SQLite in the data directory
    data_dir: Path | None = None  # None: a directory of the user
    secret_key: SecretStr | None = None  # None: made once, kept in the data directory
    feedback_comments: Literal["discard", "encrypt"] = "discard"
    retention_days: Annotated[int, Field(ge=1)] = 365

    log_format: Literal["json", "text"] | None = None  # None: text on a terminal, else json
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_any_case)] = "INFO"

    @property
    def zone(self) -> tzinfo:
        """The zone in which "today" is taken: the machine's unless set."""
        return ZoneInfo(self.timezone) if self.timezone else tzlocal()


def load_settings() -> Settings:
    """Read the settings from the environment; raises SettingsError naming each variable at fault."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(map(_fault, error.errors()))) from None


def _fault(error: ErrorDetails) -> str:
    """Say which variable is at fault and what it may be; the value may be a secret, so it is not quoted."""
    variable = PREFIX + "_".join(map(str, error["loc"])).upper()
    return f"{variable}: {error['msg'].removeprefix('Value error, ')}"


def without_effect(variables: Iterable[str]) -> list[str]:
    """Return the variables that look like settings of kcds and are none: misspelt, or of another release."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    return sorted(name for name in variables if name.upper().startswith(PREFIX) and name.upper() not in known)


def require_loopback(host: str) -> None:
    """Refuse to serve beyond this machine: calls are not authenticated yet, and they carry patients' data."""
    if not is_loopback(host):
        raise SettingsError(
            "--host: only a loopback address (127.0.0.1) can be served, since this release does not authenticate "
            "clients; put an authenticating TLS proxy in front of it"
        )
