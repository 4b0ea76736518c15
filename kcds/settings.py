"""Settings (`KCDS_*`): the one place that holds them, typed and checked at start, every fault in one run."""

from collections.abc import Iterable
from datetime import tzinfo
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from dateutil.tz import tzlocal
from pydantic import Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from kcds.advice.speaking import Audience
from kcds.errors import SettingsError
from kcds.outbound.places import bracketed, is_loopback
from kcds.setting_values import (
    AnyCase,
    DatabaseUrl,
    Directory,
    DirectoryToBe,
    FramingOrigins,
    Origins,
    Places,
    PublicUrl,
    ReadableFile,
    SecretKey,
    ZoneName,
    host_of,
)

PREFIX = "KCDS_"


class Settings(BaseSettings):
    """What an operator may set. The descriptions are what `kcds settings` and docs/operate.md say."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True)

    patient_view: Audience = Field(
        default=Audience.REFRACTORY,
        description="for whom patient-view speaks: ketamine (on it, planned, or lately given), refractory (those, and "
        "chronic pain that other treatment has not relieved) or pain (those, and everybody with a pain problem)",
    )
    timezone: ZoneName | None = Field(
        default=None, description='IANA zone in which "today" is taken; not set: the zone of the machine'
    )
    rules_overlay: Directory | None = Field(
        default=None, description="directory of a site's own rules and numbers; not set: none"
    )
    mode: Literal["live", "silent"] = Field(
        default="live", description="live, or silent: everything is evaluated and recorded, no card is shown"
    )
    alert_fatigue: Literal["off", "on"] = Field(
        default="off",
        description="on: cards dismissed with a reason, and repeated advice, are held back for a time",
    )
    deadline: Annotated[float, Field(ge=1, le=8)] = Field(
        default=4.0, description="seconds in which a call is answered, fetching included: 1 to 8"
    )

    public_url: PublicUrl | None = Field(
        default=None, description="base URL that clients call, named in their tokens (aud); not set: the bound address"
    )
    auth: Literal["off", "required"] | None = Field(
        default=None,
        description="off or required; not set: off if bound address and public URL are loopback, else required",
    )
    clients_file: ReadableFile | None = Field(
        default=None, description="YAML file of the clients that may call and their keys; not set: no client is known"
    )
    cors_origins: Origins = Field(
        default=None,
        description="comma list of the origins whose pages may call; not set: * on loopback without authentication, "
        "else none",
    )
    fhir_servers: Places = Field(
        default=(),
        description="comma list of FHIR base URLs to fetch from, :* for any port; not set: no fetching",
    )

    demo: Literal["off", "on"] | None = Field(
        default=None,
        description="on: /demo shows invented patients, and reads records that are uploaded; needs KCDS_AUTH=off; "
        "not set: on where authentication is off on loopback, else off",
    )
    smart_file: ReadableFile | None = Field(
        default=None,
        description="YAML file of the EHRs from which the review page is opened (SMART App Launch); not set: from none",
    )
    frame_ancestors: FramingOrigins = Field(
        default=(), description="comma list of the origins of EHRs that may show the review page in a frame"
    )
    staff_file: ReadableFile | None = Field(
        default=None,
        description="YAML file of those who may see /feedback; not set: nobody, or everybody where "
        "authentication is off",
    )

    database_url: DatabaseUrl | None = Field(
        default=None, description="postgresql://... or sqlite:///...; not set: an SQLite file in the data directory"
    )
    data_dir: DirectoryToBe | None = Field(
        default=None,
        description="where the SQLite files and the secret key live; not set: ~/.local/share/kcds of the user",
    )
    secret_key: SecretKey | None = Field(
        default=None, description="key of hashes and encryption; not set: made once and kept in the data directory"
    )
    feedback_comments: Literal["discard", "encrypt"] = Field(
        default="discard", description="what becomes of comments in feedback: discard, or encrypt and keep"
    )
    retention_days: Annotated[int, Field(ge=1)] = Field(
        default=365, description="days for which calls and feedback are kept"
    )

    log_format: Literal["json", "text"] | None = Field(
        default=None, description="json or text; not set: text on a terminal, else json"
    )
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], AnyCase] = Field(
        default="INFO", description="the least grave level that is logged: DEBUG, INFO, WARNING or ERROR"
    )

    @property
    def zone(self) -> tzinfo:
        """The zone in which "today" is taken: the machine's unless set."""
        return ZoneInfo(self.timezone) if self.timezone else tzlocal()

    def resolve(self, host: str, port: int, *, allow_unauthenticated: bool = False) -> "Settings":
        """Return these settings with all that depends on the bound address filled in; raises SettingsError."""
        resolved, faults = _resolved(self, host, port, allow_unauthenticated=allow_unauthenticated)
        if faults:
            raise SettingsError("\n".join(faults.values()))
        return resolved


def load_settings() -> Settings:
    """Read the settings from the environment; raises SettingsError naming each variable at fault."""
    settings, faults = _read()
    if faults:
        raise SettingsError("\n".join(faults.values()))
    return settings


def load_resolved(host: str, port: int, *, allow_unauthenticated: bool = False) -> Settings:
    """Read the settings and fill in what depends on the bound address; raises SettingsError with every fault."""
    settings, wrong = _read()
    resolved, also = _resolved(settings, host, port, allow_unauthenticated=allow_unauthenticated)
    doubtful = {"auth", "public_url", "clients_file"}  # what a wrong one of these leads to is not known
    if wrong.keys() & doubtful:
        also = {name: fault for name, fault in also.items() if name not in doubtful}
    if faults := also | wrong:
        raise SettingsError("\n".join(faults[name] for name in Settings.model_fields if name in faults))
    return resolved


def _read() -> tuple[Settings, dict[str, str]]:
    """Read the environment: the settings, with the default where a variable is wrong, and the faults by field."""
    try:
        return Settings(), {}
    except ValidationError as error:
        faults = {str(fault["loc"][0]): _said(fault) for fault in reversed(error.errors())}
        ordered = {name: faults[name] for name in Settings.model_fields if name in faults}
        return Settings(**{name: _default(name) for name in ordered}), ordered


def _default(name: str) -> Any:  # noqa: ANN401 - of any setting
    return Settings.model_fields[name].default


def _said(error: ErrorDetails) -> str:
    """Say which variable is at fault and what it may be; the value may be a secret, so it is not quoted."""
    return f"{variable(str(error['loc'][0]))}: {error['msg'].removeprefix('Value error, ')}"


def _resolved(
    settings: Settings, host: str, port: int, *, allow_unauthenticated: bool
) -> tuple[Settings, dict[str, str]]:
    """Fill in what depends on the bound address; the faults that only show there, by field."""
    url = settings.public_url or f"http://{address_of(host, port)}"
    local = not is_beyond_this_machine(settings, host)
    auth = settings.auth or ("off" if local else "required")
    origins = settings.cors_origins
    if origins is None:
        origins = ("*",) if auth == "off" and local else ()
    demo = settings.demo or ("on" if auth == "off" and local else "off")
    faults = {}
    if settings.demo == "on" and auth != "off":
        faults["demo"] = _NO_DEMO
    if auth == "off" and not local and not allow_unauthenticated:
        faults["auth"] = _NOT_TOLD_TWICE
    if auth == "required" and settings.clients_file is None:
        faults["clients_file"] = _NOBODY_KNOWN if settings.auth or settings.public_url else _BEYOND_THIS_MACHINE
    if auth == "required" and settings.public_url is None and not is_loopback(host):
        faults["public_url"] = _NO_URL
    if settings.feedback_comments == "encrypt" and not settings.secret_key and _is_shared(settings.database_url):
        faults["secret_key"] = _NO_KEY
    return settings.model_copy(update={"public_url": url, "auth": auth, "cors_origins": origins, "demo": demo}), faults


_NOT_TOLD_TWICE = (
    f"{PREFIX}AUTH: off is for this machine alone, and here others could send calls too. Set it to required, or say it "
    "a second time: kcds serve --allow-unauthenticated"
)
_NO_DEMO = f"{PREFIX}DEMO: on needs {PREFIX}AUTH=off: whoever reaches the demo can have any record judged"
_NOBODY_KNOWN = (
    f"{PREFIX}CLIENTS_FILE: authentication is required and no client is known: name the YAML file of the clients "
    "(docs/clients-file.md shows one)"
)
_BEYOND_THIS_MACHINE = (
    f"{PREFIX}CLIENTS_FILE: beyond this machine clients must be authenticated: name the YAML file of the clients "
    "(docs/clients-file.md shows one), or serve 127.0.0.1"
)
_NO_URL = (
    f"{PREFIX}PUBLIC_URL: must be set beyond this machine: the https URL that clients call, which their tokens name"
)
_NO_KEY = (
    f"{PREFIX}SECRET_KEY: must be set where comments are encrypted in PostgreSQL: every machine that shares the "
    "database needs the same key; make one with: openssl rand -base64 32"
)


def _is_shared(database: SecretStr | None) -> bool:
    return database is not None and not database.get_secret_value().startswith("sqlite")


def is_beyond_this_machine(settings: Settings, host: str) -> bool:
    """Whether others may call: the bound address or the public URL is not loopback."""
    return not (is_loopback(host) and (settings.public_url is None or is_loopback(host_of(settings.public_url))))


def address_of(host: str, port: int) -> str:
    """Write host and port as in a URL."""
    return f"{bracketed(host)}:{port}"


def variable(name: str) -> str:
    """Return the name of the environment variable of a setting."""
    return PREFIX + name.upper()


def without_effect(variables: Iterable[str]) -> list[str]:
    """Return the variables that look like settings of kcds and are none: misspelt, or of another release."""
    known = set(map(variable, Settings.model_fields))
    return sorted(name for name in variables if name.upper().startswith(PREFIX) and name.upper() not in known)
