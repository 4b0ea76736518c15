"""Hook calls of a client that prefetches nothing, and the service that fetches."""

from dataclasses import replace
from typing import Any

from builders import Json
from fhir_server import FhirServer
from flask.testing import FlaskClient
from service_builders import make_client, real_service

from kcds.fhir.fetch import Fetcher
from kcds.outbound.addresses import Resolve, addresses_of
from kcds.outbound.client import OutboundClient
from kcds.outbound.places import Place


def fetching_client(*listed: str, resolve: Resolve = addresses_of, **settings: Any) -> FlaskClient:
    """A client of the whole application, which may fetch from these places (unless told, from this machine)."""
    places = [Place.parse(place) for place in listed or ("http://127.0.0.1:*",)]
    service = replace(real_service(), fetcher=Fetcher(OutboundClient(places, resolve=resolve)))
    return make_client(service=service, **settings)


def unprefetched(request: Json, server: FhirServer) -> Json:
    """The same call with access to a server instead of data."""
    return {name: value for name, value in request.items() if name != "prefetch"} | server.access()
