"""An EHR from which the review page is opened, as the operator registered it; nothing in here is ever printed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from kcds.auth.claims import same_place
from kcds.outbound.places import Place, is_loopback

PublicJwk: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key of ours: its PEM, the algorithm it signs with, and what others check its signatures with."""

    pem: bytes = field(repr=False)
    algorithm: str
    kid: str
    public: PublicJwk


@dataclass(frozen=True, slots=True, kw_only=True)
class Ehr:
    """One EHR. With neither secret nor key kcds is a public client there, and PKCE alone protects the code."""

    name: str
    iss: str  # letter by letter as the EHR writes it
    client_id: str
    secret: str | None = field(default=None, repr=False)
    key: SigningKey | None = None
    scopes: tuple[str, ...] | None = None  # in place of the usual ones
    cds_client: str | None = None  # the issuer of its hook calls
    standalone: bool = False
    token_endpoint_host: str | None = None  # where its tokens come from, if not from the host of `iss`

    def is_at(self, server: str | None) -> bool:
        """Whether this is the base URL of its FHIR server."""
        return server is not None and same_place(server) == same_place(self.iss)

    def places(self) -> Iterator[Place]:
        """Name the places that may be asked for data, tokens and keys: its own host, and the one that is listed."""
        yield _host_of(self.iss)
        if self.token_endpoint_host:
            yield place_of_host(self.token_endpoint_host)


def place_of_host(host: str) -> Place:
    """Make a place of a whole host, `auth.example.org` or with its port; raises ValueError where it is none."""
    scheme = "http" if is_loopback(host.rpartition(":")[0] or host) else "https"
    place = Place.parse(f"{scheme}://{host}")
    if place.path or place.port is None:
        raise ValueError("must be a host")
    return place


def _host_of(url: str) -> Place:
    place = Place.of_url(url)
    return Place(scheme=place.scheme, host=place.host, port=place.port, path="")
