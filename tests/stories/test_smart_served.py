"""Launches under `kcds serve` with two workers: any of them goes on with any launch, and what the files hold."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from builders import without_nulls
from running_kcds import Answer, Kcds, running_kcds
from service_builders import free_port, sample
from smart_ehr import CODE, LAUNCH, SECRET, TOKEN, Manner, SmartEhr, smart_ehr
from smart_files import resources_of, smart_file, whose

PATIENTS = ("sample-crps-candidate", "sample-ketamine-maintenance")


@pytest.fixture(scope="module")
def ehr() -> Iterator[SmartEhr]:
    """An EHR with two charts."""
    stories = (sample(name.removeprefix("sample-")) for name in PATIENTS)
    with smart_ehr([without_nulls(one) for story in stories for one in resources_of(story)]) as server:
        yield server


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the service keeps things."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def kcds(ehr: SmartEhr, directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kcds]:
    """A service of two workers."""
    file = smart_file(tmp_path_factory.mktemp("ehrs"), ehr, standalone=True)
    settings = {"smart_file": str(file), "data_dir": str(directory), "log_level": "DEBUG"}
    with running_kcds(workers=2, port=free_port(), **settings) as service:
        yield service


def launched(
    kcds: Kcds, ehr: SmartEhr, patient: str, cookie: str | None = None, context: str | None = None
) -> tuple[str, str]:
    """Launch from a chart; return the path of the review and the cookie."""
    cookie = cookie or _first(kcds, ehr).headers["set-cookie"].partition(";")[0]
    last = way_back(kcds, ehr, patient, cookie, context)
    assert ehr.problems == []
    return last.headers["location"], cookie


def way_back(kcds: Kcds, ehr: SmartEhr, patient: str, cookie: str | None = None, context: str | None = None) -> Answer:
    """Launch from a chart, a connection for every step; return the answer to the way back."""
    cookie = cookie or _first(kcds, ehr).headers["set-cookie"].partition(";")[0]
    first = kcds.call("GET", f"/launch?{ehr.launch_query(patient, context)}", Cookie=cookie)
    way = _in_turn(kcds, first.headers["location"], cookie).headers["location"]
    answer = urlsplit(_sent_on(way))
    return _in_turn(kcds, f"{answer.path}?{answer.query}", cookie)


def _in_turn(kcds: Kcds, path: str, cookie: str) -> Answer:
    """Ask until there is a seat, as browsers do that are told to come back."""
    while (answer := kcds.call("GET", path, Cookie=cookie)).status == 503:
        time.sleep(0.1)
    return answer


def _first(kcds: Kcds, ehr: SmartEhr) -> Answer:
    return kcds.call("GET", f"/launch?{ehr.launch_query()}")


def _sent_on(url: str) -> str:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc)
    connection.request("GET", f"{parts.path}?{parts.query}")
    location = connection.getresponse().getheader("Location")
    connection.close()
    assert location
    return location


def shown(kcds: Kcds, path: str, cookie: str) -> Answer:
    return _in_turn(kcds, path, cookie)


def test_any_worker_goes_on_with_any_launch_and_no_two_reviews_mix(kcds: Kcds, ehr: SmartEhr) -> None:
    def launch(number: int) -> tuple[str, str]:
        return launched(kcds, ehr, PATIENTS[number % 2])

    with ThreadPoolExecutor(4) as threads:
        ways = list(threads.map(launch, range(8)))
    pages = [shown(kcds, *way) for way in ways]

    assert [page.status for page in pages] == [200] * 8
    names = [whose(sample(patient.removeprefix("sample-"))) for patient in PATIENTS]
    for number, page in enumerate(pages):
        assert names[number % 2] in page.body.decode()
        assert names[1 - number % 2] not in page.body.decode()
    assert {shown(kcds, ways[0][0], ways[1][1]).status, shown(kcds, ways[0][0], "").status} == {403}


def test_two_tabs_of_one_browser_have_two_reviews(kcds: Kcds, ehr: SmartEhr) -> None:
    first, cookie = launched(kcds, ehr, PATIENTS[0])
    second, _same = launched(kcds, ehr, PATIENTS[1], cookie)

    assert first != second
    assert shown(kcds, first, cookie).body != shown(kcds, second, cookie).body


def test_neither_files_nor_log_nor_pages_hold_a_token_or_a_patient(kcds: Kcds, ehr: SmartEhr, directory: Path) -> None:
    path, cookie = launched(kcds, ehr, PATIENTS[0])
    page = shown(kcds, path, cookie).body.decode()

    key = cookie.partition("=")[2]
    run = path.rpartition("/")[2]
    files = {file.name: file.read_bytes() for file in directory.rglob("*") if file.is_file()}
    assert "kcds-short.db" in files
    assert any(len(content) > 4096 for content in files.values())
    for word in (TOKEN, CODE, SECRET, LAUNCH, PATIENTS[0], key, run):
        assert [name for name, content in files.items() if word.encode() in content] == []
        assert word not in kcds.said()
    for word in (TOKEN, CODE, SECRET, LAUNCH, key):
        assert word not in page


def test_a_review_that_was_closed_is_closed_for_all_workers(kcds: Kcds, ehr: SmartEhr) -> None:
    path, cookie = launched(kcds, ehr, PATIENTS[0])

    assert kcds.call("POST", f"{path}/end", b"", Cookie=cookie).status == 200
    assert {shown(kcds, path, cookie).status for _ in range(4)} == {403}


def test_registered_ehrs_are_read_anew(kcds: Kcds, ehr: SmartEhr) -> None:
    file = Path(kcds.settings["KCDS_SMART_FILE"])
    before = file.read_text(encoding="utf-8")
    assert kcds.call("GET", f"/launch?{ehr.launch_query()}").status == 303

    file.write_text(before.replace("/fhir", "/other"), encoding="utf-8")
    kcds.command("reload", "--port", str(kcds.port))
    refused = kcds.call("GET", f"/launch?{ehr.launch_query()}")
    file.write_text(before, encoding="utf-8")
    kcds.command("reload", "--port", str(kcds.port))

    assert refused.status == 403
    assert kcds.call("GET", f"/launch?{ehr.launch_query()}").status == 303


def test_a_card_leads_to_the_review_of_its_own_patient_and_of_nobody_else(kcds: Kcds, ehr: SmartEhr) -> None:
    request = sample("ketamine-maintenance") | {"fhirServer": ehr.base}
    cards = kcds.call("POST", "/cds-services/ketamine-patient-view", request).json["cards"]
    (link,) = {link["appContext"]: link for card in cards for link in card["links"] if link["type"] == "smart"}.values()

    own, cookie = launched(kcds, ehr, PATIENTS[1], context=link["appContext"])
    refused = way_back(kcds, ehr, PATIENTS[0], context=link["appContext"])

    assert urlsplit(link["url"]).path == "/launch"
    assert PATIENTS[1] not in str(link)
    assert "Opened from the card of" in shown(kcds, own, cookie).body.decode()
    assert refused.status == 403
    assert "another patient" in refused.body.decode()


def test_what_the_ehr_does_not_permit_is_named_on_the_page(kcds: Kcds, ehr: SmartEhr) -> None:
    ehr.manner = Manner(withhold=frozenset({"AllergyIntolerance", "Procedure"}))
    asked = len(ehr.asked)

    page = shown(kcds, *launched(kcds, ehr, PATIENTS[1])).body.decode()

    ehr.manner = Manner()
    assert "ot permitted by the EHR" in page
    assert not [one.path for one in ehr.asked[asked:] if "/AllergyIntolerance?" in one.path]


def test_when_the_token_has_ended_the_page_says_what_to_do(kcds: Kcds, ehr: SmartEhr) -> None:
    ehr.manner = Manner(expires_in=1)
    path, cookie = launched(kcds, ehr, PATIENTS[1])
    ehr.manner = Manner()
    time.sleep(1.2)

    page = shown(kcds, path, cookie)

    assert page.status == 403
    assert "Open again from the chart" in page.body.decode()
