"""The review page of a patient: every rule once, the same advice as the cards, true words, no markup of a record."""

import json
import re
from dataclasses import replace
from functools import cache

import pytest
from builders import Json, condition, patient
from service_builders import NOON, SAMPLE_NAMES, SAMPLES, noon, real_service

from kcds.advice.weigh import Advised
from kcds.cds_hooks.request import read_hook_request
from kcds.cds_hooks.services import SERVICES, Hook
from kcds.fhir.person import Person
from kcds.model.advice import Disposition
from kcds.model.findings import Applicability, Category, Effect
from kcds.pages.html import render, stream
from kcds.pages.review.case import make_case
from kcds.pages.review.findings import dated
from kcds.pages.review.model import Mark, ReviewProblem, ReviewView, Why
from kcds.pages.review.strip import cautions_of, unsaid
from kcds.pages.review.view import make_review_view
from kcds.pages.review.words import FactInWords, readable
from kcds.pages.site import Site
from kcds.service import Review

TODAY = NOON.date()
RULES = [rule.id for rule in real_service().knowledge.active_rules]
SITE = Site(demo=True, version="2026.11")
GIVEN: dict[str, object] = dict.fromkeys(("run", "retry", "ehr", "opened_from", "tag", "back"))
"""What the page is told of where it was opened: nothing."""


def sent(name: str) -> Json:
    request: Json = json.loads((SAMPLES / name / "request.json").read_bytes())
    return request


def judged(request: Json) -> tuple[Review, Hook]:
    service = next(one for one in SERVICES.values() if one.hook == request["hook"])
    call = read_hook_request(request, service)
    return real_service().review(call, noon()), call.hook


def viewed(review: Review, hook: Hook) -> ReviewView:
    return make_review_view(review, real_service(), hook=hook, now=NOON, today=TODAY, draw=lambda timeline: timeline)


@cache
def sample(name: str) -> tuple[Review, ReviewView, Why]:
    review, hook = judged(sent(name))
    view = viewed(review, hook)
    return review, view, view.why()


def html_of(view: ReviewView) -> str:
    values = GIVEN | {"view": view, "tag": "Demo patient"}
    strip = render("review_strip.html.j2", SITE, **values)
    return strip + "".join(
        render(f"review_{part}.html.j2", SITE, why=view.why(), **values) for part in ("monitoring", "why", "data")
    )


def rows_of(why: Why) -> list[str]:
    return [row.rule for group in why.groups for row in group.rows] + [
        row.rule for folded in why.folded for group in folded.groups for row in group.rows
    ]


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_every_active_rule_stands_in_the_table_once(name: str) -> None:
    _, _, why = sample(name)

    assert sorted(rows_of(why)) == sorted(RULES)
    assert why.number == len(RULES)


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_every_rule_that_says_something_has_its_evidence_once(name: str) -> None:
    review, _, why = sample(name)
    findings = review.assessment.findings.all

    speaking = sorted(f.rule for f in findings if f.answer is not Applicability.DOES_NOT_APPLY)

    assert sorted(one.rule for one in why.evidence) == speaking
    assert all(one.sources and one.says for one in why.evidence)


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_the_contraindications_of_the_strip_are_those_of_the_advice(name: str) -> None:
    review, view, _ = sample(name)
    stops = view.strip.columns[0]

    advised = [a.rule.id for a in review.assessment.advice.with_effect(Effect.STOP)]

    assert stops.number == len(advised)
    assert [item.rule for item in stops.items] == advised[: len(stops.items)]
    assert stops.more == len(advised) - len(stops.items)


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_the_strip_counts_every_caution_and_interaction_of_an_order_for_pain(name: str) -> None:
    review, view, _ = sample(name)
    case = make_case(review, real_service().knowledge, Hook.PATIENT_VIEW)

    minded = [a for a in cautions_of(review.assessment.advice) if case.minds(a)]

    assert view.strip.columns[1].number == len(minded)


def counts(advised: Advised) -> bool:
    """Whether a rule is asked of an order that is not for pain."""
    return advised.rule.effect is Effect.STOP or advised.rule.category is Category.INTERACTION


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_everything_that_is_not_known_is_named(name: str) -> None:
    review, view, _ = sample(name)
    column = view.strip.columns[2]
    domains = real_service().knowledge.domains

    undecided = [a for a in review.assessment.advice.undecided if view.strip.mark is not Mark.INFORMATION or counts(a)]
    missing = {name for a in undecided for name in a.finding.missing}
    said = " ".join([*(item.title for item in column.items), column.rest]).lower()

    assert column.number == len(missing)
    assert all(domains[one].title.lower() in said for one in missing)


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_the_sentence_is_the_headline_of_the_first_card(name: str) -> None:
    review, view, _ = sample(name)
    cards = review.assessment.cards

    if cards:
        assert view.strip.sentence.rstrip(".") == readable(cards[0].summary).rstrip(".")


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_a_page_gives_the_advice_of_the_cards_although_it_reads_more(name: str) -> None:
    request = sent(name)
    service = next(one for one in SERVICES.values() if one.hook == request["hook"])
    answered = real_service().respond(read_hook_request(request, service), noon())
    review, _, _ = sample(name)

    assert review.assessment.advice == answered.advice
    assert [card.summary for card in review.assessment.cards] == [card.summary for card in answered.cards]


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_none_found_is_said_only_where_everything_could_be_looked_for(name: str) -> None:
    review, view, _ = sample(name)
    hidden = [a for a in review.assessment.advice.undecided if a.rule.effect is Effect.STOP]

    if view.strip.columns[0].none == "None found.":
        assert not hidden
    if hidden:
        assert "cannot be ruled out" in view.strip.columns[0].none + view.strip.columns[0].rest


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_nothing_says_safe_or_approved(name: str) -> None:
    _, view, _ = sample(name)
    own = re.sub(r'<dd class="src">.*?</dd>', "", html_of(view), flags=re.DOTALL)  # titles of sources are theirs
    shown = re.sub(r"<[^>]+>", " ", own)

    assert not re.findall(r"\b(?:safe|safely|approved for you|all clear)\b", shown, re.IGNORECASE)


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_no_code_and_no_name_of_ours_is_shown_as_a_value(name: str) -> None:
    _, _, why = sample(name)
    values = [row.values for group in why.groups for row in group.rows]
    values += [row.values for folded in why.folded for group in folded.groups for row in group.rows]

    assert not [text for text in values if re.search(r"\b(?:rx|obs|proc)-|\d{4}-\d\d-\d\d|_", text)]


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_the_note_is_short_and_plain(name: str) -> None:
    _, view, _ = sample(name)
    note = view.note()

    assert len(note.splitlines()) <= 32
    assert view.strip.sentence in note
    assert not re.search(r"[<>*_|]", note)


@pytest.mark.parametrize("disposition", Disposition)
def test_every_disposition_has_its_words(disposition: Disposition) -> None:
    review, hook = judged(sent("crps-candidate"))
    assessment = review.assessment
    changed = replace(assessment, advice=replace(assessment.advice, disposition=disposition))

    strip = viewed(replace(review, assessment=changed), hook).strip

    assert strip.state
    assert strip.sentence.endswith(".")


def test_text_of_a_record_is_never_markup() -> None:
    request = sent("crps-candidate")
    hostile = "<script>alert(1)</script><b>x</b>"
    request["prefetch"]["patient"]["name"] = [{"text": hostile}]
    request["prefetch"]["conditions"]["entry"].append(
        {"resource": condition("X", "urn:odd", id="odd", code={"text": hostile}, subject=request_subject(request))}
    )
    review, hook = judged(request)

    page = html_of(viewed(review, hook))

    assert "<script>alert" not in page
    assert "<b>x</b>" not in page
    assert "alert" in page


def request_subject(request: Json) -> Json:
    return {"reference": f"Patient/{request['prefetch']['patient']['id']}"}


def test_allergies_are_none_known_only_where_the_record_says_so() -> None:
    request = sent("crps-candidate")
    said = viewed(*judged(request)).banner.allergies.text
    request["prefetch"]["allergies"]["entry"] = []
    unsaid = viewed(*judged(request)).banner.allergies.text

    assert said == "None known"
    assert unsaid == "Not on record"


def test_allergies_that_could_not_be_loaded_are_not_none() -> None:
    request = sent("crps-candidate")
    request["prefetch"]["allergies"] = {"resourceType": "OperationOutcome", "issue": []}

    assert viewed(*judged(request)).banner.allergies.text == "Could not be loaded"


def test_a_list_that_could_not_be_loaded_is_never_said_to_hold_nothing() -> None:
    request = sent("crps-candidate")
    request["prefetch"]["conditions"] = {"resourceType": "OperationOutcome", "issue": []}
    why = viewed(*judged(request)).why()

    shown = [row.values for folded in why.folded for group in folded.groups for row in group.rows]
    shown += [row.values for group in why.groups for row in group.rows]

    assert not [text for text in shown if "one on the problem list" in text]


def test_a_source_that_the_ehr_did_not_permit_is_named_so() -> None:
    request = sent("crps-candidate")
    request["prefetch"]["allergies"] = {"resourceType": "OperationOutcome", "issue": []}
    review, hook = judged(request)

    seen = viewed(replace(review, failures={"status 403": ["AllergyIntolerance"]}), hook).seen()

    assert [one.text for one in seen.queries if one.missing] == ["not permitted by the EHR"]


def test_a_patient_without_a_name_is_said_to_have_none_on_record() -> None:
    review, hook = judged(sent("crps-candidate"))

    banner = viewed(replace(review, person=Person()), hook).banner

    assert banner.name == "Name not on record"
    assert banner.born == "Not on record"
    assert banner.record_number is None


def test_a_problem_says_that_it_is_one() -> None:
    assert ReviewProblem("title", "text").is_problem
    assert not sample("crps-candidate")[1].is_problem
    assert patient()["resourceType"] == "Patient"


def test_the_printed_line_names_the_patient() -> None:
    _, view, _ = sample("a-year-of-infusions")

    assert view.banner.name in view.run_line
    assert view.banner.born in view.run_line


@pytest.mark.parametrize(
    ("values", "title", "expected"),
    [
        ("Clonazepam, taken, since 1 Sep 2026", "Sedation possible with clonazepam", "taken, since 1 Sep 2026"),
        ("172/104 mmHg, 20 Nov 2026", "Blood pressure 172/104, above 140/90", "20 Nov 2026"),
        ("Hypertensive disorder, systemic, active", "See to it: Hypertensive disorder, systemic", "active"),
        ("0 drug classes failed, 1 more may have", "failed drug classes 0", "0 drug classes failed, 1 more may have"),
        ("oxycodone, taken; tramadol, taken", "with oxycodone; tramadol", "oxycodone, taken; tramadol, taken"),
        ("glaucoma", "glaucoma", "glaucoma"),
    ],
)
def test_an_item_does_not_say_again_what_its_title_says(values: str, title: str, expected: str) -> None:
    assert unsaid(values, title) == expected


def test_what_is_recorded_often_is_said_once() -> None:
    words = [FactInWords("asthma, active", "since 3 Mar 2021"), FactInWords("asthma, active", "since 1 Jan 2017")]

    assert list(dated(words)) == ["asthma, active, since 1 Jan 2017, 2 entries"]


def test_of_an_order_that_is_not_for_pain_only_stops_and_interactions_count() -> None:
    _, view, _ = sample("esketamine-for-depression")
    strip = view.strip

    assert "not for pain" in strip.state
    assert strip.in_favour == ""
    assert strip.unmet == ()
    assert "Pregnancy status" in strip.columns[2].items[0].title


def test_evidence_on_the_pain_is_not_called_a_reason_in_favour() -> None:
    _, view, _ = sample("safety-data-missing")

    assert view.strip.evidence.startswith("Weak or no evidence")
    assert "evidence" not in view.strip.in_favour


def parts_of(loaded: ReviewView | ReviewProblem, **values: object) -> list[str]:
    given = GIVEN | {"load": lambda: loaded, "retry": "/again"}
    return list(stream("review.html.j2", SITE, **given | values))


def test_the_head_of_the_page_is_sent_before_anything_is_read() -> None:
    def unread() -> ReviewView:
        raise AssertionError

    head = next(stream("review.html.j2", SITE, **GIVEN | {"load": unread, "ehr": "Riverside"}))

    assert "Reading the chart from Riverside" in head
    assert "</html>" not in head


def test_the_advice_is_sent_before_the_charts_are_drawn() -> None:
    def undrawn() -> object:
        raise AssertionError

    view = replace(sample("a-year-of-infusions")[1], draw_timeline=undrawn)
    parts = stream("review.html.j2", SITE, **GIVEN | {"load": lambda: view})
    next(parts)

    assert sample("a-year-of-infusions")[1].strip.sentence in next(parts)


def test_data_that_could_not_be_had_are_told_with_a_way_to_try_again() -> None:
    page = "".join(parts_of(ReviewProblem("The chart could not be read", "The record did not answer in time.")))

    assert "The chart could not be read" in page
    assert "did not answer in time" in page
    assert 'href="/again"' in page
    assert "Contraindications" not in page


def test_no_name_stands_in_the_title_of_the_window() -> None:
    page = "".join(parts_of(ReviewProblem("title", "text")))

    assert "<title>Ketamine review</title>" in page
