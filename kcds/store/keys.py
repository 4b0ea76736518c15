"""The secret of this service and the keys made of it.

One secret, from `KCDS_SECRET_KEY` or from a file that is made once with access for its owner only; of it, by HKDF, a
key for each purpose, so that none tells anything of another. What is hashed or encrypted with them means nothing
without the secret: back it up, but apart from the database.
"""

import base64
import fcntl
import hmac
import os
import secrets
from contextlib import suppress
from functools import cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kcds.errors import SettingsError, StoreError
from kcds.setting_values import SHORTEST_KEY, TOO_SHORT

FILE = "secret.key"


class KeyRing:
    """Keyed hashes and encryption, a key for each purpose."""

    __slots__ = ("__weakref__", "_key_for")

    def __init__(self, secret: bytes) -> None:
        """Make the keys of this secret; the same secret makes the same keys."""

        @cache
        def key_for(purpose: str) -> bytes:
            return HKDF(SHA256(), length=32, salt=None, info=b"kcds " + purpose.encode()).derive(secret)

        self._key_for = key_for

    def digest(self, purpose: str, *parts: str) -> bytes:
        """Hash the parts with the key of this purpose: 32 bytes; other parts, or parts cut elsewhere, differ."""
        hashed = hmac.new(self._key_for(f"digest {purpose}"), digestmod="sha256")
        for part in parts:
            content = part.encode("utf-8", "surrogatepass")
            hashed.update(len(content).to_bytes(8, "big") + content)
        return hashed.digest()

    def encrypt(self, text: str) -> bytes:
        """Encrypt a text; only the same secret reads it again."""
        return self._fernet().encrypt(text.encode("utf-8", "replace"))

    def decrypt(self, sealed: bytes) -> str:
        """Read what `encrypt` made; raises StoreError where it was made with another secret."""
        try:
            return self._fernet().decrypt(sealed).decode()
        except InvalidToken:
            raise StoreError("this was encrypted with another secret key (KCDS_SECRET_KEY or secret.key)") from None

    def seal(self, purpose: str, text: str, *parts: str) -> bytes:
        """Encrypt a text so that it takes this secret and these parts to read it again."""
        return self._lock(purpose, parts).encrypt(text.encode())

    def unseal(self, purpose: str, sealed: bytes, *parts: str) -> str:
        """Read what `seal` made of the same parts; raises StoreError where secret or parts are others."""
        try:
            return self._lock(purpose, parts).decrypt(sealed).decode()
        except InvalidToken:
            raise StoreError("this was sealed with another key") from None

    def _lock(self, purpose: str, parts: tuple[str, ...]) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self.digest(f"seal {purpose}", *parts)))

    def _fernet(self) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self._key_for("encrypt")))


def make_key_ring(secret: str, source: str = "KCDS_SECRET_KEY") -> KeyRing:
    """Make the key ring of a secret that an operator chose; raises SettingsError where it is too short."""
    if len(secret) < SHORTEST_KEY:
        raise SettingsError(f"{source}: {TOO_SHORT}")
    return KeyRing(secret.encode("utf-8", "replace"))


def load_key_ring(directory: Path) -> KeyRing:
    """Read the secret of this directory, made now if there is none; raises OSError where it can be neither.

    Under a lock: of two processes that start at once, one makes it and both use it.
    """
    with suppress(FileNotFoundError), (directory / FILE).open(encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        if secret := file.read().strip():
            return make_key_ring(secret, str(directory / FILE))
    descriptor = os.open(directory / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        secret = file.read().strip()
        if not secret:
            secret = secrets.token_hex(32)
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
    return make_key_ring(secret, str(directory / FILE))
