"""Changes of what a hook request holds: answers, entries, copies, resources of others, drafts."""

import copy
from collections.abc import Callable
from random import Random
from typing import Any

from builders import Json
from request_parts import FOREIGN, ODD, at, bundles_of, donors, places, put

from kcds.model.queries import RESOURCE_OF, Query


def answer(random: Random, request: Json) -> None:
    """An answer is missing, failed, given twice in itself, another one's, or no answer at all."""
    prefetch = request.get("prefetch")
    if not isinstance(prefetch, dict) or not prefetch:
        return
    key = random.choice(list(prefetch))
    failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
    other = copy.deepcopy(prefetch[random.choice(list(prefetch))])
    found: Any = random.choice(
        (None, None, failed, failed, {"resourceType": "Bundle", "type": "searchset"}, other, "x")
    )
    if random.random() < 0.3:
        del prefetch[key]
    else:
        prefetch[key] = found


def bundle(random: Random, request: Json) -> None:
    """A bundle is one page of several, of another type, says another total, holds what did not fit."""
    if bundles := bundles_of(request):
        bundle = random.choice(bundles)
        outcome = {
            "resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "too-costly"}]}
        }
        changes: tuple[Callable[[], Any], ...] = (
            lambda: bundle.update(link=[{"relation": "next", "url": "https://ehr.example.org/next"}]),
            lambda: bundle.update(type=random.choice(("collection", "batch-response", "history", None, 7))),
            lambda: bundle.update(total=random.choice((0, 1, 10**9, -1, "2", None))),
            lambda: bundle["entry"].append(outcome),
            lambda: bundle["entry"].append({"resource": copy.deepcopy(bundle)}),
            lambda: bundle["entry"].append(
                random.choice((None, {}, [], "x", {"resource": None}, {"fullUrl": "urn:x"}))
            ),
        )
        random.choice(changes)()


def added(random: Random, request: Json) -> None:
    """Another resource of this patient, from a sample or an example."""
    _add(random, request, copy.deepcopy(random.choice(donors())), f"Patient/{_patient_id(request)}")


def foreign(random: Random, request: Json) -> None:
    """A resource of another patient; every text in it says so."""
    resource = copy.deepcopy(random.choice(donors()))
    for path in places(resource):
        if path[-1] in {"display", "text", "div", "comment"} and isinstance(at(resource, path), str):
            put(resource, path, FOREIGN)
    _add(random, request, resource | {"id": f"{FOREIGN}-{random.randint(0, 99)}"}, f"Patient/{FOREIGN}")


def _add(random: Random, request: Json, resource: Json, patient: str) -> None:
    for path in places(resource):
        if path[-1] == "reference" and str(at(resource, path)).startswith("Patient/"):
            put(resource, path, patient)
    for key in ("subject", "patient"):
        if key in resource:
            resource[key] = {"reference": patient}
    kind = resource.get("resourceType")
    keys = [query for query in Query if RESOURCE_OF.get(query, "Observation") == kind and query is not Query.PATIENT]
    prefetch = request.get("prefetch")
    if keys and isinstance(prefetch, dict):
        found = prefetch.get(random.choice(keys).value)
        if isinstance(found, dict) and isinstance(found.setdefault("entry", []), list):
            found["entry"].insert(random.randint(0, len(found["entry"])), {"resource": resource})


def _patient_id(request: Json) -> object:
    context = request.get("context")
    return context.get("patientId") if isinstance(context, dict) else None


def copied(random: Random, request: Json, most: int = 4) -> None:
    """An entry again, and again: the same, or under other ids."""
    if bundles := [bundle for bundle in bundles_of(request) if bundle["entry"]]:
        bundle = random.choice(bundles)
        entry = random.choice(bundle["entry"])
        same = random.random() < 0.3
        for number in range(random.randint(1, most)):
            another = copy.deepcopy(entry)
            if not same and isinstance(another, dict) and isinstance(another.get("resource"), dict):
                another["resource"]["id"] = f"copy-{number}"
                another.pop("fullUrl", None)
            bundle["entry"].append(another)


def copied_often(random: Random, request: Json) -> None:
    copied(random, request, most=2000)


def changed_copy(random: Random, request: Json) -> None:
    """A resource again under its own id, but with something else in it: which of the two is true?"""
    if bundles := [bundle for bundle in bundles_of(request) if bundle["entry"]]:
        bundle = random.choice(bundles)
        another = copy.deepcopy(random.choice(bundle["entry"]))
        if found := places(another):
            put(another, random.choice(found), copy.deepcopy(random.choice(ODD)))
        bundle["entry"].append(another)


def drafts(random: Random, request: Json) -> None:
    """Drafts are doubled, lost, taken from elsewhere; selections name nothing, or everything."""
    context = request.get("context")
    if not isinstance(context, dict):
        return
    drafts = context.get("draftOrders")
    entries = drafts.get("entry") if isinstance(drafts, dict) else None
    odd: Any = random.choice((None, [], ["MedicationRequest/nobody"], "x", [7], ["x"] * 50, {}))
    changes: list[Callable[[], Any]] = [lambda: context.update(selections=odd)]
    if isinstance(entries, list) and entries:
        changes += [
            lambda: entries.append(copy.deepcopy(random.choice(entries))),
            lambda: entries.append({"resource": copy.deepcopy(random.choice(donors()))}),
            lambda: entries.pop(random.randrange(len(entries))),
            lambda: context.update(draftOrders=copy.deepcopy(random.choice(ODD))),
        ]
    random.choice(changes)()


def someone_else(random: Random, request: Json) -> None:
    """The call is about another patient than the record."""
    context = request.get("context")
    if isinstance(context, dict):
        context["patientId"] = random.choice((FOREIGN, f"Patient/{FOREIGN}", "", None, 7, f"{FOREIGN}/_history/1"))
