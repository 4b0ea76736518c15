"""The line to one place: its open connections, and the addresses that its name was found to have and that were checked.

The connection is made to the address that was checked, not to the name, so that nobody can change in between where it
leads; certificate and Host header are those of the name. A line lives in one event loop.
"""

import asyncio
import ssl
import time
from urllib.parse import urlsplit

import httpx

from kcds.errors import OutboundError
from kcds.outbound.addresses import Resolve, checked
from kcds.outbound.answers import Answer, read_body
from kcds.outbound.calls import Call
from kcds.outbound.places import Place, bracketed, port_of

_REMEMBERED = 60
"""Seconds for which the addresses of a name are used again."""
_CONNECT = 1.0
"""Seconds after which the next address of a name is tried."""
_LIMITS = httpx.Limits(max_connections=20, max_keepalive_connections=20, keepalive_expiry=30)
_TIMEOUTS = {"connect": _CONNECT, "read": None, "write": None, "pool": None}


class Line:
    """Makes calls to one place."""

    def __init__(self, place: Place, resolve: Resolve) -> None:
        """Connect to nothing yet."""
        self._host = place.host
        self._resolve = resolve
        self._transport = httpx.AsyncHTTPTransport(verify=_trust(place), limits=_LIMITS)
        self._known: list[str] = []
        self._known_until = 0.0
        self._asking = asyncio.Lock()

    async def ask(self, call: Call) -> Answer:
        """Make a call at the first address that can be connected to; raises OutboundError and errors of httpx."""
        untrusted = False
        for address in await self._addresses():
            try:
                answer = await self._exchange(call, address)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                untrusted = untrusted or _is_untrusted(error)
                continue
            self._known.sort(key=lambda known: known != address)
            return answer
        self._known_until = 0.0  # it may have moved
        if untrusted:
            raise OutboundError("certificate")
        raise httpx.ConnectError("no address of this place can be connected to")

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def _addresses(self) -> list[str]:
        """Look the name up in a thread: a resolver that hangs must not hold up the deadline."""
        async with self._asking:
            if time.monotonic() >= self._known_until:
                loop = asyncio.get_running_loop()
                try:
                    found = await loop.run_in_executor(None, self._resolve, self._host)
                except (OSError, UnicodeError):
                    raise OutboundError("name") from None
                self._known, self._known_until = checked(found, self._host), time.monotonic() + _REMEMBERED
            return list(self._known)

    async def _exchange(self, call: Call, address: str) -> Answer:
        response = await self._transport.handle_async_request(self._request(call, address))
        try:
            if response.is_redirect:
                raise OutboundError("redirect")
            headers = {name.lower(): value for name, value in response.headers.items()}
            body = b""
            if response.is_success or call.form is not None:  # who refuses a form says why in the body
                encoding = headers.get("content-encoding", "").strip().lower()
                body = await read_body(response.aiter_raw(), encoding, call.allowances)
            return Answer(response.status_code, headers, body)
        finally:
            await response.aclose()

    def _request(self, call: Call, address: str) -> httpx.Request:
        parts, port = urlsplit(call.url), port_of(call.url)
        target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        own = {"Host": parts.netloc, "Accept-Encoding": "gzip", "User-Agent": "kcds"}
        if call.form is not None:
            own["Content-Type"] = "application/x-www-form-urlencoded"
        return httpx.Request(
            "GET" if call.form is None else "POST",
            f"{parts.scheme}://{bracketed(address)}:{port}{target}",
            headers={**call.headers, **own},
            content=call.form,
            extensions={"timeout": _TIMEOUTS, "sni_hostname": self._host},
        )


def _is_untrusted(error: BaseException | None) -> bool:
    """Whether the server was there, with a certificate that is not trusted or of another name."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None


def _trust(place: Place) -> ssl.SSLContext:
    """Trust the authorities of the system (or of `SSL_CERT_FILE`); where no TLS is spoken, none."""
    return ssl.create_default_context() if place.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
