"""Writes `fhir_samples/`: for each story a README, the record as a Bundle, a CDS Hooks request and its response.

    python scripts/make_samples.py

The prefetch is shared out by resource type and, for observations, by the codes that each template asks for, as a CDS
client would. The response is what the program answers today: read the difference before committing it.
"""

from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import orjson
from sample_resources import TODAY, Json, Story, Tale
from sample_stories import TALES

from kcds.advice.speaking import Audience
from kcds.advice_app import make_service
from kcds.cds_hooks.card import to_json
from kcds.cds_hooks.request import read_hook_request
from kcds.cds_hooks.services import SERVICES
from kcds.model.queries import OBSERVATION_SETS, RESOURCE_OF, Query
from kcds.service import AdviceService, Moment

SAMPLES = Path(__file__).parents[1] / "fhir_samples"


def main() -> None:
    """Write all samples."""
    service = make_service()
    for name, tale in TALES.items():
        story = tale.make()
        folder = SAMPLES / name
        folder.mkdir(parents=True, exist_ok=True)
        request = make_request(name, story, service)
        response = respond(name, request, service, Audience(tale.audience))
        _write(folder / "bundle.json", _bundle("collection", [*story.resources, *story.drafts]))
        _write(folder / "request.json", request)
        _write(folder / "response.json", response)
        (folder / "README.md").write_text(_readme(name, tale, request, response), encoding="utf-8")
        print(name, [card["summary"] for card in response["cards"]])


def make_request(name: str, story: Story, service: AdviceService) -> Json:
    """Make the CDS Hooks request of one story, prefetch filled."""
    hook = "order-sign" if story.drafts else "patient-view"
    context: Json = {"userId": "Practitioner/sample-clinician", "patientId": story.patient_id}
    if story.drafts:
        context["draftOrders"] = _bundle("collection", story.drafts)
    return {
        "hook": hook,
        "hookInstance": str(uuid5(NAMESPACE_URL, f"urn:kcds:sample:{name}")),
        "context": context,
        "prefetch": {query.value: _prefetched(query, story, service) for query in Query},
    }


def respond(name: str, request: Json, service: AdviceService, audience: Audience) -> Json:
    """Return the response of today's program at noon of the stories' day."""
    hook_service = next(s for s in SERVICES.values() if s.hook == request["hook"])
    numbers = count(1)
    moment = Moment(
        now=datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC),
        today=TODAY,
        audience=audience,
        new_uuid=lambda: uuid5(NAMESPACE_URL, f"urn:kcds:sample:{name}:{next(numbers)}"),
    )
    assessment = service.respond(read_hook_request(request, hook_service), moment)
    return {"cards": to_json(assessment.cards)}


def _prefetched(query: Query, story: Story, service: AdviceService) -> Json:
    if query is Query.PATIENT:
        return story.resources[0]
    if query in RESOURCE_OF:
        return _bundle("searchset", [r for r in story.resources if r["resourceType"] == RESOURCE_OF[query]])
    codes = {pair for name in OBSERVATION_SETS[query] for pair in service.knowledge.value_sets.pairs_of(name)}
    observations = [r for r in story.resources if r["resourceType"] == "Observation"]
    return _bundle("searchset", [o for o in observations if _code(o) in codes])


def _code(observation: Json) -> tuple[str, str]:
    coding = observation["code"]["coding"][0]
    return coding["system"], coding["code"]


def _bundle(kind: str, resources: list[Json]) -> Json:
    bundle: Json = {"resourceType": "Bundle", "type": kind}
    if kind == "searchset":
        bundle["total"] = len(resources)
    if resources:
        bundle["entry"] = [
            {"fullUrl": f"https://ehr.example.org/fhir/{r['resourceType']}/{r['id']}", "resource": r} for r in resources
        ]
    return bundle


def _readme(name: str, tale: Tale, request: Json, response: Json) -> str:
    command = f"kcds evaluate fhir_samples/{name}/request.json --as-of {TODAY.isoformat()} --audience {tale.audience}"
    cards = [f"* **{card['indicator']}**: {card['summary']}" for card in response["cards"]]
    return (
        f"# {tale.title}\n\n{tale.text}\n\nThe person is invented. The story happens on {TODAY.isoformat()}"
        f" (hook `{request['hook']}`).\n\n"
        "## What kcds says\n\n" + ("\n".join(cards) or 'Nothing: `{"cards": []}`.') + "\n\n"
        f"```\n{command}\n```\n"
    )


def _write(path: Path, content: Json) -> None:
    path.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


if __name__ == "__main__":
    main()
