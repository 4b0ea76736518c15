"""The connection goes to a checked address, but the certificate has to be that of the name that was asked."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from certificates import certificate_of
from fhir_server import FhirServer, content, fhir_server

from kcds.errors import OutboundError
from kcds.outbound.client import OutboundClient
from kcds.outbound.deadline import Deadline
from kcds.outbound.places import Place

NAME = "fhir.hospital.example"


@contextmanager
def tls_server(certificate: Path, asked_names: list[str | None]) -> Iterator[FhirServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: asked_names.append(name)
    with fhir_server() as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.misbehaviour["/"] = content(b"{}")
        yield server


def read(server: FhirServer) -> bytes:
    """Read from the server under its name, which leads to its address."""
    url = f"https://localhost:{server.server_address[1]}"
    client = OutboundClient([Place.parse(url)], resolve=lambda _host: ["127.0.0.1"])
    return client.get(f"{url}/fhir/x", headers={}, deadline=Deadline.after(3), largest=100).body


def test_the_name_that_was_asked_is_told_and_its_certificate_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str | None] = []
    certificate = certificate_of("localhost", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    with tls_server(certificate, names) as server:
        body = read(server)

    assert body == b"{}"
    assert names == ["localhost"]


@pytest.mark.checklist("SEC-1")
def test_the_certificate_of_another_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = certificate_of(NAME, tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    with tls_server(certificate, []) as server, pytest.raises(OutboundError) as caught:
        read(server)

    assert caught.value.kind == "certificate"
    assert server.asked == []


@pytest.mark.checklist("SEC-1")
def test_a_certificate_of_an_unknown_authority_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate_of("other", tmp_path)))

    with tls_server(certificate_of("localhost", tmp_path), []) as server, pytest.raises(OutboundError) as caught:
        read(server)

    assert caught.value.kind == "certificate"
    assert server.asked == []
