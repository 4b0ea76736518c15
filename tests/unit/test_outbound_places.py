"""Only what an operator listed is called, and no spelling makes a URL look like something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kcds.outbound.places import Place, is_loopback

LISTED = Place.parse("https://fhir.example.org/r4")


@pytest.mark.parametrize(
    "url",
    [
        "https://fhir.example.org/r4",
        "https://fhir.example.org/r4/",
        "https://fhir.example.org:443/r4/Patient/1",
        "https://FHIR.example.org/r4/Observation?patient=1&code=http://loinc.org|8480-6",
        "https://fhir.example.org/r4?_getpages=abc&_getpagesoffset=20",
        "https://fhir.example.org/r4/Observation?code=http%3A%2F%2Floinc.org%7C1&next=/../x",
    ],
)
def test_a_place_holds_what_lies_below_it(url: str) -> None:
    assert LISTED.holds(url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://fhir.example.org/r4/Patient/1", "another scheme"),
        ("https://fhir.example.org:8443/r4/Patient/1", "another port"),
        ("https://fhir.example.org/r4-evil/Patient/1", "another path that begins alike"),
        ("https://fhir.example.org/", "above the path"),
        ("https://fhir.example.org.evil.org/r4/x", "a longer host"),
        ("https://fhir.example.org./r4/x", "a dot after the host"),
        ("https://evil.org/r4/x", "another host"),
        ("//evil.org/r4/x", "no scheme"),
        ("https://fhir.example.org@evil.org/r4/x", "the listed host as user"),
        ("https://user:secret@fhir.example.org/r4/x", "a user"),
        ("https://evil.org#@fhir.example.org/r4/x", "a host that some read after the fragment"),
        ("https://evil.org\\@fhir.example.org/r4/x", "a backslash"),
        ("https://fhir.example.org\\.evil.org/r4/x", "a backslash in the host"),
        ("https://fhir.example.org/r4/../admin", "dots"),
        ("https://fhir.example.org/r4/%2e%2e/admin", "encoded dots"),
        ("https://fhir.example.org/r4/.%2E/admin", "half encoded dots"),
        ("https://fhir.example.org/r4/..;/admin", "dots with a parameter, as Tomcat reads them"),
        ("https://fhir.example.org/r4/%252e%252e/admin", "dots encoded twice"),
        ("https://fhir.example.org/r4/..", "dots at the end"),
        ("https://fhir.example.org/r4/%c0%ae%c0%ae/x", "dots in a longer form, which is no UTF-8"),
        ("https://fhir.example.org/r4/%C1%9c../x", "a backslash in a longer form"),
        ("https://fhir.example.org/r4/[::1]/x", "brackets in the path"),
        ("https://fhir.example.org/r4%2f..%2fadmin", "encoded slashes"),
        ("https://fhir.example.org/r4/%5c../x", "an encoded backslash"),
        ("https://fhir.example.org/r4/x\r\nHost: evil.org", "CRLF"),
        ("https://fhir.example.org/r4/x\tHost", "a tab"),
        ("https://fhir.example.org/r4/x y", "a space"),
        ("https://fhir.example.org/r4/\u2024\u2024/x", "dots of another alphabet"),
        ("https://fhir\uff0eexample\uff0eorg/r4/x", "a host that Unicode would fold"),
        ("https://fhir.example.org:0/r4/x", "port 0"),
        ("https://fhir.example.org:99999/r4/x", "no port"),
        ("https://[fhir.example.org]/r4/x", "no address in brackets"),
        ("https://fhir.example.org/r4/x#fragment", "a fragment"),
        ("file:///etc/passwd", "a file"),
        ("", "nothing"),
    ],
)
@pytest.mark.checklist("FHIR-8")
def test_a_place_holds_nothing_that_could_be_read_as_another(url: str, why: str) -> None:
    assert why
    assert not LISTED.holds(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.1/fhir",
        "http://2130706433/fhir",
        "http://0x7f.0.0.1/fhir",
        "http://0177.0.0.1/fhir",
        "http://0.0.0.0/fhir",
        "http://[::1]/fhir",
        "http://[::ffff:127.0.0.1]/fhir",
        "http://localhost/fhir",
        "http://127.0.0.2/fhir",
        "https://127.0.0.1/fhir",
    ],
)
def test_another_spelling_of_a_listed_address_is_another_place(url: str) -> None:
    assert not Place.parse("http://127.0.0.1:*").holds(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/fhir", "http://127.0.0.1/", "http://127.0.0.1:65535/a/b?c=d"])
def test_a_place_may_have_any_port(url: str) -> None:
    assert Place.parse("http://127.0.0.1:*").holds(url)


def test_a_place_with_any_port_may_have_a_path() -> None:
    place = Place.parse("http://[::1]:*/fhir")

    assert place.holds("http://[::1]:8080/fhir/Patient/1")
    assert not place.holds("http://[::1]:8080/other")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fhir.example.org", "must begin with https"),
        ("ftp://fhir.example.org", "must begin with https"),
        ("http://fhir.example.org", "must begin with https://: data of patients"),
        ("http://10.0.0.5/fhir", "must begin with https://: data of patients"),
        ("https://", "must be a base URL"),
        ("https://user@fhir.example.org", "must be a base URL"),
        ("https://fhir.example.org/?tenant=1", "must be a base URL"),
        ("https://fhir.example.org/#r4", "must be a plain URL"),
        ("https://fhir.example.org/r4/..", "must have a plain path"),
        ("https://fhir.example.org:port", "must be a plain URL"),
        ("https://fhir.example.org/r 4", "must be a plain URL"),
        ("https://*.example.org/r4", "must name one host"),
    ],
)
def test_a_place_that_cannot_be_listed_is_refused_by_saying_why(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Place.parse(text)


def test_a_client_cannot_ask_for_any_port() -> None:
    with pytest.raises(ValueError, match="plain URL"):
        Place.of_url("http://127.0.0.1:*")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://fhir.example.org:443/r4/", "https://fhir.example.org/r4"),
        ("https://fhir.example.org:8443", "https://fhir.example.org:8443"),
        ("http://[::1]:8080/fhir", "http://[::1]:8080/fhir"),
    ],
)
def test_a_place_is_written_in_one_way(text: str, url: str) -> None:
    assert Place.of_url(text).url == url


@given(st.text(max_size=80))
def test_no_text_makes_a_place_fail_otherwise_than_by_saying_no(text: str) -> None:
    assert LISTED.holds(text) in (True, False)
    assert LISTED.holds(f"https://fhir.example.org/r4{text}") in (True, False)


@pytest.mark.parametrize(
    ("host", "is_this_machine"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost.example.org", False),
        ("127.0.0.1.example.org", False),
        ("127.1", False),
        ("10.0.0.1", False),
    ],
)
def test_this_machine_is_known_by_its_plain_names_only(host: str, is_this_machine: bool) -> None:  # noqa: FBT001
    assert is_loopback(host) is is_this_machine
