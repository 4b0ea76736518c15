"""Pages that are sent in parts: each as soon as it is known, compressed or not, and never broken off without a word."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from page_builders import application_of, make_test_pages, templates
from service_builders import logs
from werkzeug.test import TestResponse

from kcds.web.pages.answers import Pages

THREE_PARTS = "<main>one{{ flush }}{{ two() }}{{ flush }}three</main>"
PERSON = "Jane Roe, born 1970-01-01"


@pytest.fixture
def pages() -> Pages:
    return make_test_pages()


def get(pages: Pages, two: Callable[[], str], template: str = THREE_PARTS, **headers: str) -> TestResponse:
    """The answer to a browser, read to its end as it comes."""
    app = application_of(pages)
    app.add_url_rule("/three", view_func=lambda: pages.answer_in_parts("three.html.j2", two=two))
    with templates(three_html_j2=template):
        response = app.test_client().get("/three", headers=headers, buffered=False)
        response.chunks = list(response.response)  # type: ignore[attr-defined]
    return response


def parts_of(response: TestResponse) -> list[bytes]:
    return response.chunks  # type: ignore[attr-defined, no-any-return]


def test_a_page_comes_in_the_parts_of_its_template(pages: Pages) -> None:
    assert parts_of(get(pages, lambda: "two")) == [b"<main>one", b"two", b"three</main>"]


def test_the_first_part_is_sent_before_the_second_is_made(pages: Pages) -> None:
    made: list[str] = []
    app = application_of(pages)
    app.add_url_rule("/three", view_func=lambda: pages.answer_in_parts("three.html.j2", two=lambda: made.append("two")))
    with templates(three_html_j2=THREE_PARTS):
        parts: Iterator[Any] = iter(app.test_client().get("/three", buffered=False).response)

        assert next(parts) == b"<main>one"
        assert made == []


def test_each_part_can_be_read_from_what_has_come_of_a_compressed_page(pages: Pages) -> None:
    response = get(pages, lambda: "two", accept_encoding="gzip, br")
    reader = zlib.decompressobj(31)

    read = [reader.decompress(part) for part in parts_of(response)]

    assert read[:3] == [b"<main>one", b"two", b"three</main>"]
    assert reader.eof
    assert response.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in response.headers["Vary"]


def test_a_whole_page_is_compressed_for_who_takes_it_so_only(pages: Pages) -> None:
    client = application_of(pages).test_client()
    pages_app = client.application
    pages_app.add_url_rule("/one", view_func=lambda: pages.answer("one.html.j2"))
    with templates(one_html_j2="one " * 100):
        plain = client.get("/one")
        packed = client.get("/one", headers={"Accept-Encoding": "gzip"})
        refused = client.get("/one", headers={"Accept-Encoding": "gzip;q=0"})

    assert gzip.decompress(packed.data) == plain.data == refused.data
    assert "Content-Encoding" not in plain.headers
    assert "Content-Encoding" not in refused.headers


def breaks() -> str:
    raise ValueError(PERSON)


def test_a_page_that_breaks_off_ends_in_words_that_quote_nothing(pages: Pages) -> None:
    with logs() as log:
        response = get(pages, breaks)

    parts = parts_of(response)
    assert parts[0] == b"<main>one"
    assert b"This page ends here" in parts[1]
    assert parts[1].rstrip().endswith(b"</html>")
    assert PERSON not in b"".join(parts).decode()
    assert PERSON not in log.getvalue()
    assert '"kind": "ValueError"' in log.getvalue()


def test_a_page_that_breaks_off_is_counted_as_an_error_of_ours(pages: Pages) -> None:
    get(pages, breaks)

    assert b"kcds_evaluation_errors_total 1.0" in pages.parts.metrics.text()


def test_a_page_that_cannot_begin_is_an_error_like_any_other(pages: Pages) -> None:
    response = get(pages, breaks, "{{ two() }}{{ flush }}rest")

    assert response.status_code == 500


def test_no_proxy_is_to_keep_the_parts_together(pages: Pages) -> None:
    assert get(pages, lambda: "two").headers["X-Accel-Buffering"] == "no"


def test_a_request_for_the_head_alone_makes_no_part_but_the_first(pages: Pages) -> None:
    app = application_of(pages)
    app.add_url_rule("/three", view_func=lambda: pages.answer_in_parts("three.html.j2", two=breaks))
    with templates(three_html_j2=THREE_PARTS):
        response = app.test_client().head("/three")

    assert response.status_code == 200
    assert response.data == b""
