"""Client authentication by JWT, as CDS Hooks 2.0.1 describes it (Trusting CDS Clients).

In this order: a well-formed token, a registered issuer, its own key, the signature, the claims, the first use. What is
remembered of a token is written only when all else holds. Nobody is told why a token was refused.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeAlias

import jwt
import structlog

from kcds.auth.claims import check_claims, same_place
from kcds.auth.clients_file import Registration
from kcds.auth.identity import Client
from kcds.auth.key_source import Fetch, FetchedKeys, KeySource, WrittenKeys
from kcds.auth.keys import VerificationKey
from kcds.auth.refusal import Reason, RefusedError
from kcds.auth.token import Token, read_token
from kcds.errors import UnauthorizedError
from kcds.outbound.deadline import Deadline

LONGEST: Final = 1.0
"""Seconds of a call that finding out who calls may use."""

FOR_STORE: Final = 0.25
"""Seconds of them that are left to the store however long the keys take."""

Remember: TypeAlias = Callable[[str, str, datetime, Deadline], bool]
"""Whether the id of an issuer's token is new; remembers it until then (`Store.remember_token`)."""

log = structlog.get_logger("kcds.auth")
_jws = jwt.PyJWS()


class TokenAuthenticator:
    """Lets in the registered clients."""

    def __init__(  # noqa: PLR0913 - wired in one place
        self,
        clients: Iterable[Registration],
        *,
        public_url: str,
        remember: Remember,
        fetch: Fetch,
        clock: Callable[[], datetime],
        count: Callable[[str], None],
    ) -> None:
        """Know the clients; `count` gets the reason of every refusal, a word of `Reason`."""
        self._clients: Mapping[str, tuple[Registration, KeySource]] = {
            entry.client.issuer: (entry, _key_source(entry, fetch)) for entry in clients
        }
        self._public_url = same_place(public_url)
        self._remember = remember
        self._clock = clock
        self._count = count

    def authenticate(self, authorization: str | None, path: str, deadline: Deadline) -> Client:
        """Return the client that signed the token; raises UnauthorizedError."""
        issuer = None
        try:
            token = read_token(authorization)
            registered, keys = self._registered(token)
            issuer = registered.client.issuer
            tenant = self._check(token, registered, keys, path, deadline.within(LONGEST))
        except RefusedError as error:
            self._count(error.reason.value)
            log.info("token refused", reason=error.reason.value, **({"issuer": issuer} if issuer else {}))
            raise UnauthorizedError from None
        return registered.client if tenant is None else replace(registered.client, tenant=tenant)

    def _registered(self, token: Token) -> tuple[Registration, KeySource]:
        if token.issuer not in self._clients:
            raise RefusedError(Reason.ISSUER)
        return self._clients[token.issuer]

    def _check(
        self, token: Token, registered: Registration, keys: KeySource, path: str, within: Deadline
    ) -> str | None:
        """Check a token of a registered issuer, and return its tenant; raises RefusedError."""
        if registered.jku is not None and token.header.get("jku", registered.jku) != registered.jku:
            raise RefusedError(Reason.KEY_ADDRESS)
        _verify(token, keys.find(token.kid, within.before(FOR_STORE)))
        audiences = registered.audiences | {self._public_url + same_place(path)}
        used = check_claims(token.claims, audiences, registered.tenant, self._clock())
        asking = Deadline(max(within.ends, Deadline.after(FOR_STORE).ends))  # else a late call would not be asked about
        if not self._remember(token.issuer, used.token_id, used.until, asking):
            raise RefusedError(Reason.REPLAYED)
        return used.tenant


def _key_source(entry: Registration, fetch: Fetch) -> KeySource:
    if entry.jku is None:
        return WrittenKeys(entry.keys)
    return FetchedKeys(entry.client.issuer, entry.jku, fetch)


def _verify(token: Token, key: VerificationKey) -> None:
    """Check the signature, by an algorithm that the key allows; raises RefusedError."""
    try:
        _jws.decode_complete(token.text, key=key.public, algorithms=sorted(key.algorithms))
    except jwt.InvalidAlgorithmError:
        raise RefusedError(Reason.ALGORITHM) from None
    except jwt.PyJWTError:
        raise RefusedError(Reason.SIGNATURE) from None
