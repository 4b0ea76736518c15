"""Token ids that this process has seen: what is left to go by when no database can be asked."""

import threading
from datetime import datetime

ROOM = 50_000


class TokenMemory:
    """The token ids seen last, within bounds."""

    def __init__(self, room: int = ROOM) -> None:
        """Know none."""
        self._room = room
        self._seen: dict[bytes, datetime] = {}
        self._lock = threading.Lock()

    def add(self, digest: bytes, expires: datetime) -> bool:
        """Remember it; whether it was new. Where there is no room left, the oldest is forgotten."""
        with self._lock:
            if digest in self._seen:
                return False
            if len(self._seen) >= self._room:
                del self._seen[next(iter(self._seen))]
            self._seen[digest] = expires
            return True

    def forget_expired(self, now: datetime) -> None:
        """Forget those that have expired: nobody accepts them any more."""
        with self._lock:
            self._seen = {digest: expires for digest, expires in self._seen.items() if expires >= now}
