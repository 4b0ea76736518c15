"""Keys, tokens and key servers of invented CDS clients: valid ones, from which a test changes one thing."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import jwt
from builders import Json
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from fake_store import MemoryStore
from flask.testing import FlaskClient
from local_servers import serving
from service_builders import NOON, hook_call, make_client
from werkzeug.test import TestResponse

from kcds.auth.authenticator import TokenAuthenticator
from kcds.auth.clients_file import Registration
from kcds.auth.identity import Client
from kcds.auth.keys import read_key_set
from kcds.outbound.deadline import Deadline

DISCOVERY = "/cds-services"
HOOK = "/cds-services/ketamine-patient-view"
FEEDBACK = f"{HOOK}/feedback"
PATHS = (DISCOVERY, HOOK, FEEDBACK)

NOW = int(NOON.timestamp())
PUBLIC_URL = "https://kcds.example.org/base"
ISSUER = "https://ehr.example.org"
ABSENT = object()
"""The value of a member that is to be left out."""

_CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
ALGORITHMS = ("ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA")


@dataclass(frozen=True)
class SigningKey:
    """A private key with the name and the algorithm that its tokens carry."""

    kid: str
    alg: str
    private: Any

    def jwk(self, **changes: Any) -> Json:
        """The public key as a client publishes it."""
        public: Json = jwt.get_algorithm_by_name(self.alg).to_jwk(self.private.public_key(), as_dict=True)
        whole = public | {"kid": self.kid, "alg": self.alg, "use": "sig"} | changes
        return {name: value for name, value in whole.items() if value is not ABSENT}

    def sign(self, signed: bytes) -> bytes:
        return jwt.get_algorithm_by_name(self.alg).sign(signed, self.private)


def signing_key(alg: str = "ES384", kid: str = "", bits: int = 2048) -> SigningKey:
    """The key of that name, made once; RSA keys of one size are one key, since making them takes long."""
    name = kid or f"key-{alg}"
    return SigningKey(name, alg, _rsa_key(bits) if alg[:2] in {"RS", "PS"} else _short_key(alg, name))


@cache
def _short_key(alg: str, _name: str) -> Any:
    return ed25519.Ed25519PrivateKey.generate() if alg == "EdDSA" else ec.generate_private_key(_CURVES[alg])


@cache
def _rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def jwk_set(*keys: SigningKey) -> Json:
    """What a client publishes."""
    return {"keys": [key.jwk() for key in keys]}


def claims(path: str = "/cds-services", now: datetime = NOON, **changes: Any) -> Json:
    """Claims that hold at this path, with changes."""
    second = int(now.timestamp())
    whole = {"iss": ISSUER, "aud": PUBLIC_URL + path, "iat": second, "exp": second + 300, "jti": str(uuid4())}
    return {name: value for name, value in (whole | changes).items() if value is not ABSENT}


def header(key: SigningKey, **changes: Any) -> Json:
    """The header of a token that this key signs, with changes."""
    whole = {"alg": key.alg, "typ": "JWT", "kid": key.kid} | changes
    return {name: value for name, value in whole.items() if value is not ABSENT}


def encoded(value: Json | bytes) -> str:
    """A segment of a token."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def compact(head: Json | bytes, payload: Json | bytes, sign: Callable[[bytes], bytes]) -> str:
    """A token of these parts, whatever they are."""
    signed = f"{encoded(head)}.{encoded(payload)}"
    return f"{signed}.{encoded(sign(signed.encode()))}"


def token(
    path: str = "/cds-services", key: SigningKey | None = None, now: datetime | None = None, **changes: Any
) -> str:
    """A token that holds at this path, with changed claims."""
    signer = key or signing_key()
    return compact(header(signer), claims(path, now or NOON, **changes), signer.sign)


def bearer(path: str = "/cds-services", key: SigningKey | None = None, **changes: Any) -> dict[str, str]:
    """The headers of a call with a token that holds now, by the clock of this machine."""
    return {"Authorization": f"Bearer {token(path, key, datetime.now(UTC), **changes)}"}


def registered(*keys: SigningKey, issuer: str = ISSUER, **more: Any) -> Registration:
    """A client of the clients file, with these keys in it."""
    return Registration(client=Client(issuer=issuer), keys=read_key_set(jwk_set(*keys))[0], **more)


@dataclass
class Door:
    """The service behind authentication, and what it did with its callers."""

    client: FlaskClient
    store: MemoryStore
    refusals: list[str]

    def call(self, path: str, authorization: str | None) -> TestResponse:
        """One call as that path expects it."""
        headers = {} if authorization is None else {"Authorization": authorization}
        if path == DISCOVERY:
            return self.client.get(path, headers=headers)
        entry = {"card": str(uuid4()), "outcome": "accepted", "outcomeTimestamp": "2026-11-21T11:00:00Z"}
        body = {"feedback": [entry | {"acceptedSuggestions": [{"id": "s1"}]}]} if path == FEEDBACK else hook_call()
        return self.client.post(path, json=body, headers=headers)


def door(
    *clients: Registration,
    fetch: Callable[[str, Deadline], bytes] | None = None,
    store: MemoryStore | None = None,
    now: datetime = NOON,
    public_url: str = PUBLIC_URL,
) -> Door:
    """The service for these clients; without `fetch` there is no network."""
    kept, refusals = store or MemoryStore(), list[str]()

    def unplugged(address: str, _deadline: Deadline) -> bytes:
        raise AssertionError(f"fetched {address}")

    keeper = TokenAuthenticator(
        clients,
        public_url=public_url,
        remember=kept.remember_token,
        fetch=fetch or unplugged,
        clock=lambda: now,
        count=refusals.append,
    )
    return Door(make_client(store=kept, authenticator=keeper), kept, refusals)


def hmac_signer(alg: str, secret: bytes) -> Callable[[bytes], bytes]:
    """Signs by HMAC, with what should be no secret."""
    digest = getattr(hashlib, f"sha{alg[2:]}")
    return lambda signed: hmac.new(secret, signed, digest).digest()


@dataclass
class KeyServer:
    """A server of one key set on this machine; a test may change what it answers."""

    body: bytes
    status: int = 200
    seconds: float = 0
    asked: int = 0
    address: str = ""
    location: str | None = None
    ending: threading.Event = field(default_factory=threading.Event)

    def publish(self, *keys: SigningKey) -> None:
        self.body = json.dumps(jwk_set(*keys)).encode()


@contextmanager
def key_server(*keys: SigningKey) -> Iterator[KeyServer]:
    """Serve the keys until the end of the block."""
    state = KeyServer(json.dumps(jwk_set(*keys)).encode())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked += 1
            state.ending.wait(state.seconds)
            self.send_response(state.status)
            if state.location:
                self.send_header("Location", state.location)
            self.send_header("Content-Length", str(len(state.body)))
            self.end_headers()
            self.wfile.write(state.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        state.address = f"http://127.0.0.1:{server.server_port}/jwks.json"
        try:
            yield state
        finally:
            state.ending.set()
