"""The forms of OAuth 2 as Authlib makes them: where the browser is sent, and how a code is exchanged for a token."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7523 import private_key_jwt_sign
from authlib.oauth2.rfc7523.client import ASSERTION_TYPE
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import import_key

from kcds.auth.smart.asking import OK, Asking
from kcds.auth.smart.discovery import Endpoints
from kcds.auth.smart.ehrs import Ehr
from kcds.auth.smart.refusal import LaunchRefusedError, Why
from kcds.auth.smart.sessions import Pending
from kcds.auth.strict_json import read_object

USUAL_LIFE = 300
"""Seconds for which a token is taken to be good where the EHR does not say."""
LONGEST_LIFE = 3600
"""Seconds for which a review stays open at most."""
_ASSERTION_LIFE = 240
"""Seconds; the standard allows five minutes."""
_LONGEST_TOKEN = 16_384
_PLAIN = re.compile(r"[!-~]+")
_PATIENT = re.compile(r"(?:Patient/)?([A-Za-z0-9\-.]{1,64})", re.ASCII)
_ERRORS = frozenset(
    {"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type"}
    | {"invalid_scope"}
)
"""Words of RFC 6749 by which a token is refused; what else an EHR says is not repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What an EHR granted."""

    token: str = field(repr=False)
    patient_id: str = field(repr=False)
    scopes: tuple[str, ...]
    expires: datetime
    need_patient_banner: bool
    card_context: str | None = field(repr=False)
    id_token: str | None = field(repr=False)


def authorize_url(ehr: Ehr, pending: Pending, *, state: str, callback: str, launch: str | None) -> str:
    """Return where the browser is sent to ask for a code."""
    return str(
        prepare_grant_uri(
            pending.endpoints.authorization,
            client_id=ehr.client_id,
            response_type="code",
            redirect_uri=callback,
            scope=list(pending.asked),
            state=state,
            aud=ehr.iss,
            launch=launch,
            nonce=pending.nonce if "openid" in pending.asked else None,
            code_challenge=create_s256_code_challenge(pending.verifier),
            code_challenge_method="S256",
        )
    )


def exchange(ehr: Ehr, pending: Pending, code: str, callback: str, asking: Asking) -> Granted:
    """Exchange a code for a token; raises LaunchRefusedError."""
    headers: dict[str, str] = {}
    form = prepare_token_request(
        "authorization_code",
        redirect_uri=callback,
        code=code,
        code_verifier=pending.verifier,
        **_assertion(ehr, pending),
    )
    if ehr.key is None:
        way = _way(ehr, pending.endpoints)
        _, headers, form = ClientAuth(ehr.client_id, ehr.secret, way).prepare("POST", "", headers, form)
    answer = asking.send(pending.endpoints.token, form, headers)
    try:
        said = read_object(answer.body)
    except ValueError:
        said = {}
    if answer.status != OK:
        raise LaunchRefusedError(Why.NO_TOKEN, _word(said.get("error")) or f"status {answer.status}")
    return _granted(said, pending, asking.now)


def _way(ehr: Ehr, endpoints: Endpoints) -> str:
    if ehr.secret is None:
        return "none"
    return "client_secret_post" if endpoints.secret_in_form else "client_secret_basic"


def _assertion(ehr: Ehr, pending: Pending) -> dict[str, str]:
    """Show who we are by a signature, where a key is registered."""
    if ehr.key is None:
        return {}
    signed = private_key_jwt_sign(
        import_key(ehr.key.pem, "EC" if ehr.key.algorithm.startswith("ES") else "RSA"),
        client_id=ehr.client_id,
        token_endpoint=pending.endpoints.token,
        alg=ehr.key.algorithm,
        header={"typ": "JWT", "kid": ehr.key.kid},
        expires_in=_ASSERTION_LIFE,
    )
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}


def _word(error: object) -> str | None:
    return error if isinstance(error, str) and error in _ERRORS else None


def _granted(said: Mapping[str, Any], pending: Pending, now: datetime) -> Granted:
    """Read the answer of the token endpoint strictly; raises LaunchRefusedError."""
    token, kind, scope = said.get("access_token"), said.get("token_type"), said.get("scope", "")
    if not isinstance(token, str) or not _PLAIN.fullmatch(token) or len(token) > _LONGEST_TOKEN:
        raise LaunchRefusedError(Why.BAD_TOKEN, "access_token")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise LaunchRefusedError(Why.BAD_TOKEN, "token_type")
    if not isinstance(scope, str):
        raise LaunchRefusedError(Why.BAD_TOKEN, "scope")
    patient = said.get("patient")
    match = _PATIENT.fullmatch(patient) if isinstance(patient, str) else None
    if match is None:
        raise LaunchRefusedError(Why.NO_PATIENT)
    return Granted(
        token=token,
        patient_id=match[1],
        scopes=tuple(scope.split()) or pending.asked,
        expires=now + timedelta(seconds=_life(said.get("expires_in"))),
        need_patient_banner=said.get("need_patient_banner") is not False,
        card_context=_text(said.get("appContext")),
        id_token=_text(said.get("id_token")),
    )


def _life(seconds: object) -> int:
    """Say for how many seconds a token is good; some EHRs write the number as text."""
    if isinstance(seconds, str) and seconds.isascii() and seconds.isdigit() and len(seconds) < len(str(_LONGEST_TOKEN)):
        seconds = int(seconds)
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds <= 0:
        return USUAL_LIFE
    return min(seconds, LONGEST_LIFE)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
