"""Our own private keys: with them kcds shows an EHR who it is (private_key_jwt); the public half is served."""

from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from kcds.auth.keys import SHORTEST_RSA_KEY
from kcds.auth.smart.ehrs import SigningKey


def read_signing_key(pem: bytes) -> SigningKey:
    """Read a private key; raises ValueError that says what is wrong, and quotes nothing of it."""
    from joserfc.jwk import ECKey, RSAKey  # noqa: PLC0415 - needed only where a key is registered

    algorithm = _algorithm(pem)
    key = RSAKey.import_key(pem) if algorithm.startswith("RS") else ECKey.import_key(pem)
    kid = key.thumbprint()
    public = {**key.as_dict(private=False), "kid": kid, "use": "sig", "alg": algorithm, "key_ops": ["verify"]}
    return SigningKey(pem=pem, algorithm=algorithm, kid=kid, public=public)


def _algorithm(pem: bytes) -> str:
    """Choose one of the two algorithms that SMART has every server know."""
    try:
        key = load_pem_private_key(pem, None)
    except TypeError:
        raise ValueError("is a key with a password: kcds starts without anybody who could type it") from None
    except Exception:  # noqa: BLE001 - many kinds, and their messages may quote the file
        raise ValueError("holds no private key in PEM") from None
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP384R1):
        return "ES384"
    if isinstance(key, RSAPrivateKey) and key.key_size >= SHORTEST_RSA_KEY:
        return "RS384"
    raise ValueError("is neither EC P-384 nor RSA of 2048 bits or more")
