"""All that is needed to open the review page from EHRs: which there are, who may ask them what, and open sessions."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from kcds.auth.smart.discovery import Discoveries
from kcds.auth.smart.ehrs import Ehr, PublicJwk
from kcds.auth.smart.sessions import Keys, Sessions, SessionStore
from kcds.fhir.fetch import Fetcher
from kcds.fhir.fetch_server import Count
from kcds.outbound.client import OutboundClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Smart:
    """The registered EHRs."""

    ehrs: tuple[Ehr, ...]
    sessions: Sessions
    outbound: OutboundClient  # reaches the hosts of these EHRs only
    fetcher: Fetcher
    discoveries: Discoveries = field(default_factory=Discoveries)

    def find(self, iss: str | None) -> Ehr | None:
        """Return the EHR of exactly this `iss`."""
        return next((ehr for ehr in self.ehrs if ehr.iss == iss), None)

    def knows(self, server: str | None, client: str | None = None) -> bool:
        """Whether a hook call with this fhirServer, or of this client, comes from a registered EHR."""
        return any(ehr.is_at(server) or (client is not None and ehr.cds_client == client) for ehr in self.ehrs)

    @property
    def standalone(self) -> tuple[Ehr, ...]:
        """The EHRs at which somebody may choose a patient without a chart being open."""
        return tuple(ehr for ehr in self.ehrs if ehr.standalone)

    @property
    def public_keys(self) -> list[PublicJwk]:
        """The public halves of our keys, each once."""
        return list({ehr.key.kid: ehr.key.public for ehr in self.ehrs if ehr.key}.values())


def make_smart(ehrs: Iterable[Ehr], store: SessionStore, keys: Keys, count: Count) -> Smart:
    """Put it together; connects to nothing yet."""
    registered = tuple(ehrs)
    outbound = OutboundClient(place for ehr in registered for place in ehr.places())
    return Smart(
        ehrs=registered, sessions=Sessions(store, keys), outbound=outbound, fetcher=Fetcher(outbound, count=count)
    )
