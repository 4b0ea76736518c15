"""Pages are followed inside the base of the server only, once each; anywhere else the answer counts as cut off."""

from collections.abc import Callable
from typing import Any

import pytest
from builders import Json, condition, observation, searchset
from fhir_server import FhirServer, content, drip, fhir_server, flood, hang, status

from kcds.fhir.fetch_server import FhirServer as Asked
from kcds.fhir.fetch_server import Source
from kcds.outbound.client import OutboundClient
from kcds.outbound.deadline import Deadline
from kcds.outbound.places import Place

FIRST, LAST = condition("G90.50", id="first"), condition("G90.51", id="last")
QUERY = "Condition?patient=pat-1"
Behaviour = Callable[[Any], None]


def searched(server: FhirServer, *, seconds: float = 20, query: str = QUERY) -> Json | None:
    """What a search comes to."""
    client = OutboundClient([Place.parse("http://127.0.0.1:*")])
    deadline = Deadline.after(seconds)
    source = Source(server=server.base, token="t", deadline=deadline)  # noqa: S106
    asked = Asked(client, source, lambda _outcome, _seconds: None)
    return client.run(asked.search(query), deadline)


def found(bundle: Json | None) -> list[str]:
    assert bundle is not None
    return [entry["resource"]["id"] for entry in bundle["entry"]]


def is_cut_off(bundle: Json | None) -> bool:
    assert bundle is not None
    return "link" in bundle


def linking(url: object) -> Behaviour:
    """A first page that leads elsewhere."""
    return content(searchset(FIRST, link=[{"relation": "self", "url": "x"}, {"relation": "next", "url": url}]))


@pytest.mark.parametrize("hapi", [False, True], ids=["with an offset", "as HAPI links"])
def test_all_pages_are_put_together_in_their_order(hapi: bool) -> None:  # noqa: FBT001
    conditions = [condition(f"G90.{number}", id=f"c{number}") for number in range(7)]
    with fhir_server(conditions, page=2, token="t") as server:  # noqa: S106
        server.hapi_links = hapi
        bundle = searched(server)

    assert found(bundle) == [f"c{number}" for number in range(7)]
    assert not is_cut_off(bundle)
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    "link", ["Condition?page=2", "?page=2", "./Condition?page=2", "/fhir/Condition?page=2", "{}/x?code=s|y"]
)
def test_a_link_may_be_relative(link: str) -> None:
    with fhir_server() as server:
        server.misbehaviour = {"/Condition?patient": linking(link.format(server.base)), "/": content(searchset(LAST))}
        bundle = searched(server)

    assert found(bundle) == ["first", "last"]
    assert not is_cut_off(bundle)


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1:{other}/fhir/Condition?page=2",
        "http://localhost:{port}/fhir/Condition?page=2",
        "https://127.0.0.1:{port}/fhir/Condition?page=2",
        "http://127.0.0.1:{port}/other/Condition?page=2",
        "http://127.0.0.1:{port}/fhirs?page=2",
        "http://127.0.0.1:{port}/fhir/../other",
        "http://127.0.0.1:{port}/fhir/%2e%2e/other",
        "http://127.0.0.1:{port}@127.0.0.1:{other}/fhir/x",
        "http://user@127.0.0.1:{port}/fhir/x",
        "http://127.0.0.1:{other}\\@127.0.0.1:{port}/fhir/x",
        "http://127.0.0.1:{other}#@127.0.0.1:{port}/fhir/x",
        "//127.0.0.1:{other}/fhir/Condition",
        "\\\\127.0.0.1:{other}/fhir/Condition",
        "../other",
        "/other",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://[::1]:{other}/fhir/x",
        "http://[/fhir/x",
        "Condition?page=2\r\nHost: evil",
        "",
        None,
        7,
        ["x"],
    ],
)
def test_a_link_that_leads_out_of_the_base_is_not_followed_and_the_answer_is_cut_off(link: object) -> None:
    with fhir_server() as other, fhir_server() as server:
        ports = {"port": server.server_address[1], "other": other.server_address[1]}
        server.misbehaviour["/"] = linking(link.format(**ports) if isinstance(link, str) else link)
        bundle = searched(server)

    assert (found(bundle), is_cut_off(bundle)) == (["first"], True)
    assert (len(server.asked), other.asked) == (1, [])


def test_a_page_that_leads_to_itself_is_read_once() -> None:
    with fhir_server() as server:
        server.misbehaviour["/"] = linking(f"{server.base}/{QUERY}&_count=200")
        bundle = searched(server)

    assert (found(bundle), is_cut_off(bundle), len(server.asked)) == (["first"], True, 1)


def test_pages_that_go_round_are_read_once() -> None:
    with fhir_server() as server:
        server.misbehaviour["/"] = linking(f"{server.base}/x?page=2")
        bundle = searched(server)

    assert (found(bundle), is_cut_off(bundle), len(server.asked)) == (["first", "first"], True, 2)


def test_pages_without_end_end() -> None:
    count = iter(range(10_000))

    def behave(handler: Any) -> None:
        linking(f"{handler.server.base}/x?page={next(count)}")(handler)

    with fhir_server() as server:
        server.misbehaviour["/"] = behave
        bundle = searched(server, seconds=5)

    assert (len(found(bundle)), is_cut_off(bundle), len(server.asked)) == (50, True, 50)


@pytest.mark.parametrize(
    "second",
    [status(500), status(302, Location="/x"), content(b"{"), content(condition()), hang, drip, flood],
    ids=["500", "redirect", "not JSON", "no Bundle", "hanging", "dripping", "flooding"],
)
def test_a_later_page_that_cannot_be_had_cuts_the_answer_off(second: Behaviour) -> None:
    with fhir_server() as server:
        server.misbehaviour = {"/Condition": linking("x?page=2"), "/x": second}
        bundle = searched(server, seconds=2 if second in (hang, drip) else 20)

    assert (found(bundle), is_cut_off(bundle)) == (["first"], True)


def test_of_an_answer_that_is_too_large_nothing_is_used() -> None:
    with fhir_server() as server:
        server.misbehaviour["/"] = flood

        assert searched(server) is None


def test_all_answers_together_have_a_limit() -> None:
    page = searchset(observation("72514-3", note=[{"text": "x" * 3_000_000}]))
    count = iter(range(10_000))

    def behave(handler: Any) -> None:
        link = [{"relation": "next", "url": f"x?page={next(count)}"}]
        content(page | {"link": link})(handler)

    with fhir_server() as server:
        server.misbehaviour["/"] = behave
        bundle = searched(server, seconds=5)

    assert (len(found(bundle)), is_cut_off(bundle), len(server.asked)) == (4, True, 5)
