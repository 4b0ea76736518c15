"""Bodies that are meant to hurt, as bytes. Each is refused, or answered with what is missing; the service lives on."""

import json
from collections.abc import Callable

from builders import Json, condition, searchset
from service_builders import hook_call

DEPTH = 100_000


def encoded(request: Json) -> bytes:
    return json.dumps(request).encode()


def with_text(marker_replaced_by: bytes) -> bytes:
    """A good request in which one text is replaced by raw bytes, inside the quotes or instead of them."""
    request = hook_call(conditions=[condition("G90.50", note=[{"text": "MARKER"}])])
    return encoded(request).replace(b'"MARKER"', marker_replaced_by)


def many(count: int) -> bytes:
    return encoded(hook_call(conditions=[condition("G90.50", id=f"c{number}") for number in range(count)]))


def twice(name: bytes) -> bytes:
    """A good request with one more member of this name."""
    return encoded(hook_call())[:-1] + b", " + name + b': "patient-view"}'


def unasked(count: int) -> bytes:
    """A good request with many prefetch keys that nobody asked for."""
    request = hook_call()
    return encoded(request | {"prefetch": request["prefetch"] | {f"key{number}": None for number in range(count)}})


def nested_in_one_resource(depth: int) -> bytes:
    nested: object = []
    for _ in range(depth):
        nested = [nested]
    spoiled = condition("G90.50", extension=nested)
    return encoded(hook_call() | {"prefetch": hook_call()["prefetch"] | {"conditions": searchset(spoiled)}})


DANGEROUS: dict[str, tuple[Callable[[], bytes], frozenset[int]]] = {
    "lists nested 100,000 deep": (lambda: b"[" * DEPTH + b"]" * DEPTH, frozenset({400})),
    "objects nested 100,000 deep": (lambda: b'{"a":' * DEPTH + b"1" + b"}" * DEPTH, frozenset({400})),
    "100,000 brackets never closed": (lambda: b"[" * DEPTH, frozenset({400})),
    "nesting inside the request": (
        lambda: with_text(b"[" * DEPTH + b"]" * DEPTH),
        frozenset({400}),
    ),
    "a resource nested as deep as JSON is read": (lambda: nested_in_one_resource(900), frozenset({400})),
    "a resource nested as deep as is allowed": (lambda: nested_in_one_resource(80), frozenset({200})),
    "a member that stands twice": (lambda: twice(b'"hook"'), frozenset({400})),
    "a member that stands twice, once escaped": (lambda: twice(rb'"\u0068ook"'), frozenset({400})),
    "a value that stands twice deep inside": (lambda: with_text(b'"x", "text": "y"'), frozenset({400})),
    "texts that look like members": (lambda: with_text(rb'"\"hook\": \\\"hook\": \\"'), frozenset({200})),
    "a byte order mark": (lambda: b"\xef\xbb\xbf" + encoded(hook_call()), frozenset({200})),
    "UTF-16": (lambda: json.dumps(hook_call()).encode("utf-16"), frozenset({400})),
    "5 million empty objects": (lambda: b"[" + b"{}," * 5_000_000 + b"{}]", frozenset({413})),
    "5 million lists in few places": (
        lambda: b"[" + b",".join([b"[" * 50 + b"]" * 50] * 100_000) + b"]",
        frozenset({413}),
    ),
    "8 million numbers": (lambda: b"[" + b"0," * 8_000_000 + b"0]", frozenset({413})),
    "100,000 prefetch keys": (lambda: unasked(100_000), frozenset({200})),
    "an integer of 10,000 digits": (lambda: with_text(b"9" * 10_000), frozenset({200, 400})),
    "a negative integer of 10,000 digits": (lambda: with_text(b"-" + b"9" * 10_000), frozenset({200, 400})),
    "a number with an exponent of 10,000": (lambda: with_text(b"1e10000"), frozenset({200, 400})),
    "a lone high surrogate": (lambda: with_text(rb'"\ud800"'), frozenset({200, 400})),
    "a lone low surrogate": (lambda: with_text(rb'"\udfff"'), frozenset({200, 400})),
    "an escaped NUL": (lambda: with_text(rb'"\u0000"'), frozenset({200})),
    "a raw NUL": (lambda: with_text(b'"\x00"'), frozenset({400})),
    "bytes that are not UTF-8": (lambda: with_text(b'"\xff\xfe"'), frozenset({400})),
    "NaN": (lambda: with_text(b"NaN"), frozenset({400})),
    "5,000 entries": (lambda: many(5_000), frozenset({200, 413})),
    "20 MB of spaces": (lambda: b" " * 20_000_000, frozenset({413})),
    "20 MB of one text": (lambda: with_text(b'"' + b"x" * 20_000_000 + b'"'), frozenset({413})),
}
"""What is sent, and the statuses that may answer it."""
