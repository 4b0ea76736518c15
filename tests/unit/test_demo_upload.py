"""A record that is uploaded: read in memory alone, answered as any other, refused with the element at fault."""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from bad_bodies import DANGEROUS
from builders import bundle, condition, patient
from demo_pages import demo_client, of_class, shown_json, the, upload
from fake_store import MemoryStore
from service_builders import SAMPLES, cards_of, hook_call, logs, post, sample, without_uuids
from test_demo_pages import moved_back, without_fetching

from kcds.errors import EvaluationError
from kcds.web.body import LARGEST_BODY, LOOK

STOP = "opioid-use-disorder-drafted"
MARKER = "Zebrafinch"
CRPS = condition("G90.50", onsetDateTime="2020-01-01")
OWN = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}


def file(name: str, kind: str = "request.json") -> bytes:
    return (SAMPLES / name / kind).read_bytes()


def ndjson(*resources: Any) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in resources)


@contextmanager
def watched_for_files() -> Iterator[list[str]]:
    """Every file that is opened for writing meanwhile, temporary ones among them."""
    opened: list[str] = []
    _watches.append(opened)
    try:
        yield opened
    finally:
        _watches.remove(opened)


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watches or event != "open":
        return
    path, mode, flags = arguments
    if (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) or any(sign in (mode or "") for sign in "wax+"):
        for opened in _watches:
            opened.append(str(path))


_watches: list[list[str]] = []
sys.addaudithook(_note)


@pytest.mark.parametrize("name", [STOP, "crps-candidate", "no-pain-silent"])
def test_a_request_is_answered_with_the_cards_of_its_hook(name: str) -> None:
    client = demo_client()

    page = upload(client, file(name))

    assert page.status_code == 200
    shown = without_uuids(moved_back(shown_json(page, "response")))["cards"]
    assert shown == without_uuids(moved_back(cards_of(post(client, sample(name)))))
    assert shown_json(page, "request") == sample(name)


def test_a_record_may_be_pasted_and_a_file_goes_before_it() -> None:
    client = demo_client()

    pasted = upload(client, file("crps-candidate", "bundle.json").decode())
    both = upload(client, file(STOP), text=file("crps-candidate").decode())

    assert "Ketamine may be considered" in the(pasted, "card-1").text
    assert "Active substance use disorder" in the(both, "card-1").text


def test_a_bundle_is_a_chart_that_is_opened_unless_another_hook_is_chosen() -> None:
    client, record = demo_client(), file(STOP, "bundle.json")

    assert "A chart is opened" in " ".join(of_class(upload(client, record), "asked"))
    signed = upload(client, record, hook="order-sign")
    assert of_class(signed, "ind") == ["Critical", "Warning"]
    assert of_class(signed, "order")


def test_a_request_is_answered_for_the_hook_that_is_chosen() -> None:
    page = upload(demo_client(), file(STOP), hook="patient-view")

    assert "A chart is opened" in " ".join(of_class(page, "asked"))


def test_ndjson_of_one_patient_is_read_and_shown_as_it_came() -> None:
    lines = ndjson(patient(), CRPS)

    page = upload(demo_client(), b"\xef\xbb\xbf" + lines.replace(b"\n", b"\r\n"))

    assert page.status_code == 200
    assert the(page, "request-json").text == lines.replace(b"\n", b"\r\n").decode()


def test_an_upload_is_no_demo_patient() -> None:
    page = upload(demo_client(), file(STOP))

    assert "Demo patient" not in page.text
    assert "Uploaded record" in of_class(page, "gr")


@pytest.mark.parametrize("record", [file(STOP), file("crps-candidate", "bundle.json"), ndjson(patient(), CRPS)])
def test_the_review_page_of_an_upload_names_its_patient(record: bytes) -> None:
    page = upload(demo_client(), record, show="review")

    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "Demo patient" not in page.text
    assert "Uploaded record" in page.text


def test_from_the_cards_the_review_page_is_one_button_away() -> None:
    client = demo_client()
    sent = the(upload(client, file(STOP)), "request-json").text

    page = upload(client, sent, hook="order-sign", show="review")

    assert page.status_code == 200


FAULTS = {
    "nothing": (b"", None, "There was none: choose a file, or paste it."),
    "no JSON": (b"ketamine?", None, "It is not JSON"),
    "no record": (b"[1]", None, "Neither a CDS Hooks request, nor a FHIR Bundle, nor NDJSON of FHIR resources."),
    "no patient": (json.dumps(bundle(CRPS)).encode(), "Bundle.entry", "must hold exactly one Patient, not 0."),
    "two patients": (ndjson(patient(), patient(id="other")), "Patient", "must hold exactly one Patient, not 2."),
    "a line that is none": (ndjson(patient()) + b"{]", "line 2", "is not JSON."),
    "no context": (json.dumps(hook_call() | {"context": {}}).encode(), "context", "Dictionary should have"),
    "an unknown hook": (json.dumps(hook_call() | {"hook": "x"}).encode(), "hook", "no service answers this hook."),
    "no clinical data": (
        json.dumps(hook_call() | {"prefetch": {"patient": patient()}}).encode(),
        "prefetch",
        "no clinical data was sent",
    ),
    "a member twice in a line": (ndjson(patient()) + b'{"a":1,"a":2}', None, "the same member twice."),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_said_with_its_element_and_the_form_is_there_again(case: str) -> None:
    record, element, words = FAULTS[case]

    page = upload(demo_client(), record)

    (said,) = of_class(page, "note")
    assert page.status_code in {400, 412}
    assert (f"{element}: " in said) == bool(element)
    assert words in said
    assert the(page, "upload").attributes["enctype"] == "multipart/form-data"
    assert "Zebra" not in page.text


@pytest.mark.parametrize("case", DANGEROUS)
def test_a_record_that_is_meant_to_hurt_is_refused_as_a_hook_call_would_be(case: str) -> None:
    make, statuses = DANGEROUS[case]

    page = upload(demo_client(), make())

    assert page.status_code in statuses
    assert page.mimetype == "text/html"


def test_as_much_as_a_hook_call_may_be_uploaded_and_no_more() -> None:
    most = LARGEST_BODY - 1000

    fits = upload(demo_client(), file("crps-candidate").ljust(most))
    large = upload(demo_client(), file("crps-candidate").ljust(LARGEST_BODY))

    assert fits.status_code == 200
    assert large.status_code == 413
    assert "A record may have up to 16 MiB." in " ".join(of_class(large, "note"))


def test_what_is_too_long_to_be_shown_is_measured() -> None:
    record = file("crps-candidate").replace(b'"Martin"', b'"' + b"x" * 500_000 + b'"')

    page = upload(demo_client(), record)

    assert page.status_code == 200
    assert "Too long to be shown here." in of_class(page, "hush")
    assert len(page.text) < 200_000


def test_the_watch_for_files_sees_the_file_that_the_framework_would_make() -> None:
    with watched_for_files() as opened, tempfile.TemporaryFile():
        assert opened != []


@pytest.mark.parametrize("show", ["cards", "review"])
def test_no_file_is_made_of_what_is_uploaded(show: str) -> None:
    client, large = demo_client(), file("crps-candidate").ljust(3_000_000)
    upload(client, large, show=show)  # loads what the first page needs

    with watched_for_files() as opened:
        pages = [upload(client, large, show=show), upload(client, large.decode(), show=show)]

    assert [page.status_code for page in pages] == [200, 200]
    assert opened == []


def test_nothing_of_an_upload_is_fetched_kept_logged_or_counted() -> None:
    store = MemoryStore()
    client = demo_client(service=without_fetching(), store=store)
    record = json.dumps(hook_call() | {"fhirServer": f"https://{MARKER.lower()}.example.org/r4"}).encode()

    with logs("DEBUG") as stream:
        page = upload(client, record.replace(b"pat-1", MARKER.encode()))
        upload(client, MARKER.encode())

    assert page.status_code == 200
    assert MARKER.lower() not in stream.getvalue().lower()
    assert MARKER.lower() not in client.get("/metrics").text.lower()
    assert MARKER.lower() not in " ".join(page.headers.values()).lower()
    assert (store.calls, store.feedback, store.shown) == ([], [], {})


def test_hostile_words_of_a_record_stay_words() -> None:
    words = "<img src=x onerror=window.ran=1>"
    record = hook_call(conditions=[CRPS, {**CRPS, "id": "c2", "code": {"text": words}}])
    record["prefetch"]["patient"]["name"] = [{"family": words}]

    page = upload(demo_client(), json.dumps(record).encode())

    assert page.status_code == 200
    assert "<img" not in page.text
    assert "&lt;img src=x onerror=window.ran=1&gt;" in page.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (OWN, 200),
        ({}, 200),
        ({"Origin": "http://localhost"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
    ],
)
def test_the_form_is_taken_from_our_own_page_only(headers: dict[str, str], status: int) -> None:
    assert upload(demo_client(), file(STOP), headers=headers).status_code == status


def test_an_upload_that_is_no_form_is_refused() -> None:
    client = demo_client()

    as_json = client.post("/demo/upload", json={})
    without_boundary = client.post("/demo/upload", data=b"x", content_type="multipart/form-data")
    other_hook = upload(client, file(STOP), hook="order-dispatch")

    assert [as_json.status_code, without_boundary.status_code, other_hook.status_code] == [415, 400, 400]
    assert "The form cannot be read." in " ".join(of_class(without_boundary, "note"))


def test_a_form_of_many_fields_is_refused() -> None:
    fields = {f"field{number}": "x" for number in range(1000)}

    assert upload(demo_client(), file(STOP), **fields).status_code == 413


def test_the_record_and_not_the_form_is_looked_at_before_it_is_judged() -> None:
    seen: list[bytes] = []

    upload(demo_client(), "{}", environ={LOOK: seen.append})

    assert seen == [b"{}"]


def test_a_record_that_ended_workers_is_not_judged_again() -> None:
    def refuse(_record: bytes) -> None:
        raise EvaluationError("a body that has ended two workers is not judged again")

    page = upload(demo_client(), "{}", environ={LOOK: refuse})

    assert page.status_code == 500
    assert "nothing is advised" in page.text


def test_where_an_upload_was_shown_the_address_leads_back_to_the_form() -> None:
    page = demo_client().get("/demo/upload")

    assert (page.status_code, page.headers["Location"]) == (302, "/demo")
