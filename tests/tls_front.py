"""What stands in front of kcds in production: https ends here, and everything goes on as it came."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from certificates import certificate_of


@contextmanager
def tls_front(port: int, behind: int, directory: Path) -> Iterator[None]:
    """Take https at a port of this machine, for `localhost`, and hand it to the port behind."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_of("localhost", directory))
    with socket.create_server(("127.0.0.1", port)) as listening:
        threading.Thread(target=_accept, args=(listening, context, behind), daemon=True).start()
        yield
        listening.shutdown(socket.SHUT_RDWR)


def _accept(listening: socket.socket, context: ssl.SSLContext, behind: int) -> None:
    with suppress(OSError):
        while True:
            taken, _address = listening.accept()
            threading.Thread(target=_serve, args=(taken, context, behind), daemon=True).start()


def _serve(taken: socket.socket, context: ssl.SSLContext, behind: int) -> None:
    with (
        suppress(OSError),
        context.wrap_socket(taken, server_side=True) as outside,
        socket.create_connection(("127.0.0.1", behind)) as inside,
    ):
        asking = threading.Thread(target=_pour, args=(outside, inside), daemon=True)
        asking.start()
        _pour(inside, outside)


def _pour(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
