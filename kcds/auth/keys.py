"""The public keys of a client, and for which algorithms each may be used: the key decides, never the token.

A set is read key by key (RFC 7517): one that cannot be used is a fault of its own, and the others are used all the
same.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import AllowedPublicKeys

LARGEST_KEY_SET = 256 * 1024
"""Bytes of a JWK Set that are read; real ones have a few thousand."""

SHORTEST_RSA_KEY = 2048

_RSA = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
_BY_CURVE = {
    ("EC", "P-256"): frozenset({"ES256"}),
    ("EC", "P-384"): frozenset({"ES384"}),
    ("EC", "P-521"): frozenset({"ES512"}),
    ("OKP", "Ed25519"): frozenset({"EdDSA"}),
}
ALGORITHMS = _RSA.union(*_BY_CURVE.values())
"""All that a token may be signed with. None of them is symmetric."""

_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth")


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A public key and what it may verify."""

    public: AllowedPublicKeys
    algorithms: frozenset[str]


KeySet: TypeAlias = Mapping[str, VerificationKey]
"""Keys by `kid`."""


@dataclass(frozen=True, slots=True)
class KeyFault:
    """Why a key of a set cannot be used: which, what is wrong, what to do. Quotes nothing of the key."""

    place: str
    problem: str
    remedy: str


class _UnusableError(Exception):
    """A key cannot be used; says what is wrong and what to do."""

    def __init__(self, problem: str, remedy: str) -> None:
        self.problem = problem
        self.remedy = remedy
        super().__init__(problem)


def read_key_set(document: Mapping[str, Any]) -> tuple[KeySet, tuple[KeyFault, ...]]:
    """Return the keys that can verify signatures, and the faults of the others; raises ValueError if it is no JWK Set.

    Keys for another use (`enc`) are passed over: many sets hold them.
    """
    members = document.get("keys")
    if not isinstance(members, list):
        raise ValueError("is no JWK Set: an object with a list `keys`")  # noqa: TRY004 - a fault of the document
    found: list[tuple[int, str, VerificationKey]] = []
    faults: list[KeyFault] = []
    for index, member in enumerate(members):
        try:
            if _is_for_signatures(member):
                found.append((index, *_read_key(member)))
        except _UnusableError as error:
            faults.append(KeyFault(f"keys[{index}]", error.problem, error.remedy))
    named = Counter(kid for _, kid, _ in found)  # which of two with one name is meant, nobody can tell: neither is used
    faults += [
        KeyFault(f"keys[{index}]", "has the `kid` of another key.", "Give every key a `kid` of its own.")
        for index, kid, _ in found
        if named[kid] > 1
    ]
    return MappingProxyType({kid: key for _, kid, key in found if named[kid] == 1}), tuple(faults)


def _is_for_signatures(member: object) -> bool:
    if not isinstance(member, dict):
        raise _UnusableError("is no JWK.", "Write an object with kty, kid and the public key.")
    operations = member.get("key_ops")
    return member.get("use", "sig") == "sig" and (not isinstance(operations, list) or "verify" in operations)


def _read_key(jwk: dict[str, Any]) -> tuple[str, VerificationKey]:
    if any(name in jwk for name in _PRIVATE):
        raise _UnusableError(
            "holds a PRIVATE key: whoever can read it can sign as this client.",
            "Have the client make a new key, and put its public part here: kty, kid, and crv, x, y or n, e.",
        )
    if jwk.get("kty") == "oct" or "k" in jwk:
        raise _UnusableError(
            "is a symmetric key: whoever can check a signature with it can sign.",
            "Use a public key of the client: EC, RSA or OKP (Ed25519).",
        )
    kid = jwk.get("kid")
    if not isinstance(kid, str) or not kid:
        raise _UnusableError("has no `kid`.", "Give it the text by which the header of the tokens names this key.")
    return kid, VerificationKey(*_public_key(jwk))


def _public_key(jwk: dict[str, Any]) -> tuple[AllowedPublicKeys, frozenset[str]]:
    algorithms = _algorithms(jwk)
    try:
        public: Any = jwt.PyJWK(jwk, algorithm=min(algorithms)).key
    except (jwt.PyJWTError, ValueError):
        raise _UnusableError("is no public key.", "Copy it again, whole: kty, crv, x, y or kty, n, e.") from None
    if isinstance(public, RSAPublicKey) and public.key_size < SHORTEST_RSA_KEY:
        raise _UnusableError(f"is an RSA key of {public.key_size} bits.", f"Use one of {SHORTEST_RSA_KEY} or more.")
    return public, algorithms


def _algorithms(jwk: dict[str, Any]) -> frozenset[str]:
    """Return what the key may verify: by its kind, and by its `alg` where it states one."""
    kind = jwk.get("kty")
    fitting = _RSA if kind == "RSA" else _BY_CURVE.get((str(kind), str(jwk.get("crv"))), frozenset())
    if not fitting:
        raise _UnusableError("is of a kind that cannot be used.", "Use EC (P-256, P-384, P-521), RSA or OKP (Ed25519).")
    if "alg" in jwk:
        fitting &= {alg for alg in fitting if alg == jwk["alg"]}
    if not fitting:
        raise _UnusableError("has an `alg` that does not fit it.", f"Use one of {', '.join(sorted(ALGORITHMS))}.")
    return fitting
