"""Invented patients for the soak, no two alike, and what the service has to answer each.

A patient begins as one of the sample stories; resources of other stories are added or taken away, values and days are
changed. Every id, and here and there a text, carries the number of its patient: a foreign number in an answer is a
crossing.
"""

import copy
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import uuid4

import orjson

from kcds.advice.speaking import Audience
from kcds.cds_hooks.card import to_json
from kcds.cds_hooks.request import read_hook_request
from kcds.cds_hooks.services import find_service
from kcds.errors import RequestError
from kcds.sample import read_sample, sample_names
from kcds.service import AdviceService, Moment

Json = dict[str, Any]

MARK = re.compile(rb"soak-(\d+)-")
LARGE = (0.85, 0.97)
"""Of ten patients more than eight are small; three of a hundred have 2,000 resources, the others 400."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_KEPT_OF_STORY = 0.85
_LEAVES_THE_RUN = ("uuid", "evaluatedAt", "links")
"""What is different in each answer to the same call, or in each place where the service is."""


@dataclass(frozen=True, slots=True)
class Patient:
    """One invented patient: what to ask where, and the answers that are right, one for each day of the run."""

    number: int
    path: str
    request: Json
    answers: tuple[tuple[int, bytes], ...]

    def body(self) -> bytes:
        """Return the bytes of one call: each is of another encounter, or two kills would make the body suspect."""
        context = self.request["context"] | {"encounterId": f"soak-{self.number}-{uuid4()}"}
        return orjson.dumps(self.request | {"hookInstance": str(uuid4()), "context": context})

    def is_right(self, status: int, answer: bytes) -> bool:
        """Whether this is the answer for this patient, but for uuids and times."""
        return (status, comparable(status, answer)) in self.answers


def make_patients(service: AdviceService, number: int, seed: int, begin: datetime, end: datetime) -> list[Patient]:
    """Make patients whose answers do not change within a day of the run."""
    random = Random(seed)
    stories = [orjson.loads(read_sample(name, begin.date())) for name in sample_names()]
    pool = _pool(stories)
    made = (_invented(random, stories, pool, n, begin.date()) for n in range(number))
    return [patient for n, request in enumerate(made) if (patient := _with_answers(service, n, request, begin, end))]


def _pool(stories: Iterable[Json]) -> dict[str, list[Json]]:
    """Return all resources of the stories by prefetch key."""
    pool: dict[str, list[Json]] = {}
    for story in stories:
        for key, answer in story["prefetch"].items():
            pool.setdefault(key, []).extend(_resources(answer))
    return pool


def _resources(answer: Json | None) -> list[Json]:
    return [entry["resource"] for entry in (answer or {}).get("entry", ())]


def _invented(random: Random, stories: list[Json], pool: dict[str, list[Json]], number: int, today: date) -> Json:
    story = copy.deepcopy(random.choice(stories))
    old_id = story["context"]["patientId"]
    size = random.random()
    extra = 40 if size < LARGE[0] else 400 if size < LARGE[1] else 2000
    keys = [key for key in pool if pool[key] and key != "medicationAdministrations"]
    added: dict[str, list[Json]] = {key: [] for key in story["prefetch"]}
    for _ in range(random.randint(0, extra)):
        key = random.choice(keys)
        added[key].append(copy.deepcopy(random.choice(pool[key])))
    for key, answer in story["prefetch"].items():
        if key != "patient" and answer is not None:
            kept = [resource for resource in _resources(answer) if random.random() < _KEPT_OF_STORY]
            found = [_changed(random, resource, today) for resource in kept + added[key]]
            story["prefetch"][key] = _searchset(found)
    if random.random() < _KEPT_OF_STORY:
        story["prefetch"]["conditions"] = _searchset(
            [*_resources(story["prefetch"]["conditions"]), _in_own_words(number, old_id)]
        )
    story["prefetch"]["patient"]["birthDate"] = f"{random.randint(1935, 2005)}-0{random.randint(1, 9)}-1{number % 10}"
    story["context"]["patientId"] = f"soak-{number}-p"
    return _renamed(story, number, {f"Patient/{one['context']['patientId']}" for one in stories})


def _in_own_words(number: int, patient_id: str) -> Json:
    return {
        "resourceType": "Condition",
        "id": "words",
        "subject": {"reference": f"Patient/{patient_id}"},
        "code": {"text": f"pain of soak-{number}-words"},
    }


def _searchset(resources: list[Json]) -> Json:
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(resources),
        "entry": [{"resource": resource} for resource in resources],
    }


def _changed(random: Random, resource: Json, today: date) -> Json:
    """Change values a little, and move the resource into the past: a few days, or years."""
    back = timedelta(days=random.choice((0, 0, 0, random.randint(1, 20), random.randint(20, 2000))))
    text = orjson.dumps(resource).decode()
    moved = orjson.loads(_DAY.sub(lambda day: min(today, date.fromisoformat(day[0]) - back).isoformat(), text))
    for holder in (moved, *moved.get("component", ())):
        if "valueQuantity" in holder:
            value = holder["valueQuantity"]["value"]
            holder["valueQuantity"]["value"] = round(value * random.choice((1, random.uniform(0.6, 1.6))), 1)
        if "valueInteger" in holder:
            holder["valueInteger"] = max(0, min(10, holder["valueInteger"] + random.randint(-3, 3)))
    return dict(moved)


def _renamed(request: Json, number: int, patients: set[str]) -> Json:
    """Give every resource an id of this patient, and every reference to a patient the new id."""
    numbers = count()

    def rename(value: Any) -> Any:  # noqa: ANN401 - any JSON
        if isinstance(value, list):
            return [rename(item) for item in value]
        if not isinstance(value, dict):
            return value
        renamed = {key: rename(item) for key, item in value.items()}
        if "resourceType" in value and "id" in value:
            own = "p" if value["resourceType"] == "Patient" else f"r{next(numbers)}"
            renamed["id"] = f"soak-{number}-{own}"
        if value.get("reference") in patients:
            renamed["reference"] = f"Patient/soak-{number}-p"
        return renamed

    return dict(rename(request))


def _with_answers(service: AdviceService, number: int, request: Json, begin: datetime, end: datetime) -> Patient | None:
    """Add the right answers; None for a patient whose answer depends on the hour."""
    midnight = datetime.combine(end.date(), time(), begin.tzinfo)
    days = [(begin, end)] if begin >= midnight else [(begin, midnight - timedelta(seconds=1)), (midnight, end)]
    answers = []
    for first, last in days:
        answer = answer_of(service, request, first)
        if answer != answer_of(service, request, last):
            return None
        answers.append(answer)
    return Patient(number, f"/cds-services/ketamine-{request['hook']}", request, tuple(answers))


def answer_of(service: AdviceService, request: Json, now: datetime) -> tuple[int, bytes]:
    """Return status and comparable cards that the service itself comes to, without HTTP."""
    moment = Moment(now=now, today=now.date(), audience=Audience.PAIN, new_uuid=uuid4)
    try:
        call = read_hook_request(request, find_service(f"ketamine-{request['hook']}"))
        cards = to_json(service.respond(call, moment).cards)
    except RequestError as error:
        return error.status, b""
    return 200, comparable(200, orjson.dumps({"cards": cards}))


def comparable(status: int, answer: bytes) -> bytes:
    """Return the answer without what is different each time; of a refusal only the status counts."""
    if status != 200:  # noqa: PLR2004 - HTTP
        return b""
    return orjson.dumps(_without(orjson.loads(answer)), option=orjson.OPT_SORT_KEYS)


def _without(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {name: _without(item) for name, item in value.items() if name not in _LEAVES_THE_RUN}
    return [_without(item) for item in value] if isinstance(value, list) else value


def foreign(number: int, answer: bytes) -> set[int]:
    """Return the patients, other than this one, of whom an answer speaks."""
    return {int(found) for found in MARK.findall(answer)} - {number}
