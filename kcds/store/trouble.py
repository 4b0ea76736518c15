"""What an error of a database means, in words: never its own message, which quotes what was to be written, or a URL."""

import errno

from sqlalchemy import exc

_FULL = {"SQLITE_FULL", "DiskFull"}

_IN_WORDS = {
    "SQLITE_BUSY": "another program holds it",
    "SQLITE_FULL": "the disk is full",
    "SQLITE_READONLY": "it may not be written: whose are the file and its directory?",
    "SQLITE_CANTOPEN": "it cannot be opened: whose are the file and its directory?",
    "PermissionError": "it cannot be opened: whose are the file and its directory?",
    "SQLITE_NOTADB": "the file is no database: restore a backup",
    "SQLITE_CORRUPT": "the file is damaged: restore a backup",
    "DiskFull": "the disk of the server is full",
    "LockNotAvailable": "another program holds a lock",
    "QueryCanceled": "the server took too long",
    "InsufficientPrivilege": "the user of the database may not do this",
}


def trouble_of(error: Exception) -> str:
    """Say what went wrong."""
    kind = _kind_of(error)
    words = _IN_WORDS.get("_".join(kind.split("_")[:2]))  # SQLITE_READONLY_DIRECTORY is a kind of SQLITE_READONLY
    return f"the store does not work ({kind}{f': {words}' if words else ''})"


def state_after(error: Exception) -> str:
    """Say what it means for the store: `full`, `refused` (these rows can never be written) or `unavailable`."""
    no_room = isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
    if no_room or _kind_of(error) in _FULL:
        return "full"
    passing = isinstance(error, exc.OperationalError | exc.InterfaceError | exc.TimeoutError | exc.ProgrammingError)
    return "refused" if isinstance(error, exc.StatementError) and not passing else "unavailable"


def _kind_of(error: Exception) -> str:
    """Return the database's own name for the kind of error."""
    cause = getattr(error, "orig", None) or error
    name: str = getattr(cause, "sqlite_errorname", None) or type(cause).__name__
    return name
