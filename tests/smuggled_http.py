"""HTTP as it is written on the wire, well and badly: requests that two servers could read in two ways."""

VIEW = "/cds-services/ketamine-patient-view"
SMALL = b'{"hook":"canary"}'


def request_of(*headers: bytes, line: bytes = b"POST " + VIEW.encode() + b" HTTP/1.1", body: bytes = b"") -> bytes:
    return b"\r\n".join((line, b"Host: canary.example.org", b"Content-Type: application/json", *headers, b"", body))


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))


LENGTH = b"Content-Length: %d" % len(SMALL)
TWICE = b"POST /canary HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"

SMUGGLED: dict[str, bytes] = {
    "length and chunks": request_of(LENGTH, b"Transfer-Encoding: chunked", body=chunked(SMALL) + TWICE),
    "two lengths": request_of(LENGTH, b"Content-Length: 5", body=SMALL + TWICE),
    "a length that is a list": request_of(b"Content-Length: 5, 5", body=SMALL),
    "a length with a sign": request_of(b"Content-Length: +17", body=SMALL),
    "a length in hexadecimal": request_of(b"Content-Length: 0x11", body=SMALL),
    "a length with a line break": request_of(b"Content-Length:\r\n 17", body=SMALL),
    "an unknown transfer coding": request_of(b"Transfer-Encoding: canary", body=chunked(SMALL)),
    "chunked twice": request_of(b"Transfer-Encoding: chunked, chunked", body=chunked(SMALL)),
    "a space before the colon": request_of(b"Content-Length : 17", body=SMALL),
    "chunks under a misspelt name": request_of(b"Transfer-Encoding : chunked", body=chunked(SMALL)),
    "a tab for chunked": request_of(b"Transfer-Encoding:\x0bchunked", body=chunked(SMALL)),
    "a chunk of a negative size": request_of(b"Transfer-Encoding: chunked", body=b"-1\r\ncanary\r\n0\r\n\r\n"),
    "a chunk of no size": request_of(b"Transfer-Encoding: chunked", body=b"canary\r\n\r\n"),
    "a header with a line break": request_of(b"X-Canary: a\nTransfer-Encoding: chunked", body=SMALL),
    "a header with a NUL": request_of(b"X-Canary: \x00canary", body=SMALL),
    "a folded header": request_of(b"X-Canary: a\r\n canary", body=SMALL),
    "a header without a name": request_of(b": canary", body=SMALL),
    "a header of 20 KB": request_of(b"X-Canary: " + b"canary" * 4000, body=SMALL),
    "60 headers": request_of(*(b"X-Canary%d: canary" % number for number in range(60)), body=SMALL),
    "a path of 5 KB": request_of(line=b"GET /" + b"canary" * 900 + b" HTTP/1.1"),
    "a method in small letters": request_of(line=b"post /canary HTTP/1.1"),
    "a method with a NUL": request_of(line=b"GET\x00canary / HTTP/1.1"),
    "HTTP of version 3": request_of(line=b"GET /canary HTTP/3.0"),
    "HTTP of version 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a line break in the path": request_of(line=b"GET /canary\nX: y HTTP/1.1"),
    "no path": request_of(line=b"GET  HTTP/1.1"),
    "an expectation": request_of(b"Expect: canary", LENGTH, body=SMALL),
}
