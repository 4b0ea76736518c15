"""Structured logs: JSON for machines, text on a terminal. Callers log ids, counts and times only."""

import logging
import sys
from typing import TextIO

import structlog

from kcds.settings import Settings

log = structlog.get_logger("kcds.libraries")


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
