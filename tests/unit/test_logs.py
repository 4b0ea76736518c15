"""The log: one line an event, as JSON or as text, and nothing of what libraries write into their messages."""

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog
from service_builders import hook_call, logs, make_client, post

from kcds.logs import configure_logs, forward_library_logs
from kcds.settings import Settings

VIEW = "/cds-services/ketamine-patient-view"


@pytest.fixture
def _own_root_logger() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers
    yield
    root.handlers = before


@pytest.mark.usefixtures("_own_root_logger")
@pytest.mark.parametrize(("level", "said"), [("warning", "warning"), ("error", "error"), ("critical", "error")])
def test_a_warning_of_a_library_is_a_line_that_says_which_and_where_and_no_more(level: str, said: str) -> None:
    with logs() as logged:
        forward_library_logs()
        getattr(logging.getLogger("some.library"), level)("canary %s", "canary")

    line = json.loads(logged.getvalue())
    assert (line["event"], line["library"], line["level"]) == ("a library warns", "some.library", said)
    assert line["where"].startswith("test_logs.test_a_warning")
    assert "canary" not in logged.getvalue()


@pytest.mark.usefixtures("_own_root_logger")
def test_what_libraries_only_mention_is_not_logged() -> None:
    talkative = logging.getLogger("some.talkative.library")
    talkative.setLevel(logging.DEBUG)

    with logs("DEBUG") as logged:
        forward_library_logs()
        talkative.info("HTTP Request: GET https://fhir.example.org/Patient/canary")

    assert logged.getvalue() == ""


class Pieces(StringIO):
    """A stream that remembers in which pieces it was written."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def write(self, text: str) -> int:
        self.pieces.append(text)
        return super().write(text)


def test_a_line_and_its_end_are_written_at_once_since_other_processes_write_to_the_same_log() -> None:
    stream = Pieces()
    configure_logs(Settings(log_level="INFO", log_format="json"), stream)

    structlog.get_logger("kcds").info("one")

    (piece,) = stream.pieces
    assert piece.endswith("}\n")


@pytest.mark.parametrize("value", ["half a character: \ud83d", 2**70, {1, 2}, b"bytes"], ids=repr)
def test_a_line_is_written_whatever_its_values_are(value: object) -> None:
    with logs() as logged:
        structlog.get_logger("kcds").info("odd", value=value)

    assert json.loads(logged.getvalue())["event"] == "odd"


def test_every_line_of_a_request_has_the_name_that_the_answer_has() -> None:
    client = make_client()

    with logs() as logged:
        names = [
            post(client, hook_call()).headers["X-Request-Id"],
            client.post(VIEW, json={}).headers["X-Request-Id"],
            client.get("/nowhere").headers["X-Request-Id"],
        ]

    assert [json.loads(line)["request"] for line in logged.getvalue().splitlines()] == names


def test_a_known_client_is_named_in_its_own_requests_only() -> None:
    client = make_client()

    with logs() as logged:
        post(client, hook_call())
        client.get("/nowhere")

    known, unknown = map(json.loads, logged.getvalue().splitlines())
    assert known["client"] == "local"
    assert "client" not in unknown
    structlog.contextvars.clear_contextvars()
