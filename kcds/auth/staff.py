"""Who may see the feedback page (KCDS_STAFF_FILE): names, and hashes of their passwords that `kcds staff` makes.

Every attempt costs the same, whether or not the name is known. A browser sends name and password with every request:
those that were right once are known again without that cost, by a digest that only this process can make.
"""

import hmac
import secrets
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from kcds.auth.passwords import hash_password, is_hash, matches
from kcds.errors import Fault, KnowledgeError, SettingsError
from kcds.knowledge.yaml_files import read_yaml

MOST_FAILURES: Final = 5
WINDOW: Final = timedelta(minutes=1)
"""After so many failures in this time nobody new is let in until it ends: each costs a worker a fifth of a second."""
_LONGEST_NAME: Final = 64


class Verdict(StrEnum):
    """What becomes of an attempt."""

    WELCOME = "welcome"
    UNKNOWN = "unknown"  # name or password: never says which
    LATER = "later"  # there were too many failures


class Staff:
    """Those who may see the page. Belongs to one process; begins anew with each reload."""

    def __init__(self, hashes: Mapping[str, str]) -> None:
        """Know nobody yet; `hashes` by name."""
        self._hashes = hashes
        self._nobody = hash_password(secrets.token_hex())
        self._key = secrets.token_bytes()
        self._known: dict[str, bytes] = {}
        self._failures: deque[datetime] = deque(maxlen=MOST_FAILURES)

    def judge(self, name: str, password: str, now: datetime) -> Verdict:
        """Say whether this is somebody's name and password."""
        digest = hmac.digest(self._key, f"{name}\0{password}".encode("utf-8", "surrogatepass"), "sha256")
        if hmac.compare_digest(self._known.get(name, b""), digest):
            return Verdict.WELCOME
        if len(self._failures) == MOST_FAILURES and now - self._failures[0] < WINDOW:
            return Verdict.LATER
        right = matches(password, self._hashes.get(name, self._nobody))
        if right and name in self._hashes:
            self._known[name] = digest
            return Verdict.WELCOME
        self._failures.append(now)
        return Verdict.UNKNOWN


def load_staff(path: Path) -> Staff:
    """Read and check the file; raises SettingsError that names every fault, a line each, and quotes no hash."""
    faults: list[Fault] = []
    hashes = _read(path, faults)
    if faults:
        raise SettingsError("\n".join(map(str, faults)))
    return Staff(hashes)


def is_name(name: object) -> bool:
    """Whether this can be the name of somebody: a browser sends it before a colon."""
    return isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME and name.isprintable() and ":" not in name


def _read(path: Path, faults: list[Fault]) -> dict[str, str]:
    try:
        document: Any = read_yaml(path, str(path))
    except KnowledgeError as error:
        faults += error.faults
        return {}
    entries = document.get("staff") if isinstance(document, dict) and document.keys() == {"staff"} else None
    if not isinstance(entries, dict) or not entries:
        remedy = "Write `staff:` and below it the lines that `kcds staff NAME` prints."
        faults.append(Fault(str(path), "staff", "is no list of names with hashes.", remedy))
        return {}
    for number, (name, kept) in enumerate(entries.items(), start=1):
        if not is_name(name):
            problem = f"is no name: 1 to {_LONGEST_NAME} characters without a colon."
            faults.append(Fault(str(path), f"staff, entry {number}", problem, "Write numbers in quotes."))
        if not (isinstance(kept, str) and is_hash(kept)):
            problem = "has no hash of a password."
            faults.append(Fault(str(path), f"staff, entry {number}", problem, "Let `kcds staff NAME` make the line."))
    return entries
