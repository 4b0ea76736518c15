"""An EHR of this machine for tests: charts in frames, SMART authorization, tokens and FHIR, strict about the standard.

Whatever a client does against the standard is a line in `problems`, and is refused. Codes and tokens have words that a
test looks for where they must not be. What the EHR grants, and how it misbehaves, a test says.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from builders import Json
from fhir_server import BASE_PATH, Asked, Behaviour, FhirServer, _Handler
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from local_servers import serving

CODE, TOKEN, SECRET = "planted-code", "planted-token", "planted-secret"
LAUNCH = "planted-launch"
CLIENT_ID = "kcds-review"


@dataclass
class _Code:
    """What a code stands for, until it is used."""

    asked: Mapping[str, str]
    patient: str
    context: str | None


@dataclass
class _Token:
    """What a token may read, and until when."""

    patient: str
    types: frozenset[str]
    ends: float


class _SmartHandler(_Handler):
    """Takes forms too."""

    def do_POST(self) -> None:  # noqa: N802 - the name that http.server looks for
        form = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        self.server.token_asked(self, form)  # type: ignore[attr-defined]

    def page(self, html: str, status: int = 200) -> None:
        self.give(html.encode(), status, {"Content-Type": "text/html; charset=utf-8"})

    def send_on(self, url: str) -> None:
        self.give(b"", 302, {"Location": url})


@dataclass
class Manner:
    """What the EHR grants, and how it behaves."""

    refuse: str | None = None  # an error instead of a code
    withhold: frozenset[str] = frozenset()  # types of resources that are not granted
    expires_in: int = 300
    patient: str = "pat-1"  # chosen where no chart is open
    configuration: Json = field(default_factory=dict)  # in place of members of the smart-configuration; None: left out
    token_says: Json = field(default_factory=dict)  # likewise, of the answer of the token endpoint
    id_says: Json = field(default_factory=dict)  # likewise, of the claims of the identity token
    token_does: Behaviour | None = None  # instead of giving a token
    answer_says: Mapping[str, str] = field(default_factory=dict)  # in place of parameters of the way back


class SmartEhr(FhirServer):
    """The EHR."""

    def __init__(self, resources: Iterable[Json], *, secret: str | None, public_key: Json | None) -> None:
        super().__init__(resources, page=1000, latency=0, token=None)
        self.RequestHandlerClass = _SmartHandler  # type: ignore[assignment] - takes forms too
        self.origin = self.base.removesuffix(BASE_PATH)
        self.secret, self.public_key = secret, public_key
        self.manner = Manner()
        self.problems: list[str] = []
        self.redirects: set[str] = set()  # registered; empty: those of this machine
        self.launches: dict[str, tuple[str, str | None]] = {}
        self.codes: dict[str, _Code] = {}
        self.tokens: dict[str, _Token] = {}
        self.key = ECKey.generate_key("P-256", {"kid": "ehr", "use": "sig", "alg": "ES256"})

    def launch(self, patient: str = "pat-1", context: str | None = None) -> str:
        """A chart is open: what the app is launched with. `context` is the appContext of a card's link."""
        name = f"{LAUNCH}-{secrets.token_hex(8)}"
        self.launches[name] = (patient, context)
        return name

    def launch_query(self, patient: str = "pat-1", context: str | None = None) -> str:
        """The same, as the query of the app's launch URL."""
        return urlencode({"iss": self.base, "launch": self.launch(patient, context)})

    def chart(self, app: str, patient: str = "pat-1", host: str = "127.0.0.1") -> str:
        """The address of a chart with the app (its launch URL) in a frame; on `localhost` it is another site."""
        return f"http://{host}:{self.server_address[1]}/chart?{urlencode({'app': app, 'patient': patient})}"

    def answer(self, handler: Any) -> None:
        """Everything but forms."""
        parts = urlsplit(handler.path)
        pages: dict[str, Callable[[Any, dict[str, str]], None]] = {
            "/chart": self._chart,
            "/auth/authorize": self._authorize,
            "/auth/keys": lambda asked, _query: asked.give(KeySet([self.key]).as_dict(private=False)),
            f"{BASE_PATH}/.well-known/smart-configuration": lambda asked, _query: asked.give(self.configuration()),
        }
        misbehaves = any(handler.path.removeprefix(BASE_PATH).startswith(start) for start in self.misbehaviour)
        if parts.path in pages and not misbehaves:
            self.asked.append(Asked(handler.path, dict(handler.headers), handler.client_address))
            pages[parts.path](handler, dict(parse_qsl(parts.query)))
        elif misbehaves or self._may_read(handler, parts.path):
            super().answer(handler)

    def configuration(self) -> Json:
        """What it says of itself."""
        said: Json = {
            "issuer": self.base,
            "jwks_uri": f"{self.origin}/auth/keys",
            "authorization_endpoint": f"{self.origin}/auth/authorize",
            "token_endpoint": f"{self.origin}/auth/token",
            "capabilities": ["launch-ehr", "launch-standalone", "context-ehr-patient", "permission-v2"],
            "code_challenge_methods_supported": ["S256"],
        }
        return _with(said, self.manner.configuration)

    def token_asked(self, handler: Any, form: str) -> None:
        """The token endpoint."""
        if self.manner.token_does is not None:
            self.manner.token_does(handler)
            return
        sent = {name: values[0] for name, values in parse_qs(form, strict_parsing=True).items()}
        code = self.codes.pop(sent.get("code", ""), None)
        problem = self._problem_of_client(handler, sent) or self._problem_of_code(sent, code)
        if problem or code is None:
            self.problems.append(problem or "code")
            handler.give({"error": "invalid_grant", "error_description": "planted-description"}, 400)
            return
        handler.give(self._granted(code), headers={"Cache-Control": "no-store"})

    def _chart(self, handler: Any, query: dict[str, str]) -> None:
        address = f"{query['app']}?{self.launch_query(query.get('patient', 'pat-1'))}"
        frame = f'<iframe title="Apps" src="{escape(address)}" width="1300" height="850"></iframe>'
        handler.page(f"<!doctype html><html lang=en><title>Chart</title><h1>Chart</h1>{frame}</html>")

    def _authorize(self, handler: Any, query: dict[str, str]) -> None:
        redirect = query.get("redirect_uri", "")
        if redirect not in self.redirects and (self.redirects or not redirect.startswith("http://127.0.0.1")):
            self.problems.append("redirect_uri")
            handler.page("<h1>Unknown app</h1>", 400)
            return
        problem = self._problem_of_question(query)
        answer = {"state": query.get("state", "")}
        if problem:
            self.problems.append(problem)
            answer["error"] = "invalid_request"
        elif self.manner.refuse:
            answer |= {"error": self.manner.refuse, "error_description": "planted-description"}
        else:
            patient, context = self.launches.pop(query.get("launch", ""), (self.manner.patient, None))
            answer["code"] = f"{CODE}-{secrets.token_hex(8)}"
            self.codes[answer["code"]] = _Code(query, patient, context)
        handler.send_on(f"{redirect}?{urlencode(answer | dict(self.manner.answer_says))}")

    def _problem_of_question(self, query: dict[str, str]) -> str | None:
        scopes = query.get("scope", "").split()
        wanted = {
            "response_type": query.get("response_type") == "code",
            "client_id": query.get("client_id") == CLIENT_ID,
            "aud": query.get("aud") == self.base,
            "state": len(query.get("state", "")) >= 22,
            "code_challenge": len(query.get("code_challenge", "")) == 43,
            "code_challenge_method": query.get("code_challenge_method") == "S256",
            "launch": query["launch"] in self.launches if "launch" in scopes and "launch" in query else True,
            "launch scope": ("launch" in scopes) == ("launch" in query) and {"launch", "launch/patient"} & set(scopes),
            "nonce": "openid" not in scopes or len(query.get("nonce", "")) >= 16,
            "lasting": not {"offline_access", "online_access"} & set(scopes),
        }
        return next((name for name, good in wanted.items() if not good), None)

    def _problem_of_client(self, handler: Any, sent: dict[str, str]) -> str | None:
        if self.public_key is not None:
            return self._problem_of_assertion(sent)
        if self.secret is None:
            return None if sent.get("client_id") == CLIENT_ID else "client_id"
        if "client_secret_post" in (self.manner.configuration.get("token_endpoint_auth_methods_supported") or []):
            good = (sent.get("client_id"), sent.get("client_secret")) == (CLIENT_ID, self.secret)
        else:
            basic = base64.b64encode(f"{CLIENT_ID}:{self.secret}".encode()).decode()
            good = handler.headers.get("Authorization") == f"Basic {basic}" and "client_secret" not in sent
        return None if good else "client authentication"

    def _problem_of_assertion(self, sent: dict[str, str]) -> str | None:
        assert self.public_key is not None
        token = jwt.decode(sent["client_assertion"], ECKey.import_key(self.public_key), algorithms=["ES384"])
        claims = token.claims
        wanted = {
            "assertion type": sent["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "assertion kid": token.header["kid"] == self.public_key["kid"],
            "assertion iss and sub": claims["iss"] == claims["sub"] == CLIENT_ID,
            "assertion aud": claims["aud"] == self.configuration()["token_endpoint"],
            "assertion exp": time.time() < claims["exp"] <= time.time() + 300,
            "assertion jti": len(claims["jti"]) >= 16,
        }
        return next((name for name, good in wanted.items() if not good), None)

    def _problem_of_code(self, sent: dict[str, str], code: _Code | None) -> str | None:
        if code is None:
            return "code"
        challenge = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        wanted = {
            "grant_type": sent.get("grant_type") == "authorization_code",
            "redirect_uri again": sent.get("redirect_uri") == code.asked["redirect_uri"],
            "code_verifier": base64.urlsafe_b64encode(challenge).decode().rstrip("=") == code.asked["code_challenge"],
            "length of code_verifier": 43 <= len(sent.get("code_verifier", "")) <= 128,
        }
        return next((name for name, good in wanted.items() if not good), None)

    def _granted(self, code: _Code) -> Json:
        scopes = [s for s in code.asked["scope"].split() if not any(f"/{kind}." in s for kind in self.manner.withhold)]
        token = f"{TOKEN}-{secrets.token_hex(8)}"
        types = frozenset(s.partition("/")[2].partition(".")[0] for s in scopes if s.startswith("patient/"))
        self.tokens[token] = _Token(code.patient, types, time.monotonic() + self.manner.expires_in)
        said: Json = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": self.manner.expires_in,
            "scope": " ".join(scopes),
            "patient": code.patient,
            "need_patient_banner": True,
        }
        if code.context is not None:
            said["appContext"] = code.context
        if "openid" in scopes:
            said["id_token"] = self._id_token(code)
        return _with(said, self.manner.token_says)

    def _id_token(self, code: _Code) -> str:
        now = int(time.time())
        claims: Json = {
            "iss": self.base,
            "sub": "user-1",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": code.asked.get("nonce"),
            "fhirUser": f"{self.base}/Practitioner/p1",
        }
        return jwt.encode({"alg": "ES256", "kid": "ehr"}, _with(claims, self.manner.id_says), self.key)

    def _may_read(self, handler: Any, path: str) -> bool:
        """Whether the token reads this; answers 401 or 403 itself where it does not."""
        token = self.tokens.get((handler.headers.get("Authorization") or "").removeprefix("Bearer "))
        kind, _, name = path.removeprefix(f"{BASE_PATH}/").partition("/")
        if token is None or token.ends < time.monotonic():
            status = 401
        elif kind not in token.types or not self._is_of(token.patient, kind, name, handler.path):
            status = 403
        else:
            return True
        handler.give({"resourceType": "OperationOutcome"}, status)
        return False

    def _is_of(self, patient: str, kind: str, name: str, path: str) -> bool:
        if kind == "Medication":
            return True
        return name == patient if kind == "Patient" else parse_qs(urlsplit(path).query).get("patient") == [patient]


def _with(said: Json, instead: Json) -> Json:
    return {name: value for name, value in (said | instead).items() if value is not None}


@contextmanager
def smart_ehr(
    resources: Iterable[Json] = (), *, secret: str | None = SECRET, public_key: Json | None = None
) -> Iterator[SmartEhr]:
    """An EHR that is there meanwhile."""
    server = SmartEhr(resources, secret=None if public_key else secret, public_key=public_key)
    with serving(server):
        try:
            yield server
        finally:
            server.closing.set()
