"""A form with a file is taken apart in memory, whatever it holds, or refused at once."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kcds.errors import RequestError
from kcds.web.pages.form_parts import MOST_PARTS, read_parts

BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"


def part(name: str, content: bytes, more: str = "") -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return f"--{BOUNDARY}\r\n{head}".encode() + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


def read(raw: bytes) -> dict[str, bytes]:
    return {each.name: each.content for each in read_parts(raw, BOUNDARY)}


@given(st.binary(), st.binary())
def test_a_field_holds_what_was_sent_to_the_byte(file: bytes, text: bytes) -> None:
    sent = part("record", file, '; filename="a.json"\r\nContent-Type: application/json') + part("text", text) + END

    assert read(sent) == {"record": file, "text": text}


def test_a_form_as_chromium_writes_it_is_read() -> None:
    sent = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="record"; filename="Jörg; 1.json"\r\n'
        f"Content-Type: application/octet-stream\r\n\r\n{{}}\r\n--{BOUNDARY}\r\n"
        f'content-disposition: form-data; name="show"\r\n\r\ncards\r\n--{BOUNDARY}--\r\n'
    )

    assert read(sent.encode()) == {"record": b"{}", "show": b"cards"}


def test_what_looks_nearly_like_a_boundary_is_content() -> None:
    content = f"x--{BOUNDARY}\r\n\r\n-{BOUNDARY}\n--{BOUNDARY}".encode()

    assert read(part("text", content) + END) == {"text": content}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        END[:-4],
        part("text", b"{}"),
        part("text", b"{}")[:-20] + END[:10],
        f"--{BOUNDARY}\r\nContent-Type: text/plain\r\n\r\nx\r\n".encode() + END,
        f"--{BOUNDARY}\r\nContent-Disposition: form-data".encode() + b"\r\n" + END,
        part("x" * 5000, b"{}") + END,
    ],
    ids=["empty", "no form", "cut", "no end", "cut inside", "no name", "no content", "a long head"],
)
def test_what_is_no_whole_form_is_refused(raw: bytes) -> None:
    with pytest.raises(RequestError, match="the form cannot be read"):
        list(read_parts(raw, BOUNDARY))


@pytest.mark.parametrize("boundary", ["", "ü", "x" * 71])
def test_a_boundary_that_is_none_is_refused(boundary: str) -> None:
    with pytest.raises(RequestError, match="the form cannot be read"):
        list(read_parts(END, boundary))


def test_a_form_of_many_fields_is_refused() -> None:
    assert len(list(read_parts(part("a", b"") * MOST_PARTS + END, BOUNDARY))) == MOST_PARTS
    with pytest.raises(RequestError, match="too many fields"):
        list(read_parts(part("a", b"") * (MOST_PARTS + 1) + END, BOUNDARY))


@pytest.mark.parametrize(
    "filling", [f"\r\n--{BOUNDARY}".encode(), b"\r\n--X", b"\r", b"a: b\r\n", b"-", b"\r\n\r\n"], ids=repr
)
def test_a_form_of_16_mib_costs_no_time_whatever_fills_it(filling: bytes) -> None:
    filled = (filling * (16 * 1024 * 1024 // len(filling) + 1))[: 16 * 1024 * 1024]
    began = time.process_time()

    for raw in (part("text", filled) + END, filled, f"--{BOUNDARY}\r\n".encode() + filled + END):
        try:
            list(read_parts(raw, BOUNDARY))
        except RequestError:
            continue

    assert time.process_time() - began < 1
