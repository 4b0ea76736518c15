"""Rules that are read anew while calls are answered: none is lost, none is answered by half a set."""

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from running_kcds import HARMFUL, Kcds, running_kcds
from service_builders import sample
from store_builders import eventually

from kcds.web.reloads import Outcome, ask_for_reload

SIGN = "/cds-services/ketamine-order-sign"
CLIENTS, RELOADS = 4, 5
_STORY = sample("opioid-use-disorder-drafted")
STORY = json.dumps(_STORY).encode()
SLOW_STORY = json.dumps(_STORY | {"context": _STORY["context"] | {"userId": "Practitioner/slow"}}).encode()


def write(site: Path, systolic: int) -> None:
    """Change a number that every card names; the file is replaced as a whole."""
    change = {"repeated-high-blood-pressure.systolic": {"value": systolic, "reason": "as our cardiologists ask"}}
    new = site / ".new"
    new.write_text(yaml.safe_dump({"parameters": change}), encoding="utf-8")
    new.replace(site / "overlay.yaml")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("site")
    write(directory, 140)
    return directory


@pytest.fixture(scope="module")
def service(site: Path) -> Iterator[Kcds]:
    settings = {"rules_overlay": str(site), "log_level": "INFO", "log_format": "json"}
    with running_kcds(workers=2, program=HARMFUL, **settings) as running:
        yield running


def spoken(service: Kcds, story: bytes = STORY) -> tuple[str, str]:
    """Version and number that one call is answered by; fails unless all its cards say the same."""
    answer = service.call("POST", SIGN, story, Content_Type="application/json")
    assert answer.status == 200
    cards = answer.json["cards"]
    (version,) = {card["extension"]["org.kcds.advice"]["knowledgeVersion"] for card in cards}
    (number,) = set(re.findall(r"systolic (\d+) instead of 160", answer.body.decode()))
    return version, number


def reload(service: Kcds) -> Outcome:
    return ask_for_reload(service.data, service.port)


def ready(service: Kcds) -> str:
    return str(service.call("GET", "/health/ready").json["knowledge"])


def test_under_load_no_call_is_lost_and_each_is_wholly_old_or_new(service: Kcds, site: Path) -> None:
    first = ready(service)
    done = threading.Event()

    def call() -> set[tuple[str, str]]:
        seen = set()
        while not done.is_set():
            seen.add(spoken(service))
            time.sleep(0.02)  # leaves some of the machine to the reload
        return seen

    with ThreadPoolExecutor(CLIENTS) as clients:
        calling = [clients.submit(call) for _ in range(CLIENTS)]
        expected = {(first, "140")}
        try:
            for systolic in range(141, 141 + RELOADS):
                write(site, systolic)
                outcome = reload(service)
                now = {spoken(service) for _ in range(4)}
                expected |= now
                assert now == {(outcome.knowledge, str(systolic))}
        finally:
            done.set()
        seen = set().union(*(one.result() for one in calling))

    assert seen == expected
    assert len({version for version, _ in seen}) == RELOADS + 1
    assert ready(service) == outcome.knowledge
    counts = service.call("GET", "/metrics").body.decode()
    assert re.findall(r"kcds_info\{.*\}", counts) == [
        f'kcds_info{{knowledge="{outcome.knowledge}",mode="live",version="{version_of(counts)}"}}'
    ]
    assert f'kcds_reloads_total{{outcome="loaded"}} {RELOADS}.0' in counts
    assert "kcds_worker_deaths_total 0.0" in counts
    assert len(service.workers()) == 2
    assert len(list(Path(f"/proc/{service.process.pid}/task").iterdir())) == 1


def version_of(counts: str) -> str:
    (version,) = re.findall(r'kcds_info\{.*version="([^"]*)"', counts)
    return str(version)


def test_the_command_says_what_is_served_or_every_fault(service: Kcds, site: Path) -> None:
    write(site, 147)

    assert service.command("reload") == f"knowledge {ready(service)} is served\n"

    good = (site / "overlay.yaml").read_text(encoding="utf-8")
    (site / "overlay.yaml").write_text("parameters: {nothing: {value: 1, reason: two}}\ndisable: 3\n", encoding="utf-8")
    before, workers = spoken(service), service.workers()
    with pytest.raises(subprocess.CalledProcessError) as refused:
        service.command("reload", "--port", str(service.port))
    (site / "overlay.yaml").write_text(good, encoding="utf-8")

    said = refused.value.stderr.splitlines()
    assert said[-1] == f"kcds: refused; the service goes on with knowledge {before[0]}"
    assert len(said) > 1
    assert all(line.startswith(f"kcds: {site}/overlay.yaml: ") for line in said[:-1])
    assert (spoken(service), service.workers()) == (before, workers)
    logged = [json.loads(line) for line in service.said().splitlines() if '"reload refused"' in line]
    assert [f"kcds: {line['fault']}" for line in logged] == said[:-1]
    assert 'kcds_reloads_total{outcome="refused"} 1.0' in service.call("GET", "/metrics").body.decode()


def test_calls_that_are_being_answered_keep_the_rules_of_before_and_the_reload_waits_for_them(
    service: Kcds, site: Path
) -> None:
    write(site, 150)
    before, done = ready(service), threading.Event()
    ended: list[tuple[float, str]] = []

    def call_slowly() -> None:
        while not done.is_set():
            version, _ = spoken(service, SLOW_STORY)
            ended.append((time.monotonic(), version))

    with ThreadPoolExecutor(1) as client:
        calling = client.submit(call_slowly)
        eventually(lambda: ended)
        outcome = reload(service)
        reloaded = time.monotonic()
        done.set()
        calling.result()

    assert {version for _, version in ended} == {before, outcome.knowledge}
    assert all(at < reloaded for at, version in ended if version == before)


def test_two_who_ask_at_once_are_both_told(service: Kcds, site: Path) -> None:
    write(site, 151)

    with ThreadPoolExecutor(3) as operators:
        outcomes = list(operators.map(reload, [service] * 3))

    assert {one.knowledge for one in outcomes} == {ready(service)}
    assert {one.faults for one in outcomes} == {()}


def test_a_reload_asked_for_during_the_start_comes_after_it_and_all_that_is_wrong_is_named_together(
    tmp_path: Path,
) -> None:
    clients, site = tmp_path / "clients.yaml", tmp_path / "site"
    site.mkdir()
    write(site, 140)
    clients.write_text("clients: [{issuer: https://ehr.example.org, jku: https://ehr.example.org/keys}]\n")
    settings = {
        "auth": "required",
        "clients_file": str(clients),
        "data_dir": str(tmp_path),
        "log_level": "INFO",
        "public_url": "https://kcds.example.org",
        "rules_overlay": str(site),
    }
    asking = threading.Thread(target=ask_as_soon_as_it_runs, args=[tmp_path / "run"])
    asking.start()

    with running_kcds(workers=1, **settings) as service:
        asking.join()
        eventually(lambda: "reloaded" in service.said())
        before = ready(service)
        clients.write_text("clients: [{isuer: https://ehr.example.org}]\n")
        (site / "overlay.yaml").unlink()
        outcome = ask_for_reload(tmp_path, service.port)

        assert outcome.knowledge == before == ready(service)
        assert any("isuer" in fault for fault in outcome.faults)
        assert any(str(site) in fault for fault in outcome.faults)


def ask_as_soon_as_it_runs(place: Path) -> None:
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        for file in place.glob("*.server"):
            if said := file.read_bytes():
                os.kill(json.loads(said)["pid"], signal.SIGHUP)
                return
        time.sleep(0.01)
