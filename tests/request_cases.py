# ruff: noqa: S311 - seeded test data
"""What must hold for every answer to a hook call, whatever was sent: used by fuzzing, short and long."""

import copy
import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from builders import Json
from card_conformance import KEY, faults_in
from flask.testing import FlaskClient
from request_mutations import MOST_CHANGES, Mutant, mutant, spoilt_bytes
from request_parts import FOREIGN
from service_builders import logs, without_uuids

HOOKS = ("patient-view", "order-select", "order-sign")
LONGEST = 10.0  # seconds, on a machine that does much else
SECONDS_A_MEGABYTE = 20.0


@dataclass(frozen=True)
class Answer:
    """The answer to one call."""

    status: int
    body: Any
    text: str
    seconds: float
    logged: str


@dataclass
class Seen:
    """What was met so far: it shows that the mutants are neither all refused nor all harmless."""

    statuses: Counter[str] = field(default_factory=Counter)
    dispositions: Counter[str] = field(default_factory=Counter)
    relations: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0


def ask(client: FlaskClient, body: bytes, hook: str) -> Answer:
    """Send a body to the service of a hook."""
    started = time.perf_counter()
    with logs("ERROR") as logged:
        response = client.post(f"/cds-services/ketamine-{hook}", data=body, content_type="application/json")
    text = response.get_data(as_text=True)
    return Answer(response.status_code, json.loads(text), text, time.perf_counter() - started, logged.getvalue())


def hook_of(request: Json) -> str:
    """The service that is asked; a mutant may name no hook that there is."""
    hook = request.get("hook")
    return hook if isinstance(hook, str) and hook in HOOKS else "patient-view"


def encoded(request: Any) -> bytes:
    """The body of a request; half a surrogate pair stays an escape."""
    return json.dumps(request).encode()


def faults_of(answer: Answer, body: bytes, hook: str) -> Iterator[str]:
    """What is wrong with an answer in itself."""
    if answer.seconds > LONGEST + SECONDS_A_MEGABYTE * len(body) / 1e6:
        yield f"took {answer.seconds:.1f} seconds"
    if answer.logged:
        yield f"logged: {answer.logged[:1000]}"
    if answer.status >= 500:
        yield f"status {answer.status}: {answer.text[:500]}"
    elif answer.status == 200:
        yield from faults_in(hook, answer.body)
        yield from _not_sent(answer, body)
        if FOREIGN in answer.text:
            yield "speaks of another patient"
    elif answer.body.get("resourceType") != "OperationOutcome":
        yield f"status {answer.status} without an OperationOutcome"


def _not_sent(answer: Answer, body: bytes) -> Iterator[str]:
    """References of findings must be to what was sent."""
    sent = body.decode("utf-8", "replace")
    for card in answer.body["cards"]:
        for finding in card["extension"][KEY]["findings"]:
            for reference in finding.get("supporting", ()):
                if reference.rpartition("/")[2].lstrip("#") not in sent:
                    yield f"{finding['rule']} rests on {reference}, which was not sent"


def of_another_patient(request: Json, answer: Answer) -> bool:
    """Whether there are cards although the call is about another patient than the record."""
    prefetch, context = request.get("prefetch"), request.get("context")
    if answer.status != 200 or not answer.body["cards"] or not isinstance(prefetch, dict):
        return False
    person = prefetch.get("patient")
    called = context.get("patientId") if isinstance(context, dict) else None
    return not (isinstance(person, dict) and person.get("id") == called)


def disposition(answer: Answer) -> str:
    """The disposition on the cards; silence and refusals are none."""
    if answer.status != 200 or not answer.body["cards"]:
        return f"{answer.status} without cards"
    return str(answer.body["cards"][0]["extension"][KEY]["disposition"])


def told(answer: Answer) -> Any:
    """All that an answer says, but what is new each time."""
    return answer.status, without_uuids(answer.body) if answer.status == 200 else None


def judge(client: FlaskClient, made: Mutant, seen: Seen) -> list[str]:
    """Send a mutant, and a variant of it: everything that is wrong."""
    request, hook = made.request, hook_of(made.request)
    body = encoded(request)
    answer = ask(client, body, hook)
    seen.statuses[str(answer.status)] += 1
    seen.dispositions[disposition(answer)] += 1
    seen.slowest = max(seen.slowest, answer.seconds)
    wrong = list(faults_of(answer, body, hook))
    if of_another_patient(request, answer):
        wrong.append("cards for another patient than the record's")
    if answer.status == 200 and answer.body["cards"] and not _contradicts_itself(request):
        relation = Random(made.seed).choice((_in_another_order, _twice, _without_an_answer))
        seen.relations[relation.__name__] += 1
        wrong += relation(client, made, answer)
    return wrong


def _sent(request: Json) -> list[Json]:
    """The bundles that were sent, the drafts among them."""
    context = request.get("context")
    drafts = context.get("draftOrders") if isinstance(context, dict) else None
    return [
        found
        for found in (*request["prefetch"].values(), drafts)
        if isinstance(found, dict) and isinstance(found.get("entry"), list)
    ]


def _contradicts_itself(request: Json) -> bool:
    """Whether one id or URL is sent with two contents: the last one counts then, so order and copies do matter."""
    contents: dict[str, str] = {}
    for found in _sent(request):
        for entry in found["entry"]:
            resource = entry.get("resource") if isinstance(entry, dict) else None
            if isinstance(resource, dict):
                content = json.dumps(resource)
                names = [[resource.get("resourceType"), resource.get("id")], *filter(None, [entry.get("fullUrl")])]
                if any(contents.setdefault(json.dumps(name), content) != content for name in names):
                    return True
    return False


def _in_another_order(client: FlaskClient, made: Mutant, answer: Answer) -> list[str]:
    """The order of entries, of drafts, and of prefetch keys never matters."""
    random, request = Random(made.seed), copy.deepcopy(made.request)
    for found in _sent(request):
        random.shuffle(found["entry"])
    request["prefetch"] = dict(random.sample(sorted(request["prefetch"].items()), len(request["prefetch"])))
    return _same(client, request, answer, "in another order")


def _twice(client: FlaskClient, made: Mutant, answer: Answer) -> list[str]:
    """An entry that is sent twice changes nothing."""
    random, request = Random(made.seed), copy.deepcopy(made.request)
    for found in _sent(request):
        if found["entry"]:
            found["entry"].append(copy.deepcopy(random.choice(found["entry"])))
    return _same(client, request, answer, "with entries sent twice")


def _without_an_answer(client: FlaskClient, made: Mutant, answer: Answer) -> list[str]:
    """Without any one prefetch key nobody becomes a candidate."""
    wrong = []
    for key in Random(made.seed).sample(sorted(made.request["prefetch"]), min(2, len(made.request["prefetch"]))):
        request = copy.deepcopy(made.request)
        del request["prefetch"][key]
        other = ask(client, encoded(request), hook_of(request))
        wrong += list(faults_of(other, encoded(request), hook_of(request)))
        if disposition(other) == "candidate" != disposition(answer):
            wrong.append(f"a candidate without {key}")
    return wrong


def _same(client: FlaskClient, request: Json, answer: Answer, how: str) -> list[str]:
    other = ask(client, encoded(request), hook_of(request))
    if told(other) == told(answer):
        return []
    return [f"told otherwise {how}: {_first_difference(told(answer), told(other))}"]


def _first_difference(one: Any, other: Any, place: str = "") -> str:
    """Where two answers differ first."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return next((found for key in one if (found := _first_difference(one[key], other[key], f"{place}.{key}"))), "")
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return next((found for number, two in pairs if (found := _first_difference(*two, f"{place}[{number}]"))), "")
    if isinstance(one, str) and isinstance(other, str):
        pairs = enumerate(zip(one, other, strict=False))
        alike = next((number for number, (a, b) in pairs if a != b), min(len(one), len(other)))
        one, other = one[max(0, alike - 40) : alike + 200], other[max(0, alike - 40) : alike + 200]
    return "" if one == other else f"{place}: {one!r:.300} and {other!r:.300}"


def judge_bytes(client: FlaskClient, seed: int, seen: Seen) -> list[str]:
    """Send the bytes of a mutant, spoilt: everything that is wrong."""
    random, made = Random(seed), mutant(seed)
    body = encoded(made.request)
    for _ in range(random.choice((1, 1, 1, 2, 5))):
        body = spoilt_bytes(random, body)
    answer = ask(client, body, hook_of(made.request))
    seen.statuses[str(answer.status)] += 1
    return list(faults_of(answer, body, hook_of(made.request)))


def smallest(client: FlaskClient, seed: int, wrong: list[str], *, big: bool = False) -> Mutant:
    """The mutant with as few of its changes as are needed for the same kind of fault."""
    kind = re.split(r"[:\d]", wrong[0])[0]
    left = frozenset(range(MOST_CHANGES))
    for number in range(MOST_CHANGES):
        fewer = left - {number}
        if any(fault.startswith(kind) for fault in judge(client, mutant(seed, big=big, only=fewer), Seen())):
            left = fewer
    return mutant(seed, big=big, only=left)
