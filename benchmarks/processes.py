"""What the operating system says of processes (Linux: /proc), and on what machine numbers were measured."""

import os
import platform
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

LIBRARIES = ("flask", "gunicorn", "orjson", "fhir.resources", "pydantic", "durable-rules", "sqlalchemy")
_KIB = 1024


def children_of(pid: int) -> list[int]:
    """Return the processes that this one has started and that still live."""
    found: list[str] = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += thread.read_text(encoding="ascii").split()
    return sorted(map(int, found))


def family_of(pid: int) -> list[int]:
    """Return a process and all that came of it."""
    return [pid, *(one for child in children_of(pid) for one in family_of(child))]


def is_running(pid: int) -> bool:
    """Whether a process lives, and is not one that has ended already and is still listed."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def megabytes(pid: int) -> dict[str, float]:
    """Return what a process holds, in MB (2^20 bytes): resident, and with shared parts divided; empty if it is gone."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return {}
    found = dict(re.findall(r"^(Rss|Pss):\s+(\d+)", text, re.MULTILINE))
    return {name.lower(): round(int(found[name]) / _KIB, 1) for name in ("Rss", "Pss") if name in found}


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the processor time that these processes have used."""
    ticks = 0
    for pid in pids:
        try:
            after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(after_name[11]) + int(after_name[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def circumstances() -> dict[str, Any]:
    """Return when, on what machine and with which versions something is measured."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{_processor()}, {len(os.sched_getaffinity(0))} CPUs, {_memory_gib()} GiB, {_system()}",
        "load": round(os.getloadavg()[0], 1),
        "kcds": version("kcds"),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def _processor() -> str:
    found = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    return found[1] if found else platform.machine()


def _memory_gib() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _KIB**3)


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()
