"""Why a caller is not let in: a word for logs and metrics, of a closed set. The caller never learns it."""

from enum import StrEnum


class Reason(StrEnum):
    """What was wrong with a token."""

    NO_TOKEN = "no-token"  # noqa: S105 - a word, not a secret
    MALFORMED = "malformed"  # not one compact JWT after `Bearer`
    HEADER = "header"
    ALGORITHM = "algorithm"
    ISSUER = "issuer"  # of no registered client
    KEY_ADDRESS = "key-address"  # a `jku` that is not the registered one
    UNKNOWN_KEY = "unknown-key"
    KEYS_UNAVAILABLE = "keys-unavailable"  # the client's key set was never to be had
    SIGNATURE = "signature"
    CLAIMS = "claims"  # missing, or of the wrong type
    AUDIENCE = "audience"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    LIFETIME = "lifetime"
    TENANT = "tenant"
    REPLAYED = "replayed"


class RefusedError(Exception):
    """A token does not hold. Never leaves `kcds.auth`: the caller is told UnauthorizedError, which has no reason."""

    def __init__(self, reason: Reason) -> None:
        """Keep the reason."""
        self.reason = reason
        super().__init__(reason.value)
