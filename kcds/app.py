"""Wiring of the server: settings, store, authentication, web. What gives advice is wired in `kcds.advice_app`.

What reads tokens is imported where clients must authenticate: it is 3 MB.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, TypeVar

from kcds.advice_app import make_service
from kcds.auth.identity import Anybody, Authenticator
from kcds.errors import KcdsError, SettingsError
from kcds.fhir.fetch import Fetcher
from kcds.logs import log_of
from kcds.outbound.client import OutboundClient
from kcds.service import AdviceService
from kcds.settings import Settings
from kcds.store.keys import KeyRing
from kcds.store.opening import open_keys, open_store
from kcds.store.records import Store
from kcds.web.metrics import Metrics
from kcds.web.parts import Parts, utc_now
from kcds.web.profiles import check_order_codes

if TYPE_CHECKING:
    from kcds.auth.clients_file import Registration
    from kcds.auth.smart.ehrs import Ehr
    from kcds.auth.smart.smart import Smart
    from kcds.auth.staff import Staff

T = TypeVar("T")

log = log_of("kcds.engine")


def make_parts(settings: Settings) -> Parts:
    """Put together what the web application is made of; raises KnowledgeError or SettingsError."""
    metrics = Metrics()
    service = _make_service(settings, metrics)
    metrics.describe(version=version("kcds"), knowledge=service.knowledge.version, mode=settings.mode)
    clients = _load_clients(settings, service)
    ehrs = _load_ehrs(settings)
    staff = _load_staff(settings)
    keys = open_keys(settings)
    store = open_store(settings, keys, count=metrics.count_store, clock=utc_now)
    fetcher = Fetcher(OutboundClient(settings.fhir_servers), count=metrics.count_fetch)
    authenticator = _make_authenticator(settings, clients, store, metrics)
    service = replace(service, fetcher=fetcher)
    return Parts(
        service=service,
        settings=settings,
        store=store,
        keys=keys,
        authenticator=authenticator,
        metrics=metrics,
        smart=_make_smart(ehrs, store, keys, metrics),
        staff=staff,
    )


def renew_parts(parts: Parts) -> Parts:
    """Read rules, overlay, clients, EHRs and staff anew; all else stays. Raises SettingsError, with every fault."""
    settings, faults = parts.settings, list[str]()
    service = _or_fault(lambda: _make_service(settings, parts.metrics), faults)
    clients = _or_fault(lambda: _load_clients(settings, service), faults)
    ehrs = _or_fault(lambda: _load_ehrs(settings), faults)
    staff = _or_fault(lambda: _load_staff(settings), faults)
    if service is None or clients is None or ehrs is None or faults:
        raise SettingsError("\n".join(faults))
    authenticator = _make_authenticator(settings, clients, parts.store, parts.metrics)
    smart = _make_smart(ehrs, parts.store, parts.keys, parts.metrics)
    service = replace(service, fetcher=parts.service.fetcher)
    return replace(parts, service=service, authenticator=authenticator, smart=smart, staff=staff)


def _or_fault(make: Callable[[], T], faults: list[str]) -> T | None:
    """Make something, or note what is wrong."""
    try:
        return make()
    except KcdsError as error:
        faults.append(str(error))
        return None


def _make_service(settings: Settings, metrics: Metrics) -> AdviceService:
    """Load the rules, and tell whoever looks after the service when the engines differ on one."""

    def note(rules: Sequence[str]) -> None:
        metrics.count_disagreement()
        log.error("the rules engines disagree", rules=list(rules))

    return make_service(overlay=settings.rules_overlay, on_disagreement=note)


def _load_clients(settings: Settings, service: AdviceService | None) -> "tuple[Registration, ...]":
    """Read who may call, before anything is opened; raises SettingsError, every fault.

    Without a service, whose rules would tell which orders are offered, the codes of orders are not checked.
    """
    if settings.auth == "off":
        return ()
    if settings.clients_file is None or settings.public_url is None:
        raise SettingsError("authentication needs KCDS_CLIENTS_FILE and KCDS_PUBLIC_URL")
    from kcds.auth.clients_file import load_clients  # noqa: PLC0415 - see above

    clients = load_clients(settings.clients_file)
    if service is not None:
        check_order_codes((entry.client for entry in clients), service.knowledge.rules)
    return clients


def _load_ehrs(settings: Settings) -> "tuple[Ehr, ...]":
    """Read from which EHRs the review page is opened; raises SettingsError, every fault."""
    if settings.smart_file is None:
        return ()
    from kcds.auth.smart.ehrs_file import load_ehrs  # noqa: PLC0415 - only where there is such a file

    return load_ehrs(settings.smart_file)


def _load_staff(settings: Settings) -> "Staff | None":
    """Read who may see feedback; raises SettingsError, every fault."""
    if settings.staff_file is None:
        return None
    from kcds.auth.staff import load_staff  # noqa: PLC0415 - likewise

    return load_staff(settings.staff_file)


def _make_smart(ehrs: "tuple[Ehr, ...]", store: Store, keys: KeyRing, metrics: Metrics) -> "Smart | None":
    if not ehrs:
        return None
    from kcds.auth.smart.smart import make_smart  # noqa: PLC0415 - likewise

    return make_smart(ehrs, store, keys, metrics.count_fetch)


def _make_authenticator(
    settings: Settings, clients: "tuple[Registration, ...]", store: Store, metrics: Metrics
) -> Authenticator:
    """Let in the clients of the file, or everybody where it is said that authentication is off."""
    if settings.auth == "off":
        return Anybody()
    from kcds.auth.authenticator import TokenAuthenticator  # noqa: PLC0415 - see above
    from kcds.auth.clients_file import place_of_keys  # noqa: PLC0415
    from kcds.auth.key_source import reader_of_key_sets  # noqa: PLC0415

    outbound = OutboundClient(place_of_keys(client.jku) for client in clients if client.jku)
    return TokenAuthenticator(
        clients,
        public_url=str(settings.public_url),
        remember=store.remember_token,
        fetch=reader_of_key_sets(outbound),
        clock=utc_now,
        count=metrics.count_auth_refusal,
    )
