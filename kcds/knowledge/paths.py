"""Where the knowledge files are: inside the installed package, or beside it in a checkout."""

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def rules_directory() -> Path:
    """Return the directory of rules, value sets, terminology and parameters."""
    shipped = _PACKAGE / "_rules"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "rules"


def files_below(directory: Path) -> list[Path]:
    """Return every file below a directory, sorted.

    Linked files and folders are followed, each folder once. Names that begin with a dot belong to tools: Kubernetes
    mounts a directory as links into a hidden one.
    """
    files: list[Path] = []
    seen: set[Path] = set()
    for place, folders, names in os.walk(directory, followlinks=True):
        folder = Path(place).resolve()
        folders[:] = [] if folder in seen else [name for name in folders if not name.startswith(".")]
        files += [Path(place, name) for name in names if folder not in seen and not name.startswith(".")]
        seen.add(folder)
    return sorted(files, key=lambda path: path.parts)
