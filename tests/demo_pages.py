"""The pages of the demo as tests read them: what is written on them, and the JSON that they show."""

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from service_builders import make_client
from werkzeug.test import TestResponse

from kcds.advice.speaking import Audience

VOID = {"meta", "link", "input", "path", "circle", "line", "rect", "polyline", "br", "hr"}


@dataclass
class Part:
    """An element of a page: its tag, its attributes, and all text in it."""

    tag: str
    attributes: dict[str, str | None]
    text: str = ""

    def has_class(self, name: str) -> bool:
        return name in (self.attributes.get("class") or "").split()


@dataclass
class Reader(HTMLParser):
    """Reads a page into its elements."""

    parts: list[Part] = field(default_factory=list)
    opened: list[Part] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        part = Part(tag, dict(attrs))
        self.parts.append(part)
        if tag not in VOID:
            self.opened.append(part)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append(Part(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        part = self.opened.pop()
        assert part.tag == tag, f"<{part.tag}> is closed by </{tag}>"

    def handle_data(self, data: str) -> None:
        for part in self.opened:
            part.text += data


def parts_of(html: str) -> list[Part]:
    """All elements of a page, which must be well formed."""
    reader = Reader()
    reader.feed(html)
    assert reader.opened == []
    return reader.parts


def the(response: TestResponse, name: str) -> Part:
    """The element with this id."""
    (found,) = (part for part in parts_of(response.text) if part.attributes.get("id") == name)
    return found


def of_class(response: TestResponse, name: str) -> list[str]:
    """The words of all elements of a class."""
    return [" ".join(part.text.split()) for part in parts_of(response.text) if part.has_class(name)]


def shown_json(response: TestResponse, part: str) -> Any:
    """What stands under "Request" or "Response"."""
    return json.loads(the(response, f"{part}-json").text)


def demo_client(audience: Audience = Audience.PAIN, **parts: Any) -> FlaskClient:
    """A client of the application with the demo."""
    return make_client(audience, **({"demo": "on", "public_url": "http://127.0.0.1:8000"} | parts))


def upload(
    client: FlaskClient, record: bytes | str = b"", /, headers: Any = None, environ: Any = None, **fields: str
) -> TestResponse:
    """Send the form with a file, or with a text that was pasted."""
    return client.post(
        "/demo/upload",
        data=form(record, **fields),
        content_type=f"multipart/form-data; boundary={BOUNDARY}",
        headers={"Accept": "text/html", **(headers or {})},
        environ_overrides=environ,
    )


BOUNDARY = "the-boundary-of-this-form"


def form(record: bytes | str, **fields: str) -> bytes:
    """The form as a browser sends it; the client of the framework would make a file of a large one."""
    name = 'name="record"; filename="record.json"' if isinstance(record, bytes) else 'name="text"'
    parts = [(name, record if isinstance(record, bytes) else record.encode())]
    parts += [(f'name="{field}"', value.encode()) for field, value in fields.items()]
    written = (
        b"--%s\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (BOUNDARY.encode(), head.encode(), content)
        for head, content in parts
    )
    return b"".join(written) + b"--%s--\r\n" % BOUNDARY.encode()
