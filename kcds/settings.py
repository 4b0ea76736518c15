"""Settings (`KCDS_*`), typed and checked at start."""

import ipaddress
from datetime import tzinfo
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.tz import tzlocal
from pydantic import AfterValidator, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from kcds.advice.speaking import Audience
from kcds.errors import SettingsError


def _zone_name(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("not an IANA time zone; use a name such as Europe/Berlin") from error
    return name


class Settings(BaseSettings):
    """What an operator may set; see CONTRACT 7 for the meaning of each."""

    model_config = SettingsConfigDict(env_prefix="KCDS_", frozen=True)

    patient_view: Audience = Audience.REFRACTORY
    timezone: Annotated[str, AfterValidator(_zone_name)] | None = None
    log_format: Literal["json", "text"] | None = None  # None: text on a terminal, else json
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def zone(self) -> tzinfo:
        """The zone in which "today" is taken: the machine's unless set."""
        return ZoneInfo(self.timezone) if self.timezone else tzlocal()


def load_settings() -> Settings:
    """Read the settings from the environment; raises SettingsError naming each variable at fault."""
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"KCDS_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        raise SettingsError("\n".join(lines)) from None


def require_loopback(host: str) -> None:
    """Refuse to serve beyond this machine: calls are not authenticated yet, and they carry patients' data."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise SettingsError(
            "--host: only a loopback address (127.0.0.1) can be served, since this release does not authenticate "
            "clients; put an authenticating TLS proxy in front of it"
        )
