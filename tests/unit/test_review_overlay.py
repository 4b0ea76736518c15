"""The review page where a site has changed rules: what is local is said, nothing that applies is hidden."""

import json
from pathlib import Path

from overlay_builders import knowledge_of, overlay
from service_builders import NOON, SAMPLES, noon

from kcds.cds_hooks.request import read_hook_request
from kcds.cds_hooks.services import SERVICES
from kcds.engine.checked import CheckedEngine
from kcds.pages.review.view import ReviewView, make_review_view
from kcds.service import AdviceService

REASON = "Decided by our committee"


def viewed(site: Path, story: str) -> ReviewView:
    knowledge = knowledge_of(site)
    service = AdviceService(knowledge, CheckedEngine(knowledge.active_rules))
    request = json.loads((SAMPLES / story / "request.json").read_bytes())
    call = read_hook_request(request, next(one for one in SERVICES.values() if one.hook == request["hook"]))
    review = service.review(call, noon())
    return make_review_view(
        review, service, hook=call.hook, now=NOON, today=NOON.date(), draw=lambda timeline: timeline
    )


def test_a_caution_that_is_switched_off_but_applies_is_named(tmp_path: Path) -> None:
    view = viewed(overlay(tmp_path, disable={"maoi-taken": REASON}), "maoi-and-stimulant")
    rows = [row for group in view.why().groups for row in group.rows if "MAO inhibitor" in row.title]

    assert "Switched off here by local policy" in view.strip.columns[1].rest
    assert [row.note.startswith("Switched off here by local policy.") for row in rows] == [True]


def test_a_contraindication_that_is_switched_off_stands_among_the_cautions_as_such(tmp_path: Path) -> None:
    view = viewed(overlay(tmp_path, disable={"repeated-high-blood-pressure": REASON}), "a-year-of-infusions")
    stops, cautions, _ = view.strip.columns

    assert stops.number == 0
    assert "1 contraindication switched off here by local policy" in stops.none
    assert any(item.title.startswith("Switched off here by local policy") for item in cautions.items)


def test_the_source_attributes_name_what_a_site_switched_off(tmp_path: Path) -> None:
    view = viewed(overlay(tmp_path, disable={"repeated-high-blood-pressure": REASON}), "crps-candidate")

    local = next(one.text for one in view.about() if one.title == "Local policy")

    assert "repeated high blood pressure" in local
