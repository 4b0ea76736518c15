"""Prints a client token for a test call. Its key is for tests: never leave it in the clients file of a live service.

    python scripts/make_test_token.py AUDIENCE

The key pair is made at the first call, in the current directory: `test-client.pem` (private) and
`test-client.jwks.json` (for `jwks:` in the clients file). docs/integrate/generic.md shows how it is used.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePrivateKey, generate_private_key

ISSUER = "https://test-client.example"
ALGORITHM = "ES384"
KID = "test"
LIFETIME = 300


def now() -> datetime:
    """Return the time of this machine."""
    return datetime.now(UTC)


def make_token(audience: str, directory: Path) -> str:
    """Make a token for one call of that URL, with the key of the directory."""
    issued = int(now().timestamp())
    claims = {"iss": ISSUER, "aud": audience, "iat": issued, "exp": issued + LIFETIME, "jti": str(uuid4())}
    return jwt.encode(claims, _key(directory), algorithm=ALGORITHM, headers={"kid": KID})


def _key(directory: Path) -> EllipticCurvePrivateKey:
    """Return the private key of the directory; where there is none, make it and its JWK Set."""
    path = directory / "test-client.pem"
    if path.exists():
        found = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(found, EllipticCurvePrivateKey):
            raise SystemExit(f"{path} holds another kind of key: move it away")
        return found
    made = generate_private_key(SECP384R1())
    path.touch(mode=0o600)
    path.write_bytes(
        made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    public = jwt.get_algorithm_by_name(ALGORITHM).to_jwk(made.public_key(), as_dict=True)
    keys = {"keys": [public | {"kid": KID, "alg": ALGORITHM, "use": "sig"}]}
    (directory / "test-client.jwks.json").write_text(json.dumps(keys, indent=2), encoding="utf-8")
    return made


if __name__ == "__main__":
    if len(sys.argv) != len(["script", "audience"]):
        raise SystemExit(__doc__)
    print(make_token(sys.argv[1], Path.cwd()))
