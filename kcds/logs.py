"""Structured logs: JSON for machines, text on a terminal. Callers log ids, counts and times only."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from kcds.settings import Settings


@contextmanager
def _without(library: str) -> Iterator[None]:
    """Let nobody import this library here, as if it were not installed."""
    modules: dict[str, Any] = sys.modules
    found = modules.get(library)
    modules[library] = None
    try:
        yield
    finally:
        del modules[library]
        if found is not None:
            modules[library] = found


with _without("rich"):  # 80 modules that paint tracebacks: no line of ours holds one, since it may quote a patient
    import structlog

log = structlog.get_logger("kcds.libraries")


def log_of(part: str) -> Any:  # noqa: ANN401 - of structlog, which says no more
    """Return the log of a part of kcds."""
    return structlog.get_logger(part)


def configure_logs(settings: Settings, stream: TextIO = sys.stderr) -> None:
    """Send all logs to one stream, in the format that the settings ask for."""
    as_text = settings.log_format == "text" or (settings.log_format is None and stream.isatty())
    renderer = structlog.dev.ConsoleRenderer(colors=stream.isatty()) if as_text else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings.log_level]),
        logger_factory=structlog.WriteLoggerFactory(stream),  # a line and its end at once: other processes write too
        cache_logger_on_first_use=False,
    )


def forward_library_logs() -> None:
    """Let warnings of libraries be lines of ours: which library and where, never the message. It may quote a URL."""
    logging.getLogger().handlers = [_Forward(logging.WARNING)]


class _Forward(logging.Handler):
    """Says that a library warned."""

    def emit(self, record: logging.LogRecord) -> None:
        level = "error" if record.levelno >= logging.ERROR else "warning"
        place = f"{record.module}.{record.funcName}:{record.lineno}"
        getattr(log, level)("a library warns", library=record.name, where=place)
