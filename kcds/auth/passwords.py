"""Passwords of staff: kept as scrypt hashes, compared in the same time whatever they are.

Cost: N = 2^14, r = 8, p = 5, one of the equal settings of OWASP's Password Storage Cheat Sheet (read 2026-11-22); it
takes 16 MiB for a moment, where the first of them would take a worker's whole memory.
"""

import base64
import hashlib
import hmac
import re
import secrets
from typing import Final

SHORTEST: Final = 12
"""Characters of a password."""
LONGEST: Final = 256
"""Characters of one that is looked at."""

_N: Final = 2**14
_R: Final = 8
_P: Final = 5
_MEMORY: Final = 64 * 1024 * 1024
_BYTES: Final = 32
_SALT: Final = 16
_FORM = re.compile(r"scrypt\$([A-Za-z0-9+/]{22}==)\$([A-Za-z0-9+/]{43}=)")


def hash_password(password: str) -> str:
    """Return what is kept of a password: with another salt each time."""
    salt = secrets.token_bytes(_SALT)
    return f"scrypt${_text(salt)}${_text(_derived(password, salt))}"


def is_hash(text: str) -> bool:
    """Whether a text is what `hash_password` makes."""
    return _FORM.fullmatch(text) is not None


def matches(password: str, kept: str) -> bool:
    """Whether this is the password of which this was kept; raises ValueError where nothing readable was kept."""
    found = _FORM.fullmatch(kept)
    if found is None:
        raise ValueError("not a hash of a password")
    salt, wanted = (base64.b64decode(part) for part in found.groups())
    return hmac.compare_digest(_derived(password, salt), wanted)


def _derived(password: str, salt: bytes) -> bytes:
    content = password[:LONGEST].encode("utf-8", "surrogatepass")
    return hashlib.scrypt(content, salt=salt, n=_N, r=_R, p=_P, maxmem=_MEMORY, dklen=_BYTES)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
