"""The production server: gunicorn with sync workers and the application loaded before the fork.

Measured choice (shared scale story, part B): with sync workers a crash of the C engine costs one request, a worker
that hangs is killed after `TIMEOUT`, and workers share the loaded knowledge. Engines are built after the fork.
"""

import socket
from contextlib import closing
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from kcds.errors import SettingsError

TIMEOUT = 10
"""Seconds after which a worker that does not answer is replaced."""


class _Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn around an application that is there already."""

    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self._app = app
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app


def address_of(host: str, port: int) -> str:
    """Write host and port as in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def require_free(host: str, port: int) -> None:
    """Raise SettingsError where nothing can be served at this address: said once, before anything is loaded."""
    with closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = f"{address_of(host, port)} cannot be served ({error.strerror}); choose another port with --port"
            raise SettingsError(reason) from None


def serve(app: Flask, *, host: str, port: int, workers: int) -> None:
    """Serve until stopped; does not return."""
    options = {
        "bind": address_of(host, port),
        "workers": workers,
        "worker_class": "sync",
        "preload_app": True,
        "timeout": TIMEOUT,
        "graceful_timeout": 20,
        "max_requests": 5000,
        "max_requests_jitter": 500,
        "limit_request_line": 4094,
        "limit_request_fields": 50,
        "control_socket_disable": True,
        "proc_name": "kcds",
        "loglevel": "warning",
    }
    _Server(app, options).run()
