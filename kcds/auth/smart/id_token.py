"""The identity token: who opened the chart, as the EHR says it. Checked whole, or the launch ends."""

import re
from collections.abc import Mapping
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from kcds.auth.claims import LEEWAY
from kcds.auth.smart.asking import Asking
from kcds.auth.smart.oauth import Granted
from kcds.auth.smart.refusal import LaunchRefusedError, Why
from kcds.auth.smart.sessions import Pending

_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_KINDS: Mapping[Any, type[RSAKey] | type[ECKey] | type[OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
_MOST_KEYS = 50
_USER = re.compile(r"(?:.*/)?((?:Practitioner|PractitionerRole|Patient|RelatedPerson)/[A-Za-z0-9\-.]{1,64})", re.ASCII)


def read_user(granted: Granted, pending: Pending, client_id: str, asking: Asking) -> str | None:
    """Return who opened the chart ("Practitioner/p1"), None where the EHR does not say; raises LaunchRefusedError."""
    endpoints = pending.endpoints
    if granted.id_token is None or endpoints.keys is None or "openid" not in pending.asked:
        return None
    keys = _usable(asking.read(endpoints.keys).get("keys"))
    try:
        token = jwt.decode(granted.id_token, keys, algorithms=_ALGORITHMS)
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": endpoints.issuer},
                "aud": {"essential": True, "value": client_id},
            },
            params={"nonce": pending.nonce, "client_id": client_id, "access_token": granted.token},
        )
        claims.validate(now=round(asking.now.timestamp()), leeway=round(LEEWAY))
    except Exception:  # noqa: BLE001 - whatever is wrong with it, and the messages may quote it
        raise LaunchRefusedError(Why.IDENTITY) from None
    user = claims.get("fhirUser")
    match = _USER.fullmatch(user) if isinstance(user, str) else None
    return match[1] if match else None


def _usable(members: object) -> KeySet:
    """Return the keys that can be used; raises LaunchRefusedError where there is none."""
    keys: list[Any] = []
    for member in members[:_MOST_KEYS] if isinstance(members, list) else []:
        kind = _KINDS.get(member.get("kty")) if isinstance(member, dict) else None
        if kind is not None and member.get("use", "sig") == "sig":
            try:
                keys.append(kind.import_key(member))
            except Exception:  # noqa: BLE001, S112 - one key that nobody can use; the others are
                continue
    if not keys:
        raise LaunchRefusedError(Why.IDENTITY, "no-keys")
    return KeySet(keys)
