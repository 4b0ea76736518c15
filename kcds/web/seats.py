"""How many charts are read for pages at a time: so few that hook calls always find a worker.

A worker is busy with a page for as long as an EHR takes to answer. The seats are locks of one file that all workers
inherit; the kernel gives back those of a worker that died.
"""

import fcntl
import os
import tempfile
from dataclasses import dataclass

SEATS = "kcds.seats"
"""Where a server puts the seats of its workers among what it tells of a request."""


@dataclass(frozen=True, slots=True)
class Seats:
    """Seats of all processes together, of which one process takes one at a time."""

    file: int  # its descriptor
    number: int

    def take(self) -> bool:
        """Take a seat; whether there was one."""
        return any(self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB, seat) for seat in range(self.number))

    def leave(self) -> None:
        """Give back the seat of this process."""
        self._lock(fcntl.LOCK_UN, 0, self.number)

    def _lock(self, kind: int, seat: int, seats: int = 1) -> bool:
        try:
            fcntl.lockf(self.file, kind, seats, seat, os.SEEK_SET)
        except OSError:
            return False
        return True


def make_seats(workers: int) -> Seats:
    """Make the seats for so many workers, before any is forked: half of them may read charts, one in any case."""
    with tempfile.TemporaryFile() as file:
        return Seats(os.dup(file.fileno()), max(1, workers // 2))
