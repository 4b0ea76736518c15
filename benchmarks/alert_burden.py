"""How often kcds speaks when a chart is opened: cards of patient-view, by setting, for every patient at hand.

    python benchmarks/alert_burden.py [PATH ...] [--as-of 2026-11-21]

A PATH is a file or a folder: Bundles, CDS Hooks requests (their prefetch is the record), or single resources, which
belong together by patient. The samples come first, without their drafts. Each chart is opened on the last day on which
its record says anything (the samples on the day of their story), so that old data are not merely stale; `--as-of` sets
one day.
"""

import argparse
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from kcds.advice.speaking import Audience
from kcds.advice_app import make_service
from kcds.cds_hooks.card import Card
from kcds.cds_hooks.services import Hook
from kcds.errors import RequestError
from kcds.fhir.read import read_bundle
from kcds.model.queries import RESOURCE_OF
from kcds.sample import STORY_DAY, samples_directory
from kcds.service import AdviceService, Moment

Json = dict[str, Any]

READ = {*RESOURCE_OF.values(), "Observation"} - {"Patient"}
DAY = re.compile(rb'"(\d{4}-\d\d-\d\d)[T"]')
AUDIENCES = tuple(Audience)


def main() -> None:
    """Open every chart once a setting, and print how many cards it shows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH")
    parser.add_argument("--as-of", type=date.fromisoformat)
    arguments = parser.parse_args()
    service = make_service()
    rows: list[tuple[str, dict[Audience, tuple[Card, ...]]]] = []
    for name, resources in charts(arguments.paths):
        today = arguments.as_of or (STORY_DAY if name.startswith("sample ") else last_day(resources))
        try:
            rows.append((name, {audience: cards(service, resources, today, audience) for audience in AUDIENCES}))
        except RequestError as error:
            print(f"{name}: not read ({error})")
    show(rows)


def charts(paths: list[Path]) -> Iterator[tuple[str, list[Json]]]:
    """Return every patient's resources: the samples, then what the paths hold."""
    for sample in sorted(samples_directory().glob("*/request.json")):
        yield f"sample {sample.parent.name}", resources_of(sample)
    loose: dict[str, list[Json]] = defaultdict(list)
    for path in paths:
        for file in sorted(path.rglob("*.json")) if path.is_dir() else [path]:
            found = resources_of(file)
            if any(resource["resourceType"] == "Patient" for resource in found) and len(found) > 1:
                yield file.stem, found
            else:
                for resource in found:
                    loose[owner_of(resource)].append(resource)
    for patient, resources in sorted(loose.items()):
        if any(resource["resourceType"] == "Patient" for resource in resources):
            yield patient, resources


def resources_of(file: Path) -> list[Json]:
    """Return the resources of a Bundle, of a request's prefetch, or the one resource of a file."""
    content = orjson.loads(file.read_bytes())
    if "hook" in content:
        answers = (answer for answer in (content.get("prefetch") or {}).values() if answer)
        return [resource for answer in answers for resource in _unpacked(answer)]
    return _unpacked(content)


def _unpacked(content: Json) -> list[Json]:
    if content.get("resourceType") != "Bundle":
        return [content] if "resourceType" in content else []
    return [entry["resource"] for entry in content.get("entry", []) if "resource" in entry]


def owner_of(resource: Json) -> str:
    """Return the patient that a resource is about, as `Patient/id`."""
    if resource["resourceType"] == "Patient":
        return f"Patient/{resource.get('id')}"
    person = resource.get("subject") or resource.get("patient")
    return str(person.get("reference", "")) if isinstance(person, dict) else ""


def last_day(resources: list[Json]) -> date:
    """Return the last day, not in the future, that a resource of the kinds we read names."""
    today = datetime.now(UTC).date()
    read = (resource for resource in resources if resource["resourceType"] in READ)
    days = {date.fromisoformat(found.decode()) for resource in read for found in DAY.findall(orjson.dumps(resource))}
    return max((day for day in days if day <= today), default=today)


def cards(service: AdviceService, resources: list[Json], today: date, audience: Audience) -> tuple[Card, ...]:
    """Return the cards of patient-view at noon of a day."""
    now = datetime.combine(today, time(12), UTC)
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}
    knowledge = service.knowledge
    record = read_bundle(bundle, wanted=knowledge.wants, since=knowledge.since(today))
    moment = Moment(now=now, today=today, audience=audience, new_uuid=uuid4)
    return service.assess(record, Hook.PATIENT_VIEW, record.patient.reference.rpartition("/")[2], moment).cards


def show(rows: list[tuple[str, dict[Audience, tuple[Card, ...]]]]) -> None:
    """Print one line a patient, and the sums: cards, and in brackets how many of them are warnings."""
    width = max(len(name) for name, _ in rows)
    print(f"{'patient':{width}}  " + "  ".join(f"{audience.value:>11}" for audience in AUDIENCES))
    for name, spoken in rows:
        print(f"{name:{width}}  " + "  ".join(f"{_count(spoken[audience]):>11}" for audience in AUDIENCES))
    shown = {audience: [card for _, spoken in rows for card in spoken[audience]] for audience in AUDIENCES}
    print(f"{'all cards':{width}}  " + "  ".join(f"{_count(tuple(found)):>11}" for found in shown.values()))
    speaking = {audience: sum(bool(spoken[audience]) for _, spoken in rows) for audience in AUDIENCES}
    print(f"{f'charts that speak, of {len(rows)}':{width}}  " + "  ".join(f"{n:>11}" for n in speaking.values()))
    each = {audience: len(found) / len(rows) for audience, found in shown.items()}
    print(f"{'cards a view':{width}}  " + "  ".join(f"{mean:>11.2f}" for mean in each.values()))


def _count(found: tuple[Card, ...]) -> str:
    warnings = sum(card.indicator == "warning" for card in found)
    return f"{len(found)} ({warnings})" if found else "-"


if __name__ == "__main__":
    main()
