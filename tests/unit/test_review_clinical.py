"""What the review page must not say falsely: of who is on ketamine, of what is over, of what is not on record."""

from datetime import date

import pytest
from builders import Json
from service_builders import NOON, real_service
from test_review_page import TODAY, judged, sample, sent, viewed

from kcds.cards.wording import EXPOSED
from kcds.model.advice import Disposition
from kcds.model.facts import Condition, Fact, SubstanceUse
from kcds.pages.demo.view import headline_of
from kcds.pages.review.fact_words import fact_in_words
from kcds.pages.review.model import ReviewView
from kcds.pages.timeline.make import make_timeline


def the(name: str) -> ReviewView:
    return sample(name)[1]


def told(view: ReviewView, title: str) -> list[str]:
    return [line.text for noted in view.monitoring.said if noted.title == title for line in noted.lines]


def test_whoever_is_on_ketamine_is_not_said_to_be_one_for_whom_it_may_be_considered() -> None:
    review, view, _ = sample("ketamine-maintenance")

    assert review.assessment.advice.disposition is Disposition.CANDIDATE
    assert view.strip.state == EXPOSED
    assert headline_of(review.assessment).word == EXPOSED
    assert "considered" not in view.note()


def test_a_candidate_without_ketamine_may_be_considered() -> None:
    assert the("crps-candidate").strip.state == "May be considered"


def test_the_note_says_how_it_went_so_far() -> None:
    note = the("ketamine-maintenance").note()

    assert "Follow-up: Last two courses 23 days apart" in note
    assert "no positive response so far" in note


def test_what_was_given_is_followed_up_although_a_further_dose_is_contraindicated() -> None:
    plan = the("a-year-of-infusions").monitoring

    assert plan.none.startswith("No further dose is planned: a contraindication applies.")
    assert any("Urinalysis" in line.titles for line in plan.checks)
    assert not plan.phases or all(phase.title != "On the day" for phase in plan.phases)
    assert not told(the("a-year-of-infusions"), "Dose information, not a proposal")


def test_nothing_is_followed_up_in_who_has_died_and_nothing_speaks_for_a_dose() -> None:
    request = sent("a-year-of-infusions")
    request["prefetch"]["patient"]["deceasedBoolean"] = True
    view = viewed(*judged(request))

    assert (view.monitoring.checks, view.strip.in_favour, view.strip.evidence) == ((), "", "")
    assert any("has died" in item.title for item in view.strip.unmet)


def test_a_check_whose_data_were_not_loaded_is_not_said_to_be_needless() -> None:
    plan = viewed(*judged(failed("a-year-of-infusions", "bloodPressure"))).monitoring

    assert "Blood pressure (" not in plan.not_needed


def test_infusions_that_could_not_be_loaded_are_not_said_to_be_none() -> None:
    review, _ = judged(failed("a-year-of-infusions", "medicationAdministrations"))
    timeline = make_timeline(review, real_service().knowledge, today=TODAY, now=NOON)

    assert all("No ketamine infusion" not in lane.summary for lane in timeline.measured)
    assert all("could not be read" in lane.summary for lane in timeline.measured)


def failed(name: str, key: str) -> Json:
    request = sent(name)
    request["prefetch"][key] = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "exception"}],
    }
    return request


def test_nothing_is_followed_up_where_nothing_was_given() -> None:
    plan = the("pregnant-by-laboratory").monitoring

    assert (plan.none, plan.checks) == ("Nothing is planned: a contraindication applies.", ())


def test_what_counts_as_none_for_want_of_an_entry_stands_in_the_strip_and_in_the_note() -> None:
    view = the("safety-data-missing")
    words = "No record found (4): confirm by history. The lists were read and hold no entry:"

    assert words in view.strip.columns[2].rest
    assert words in view.note()
    assert not any(words in line for line in told(view, "Also noted"))


def test_a_gap_that_is_no_question_of_an_order_that_is_not_for_pain_is_not_asked_for() -> None:
    unknown = the("esketamine-for-depression").strip.columns[2]

    assert [item.title for item in unknown.items] == ["Pregnancy status (not on record)"]
    assert (unknown.number, unknown.rest) == (1, "")


def test_the_gap_that_may_hide_most_contraindications_comes_first() -> None:
    unknown = the("ketamine-for-sedation").strip.columns[2]
    hidden = [int(item.values.split()[0]) for item in unknown.items]

    assert hidden == sorted(hidden, reverse=True)
    assert hidden[0] > 1


def test_an_interaction_that_informs_is_not_denied() -> None:
    strip = the("esketamine-for-depression").strip

    assert strip.columns[1].number == 1
    assert "no contraindication was found, and no interaction that calls for caution" in strip.sentence


def test_nothing_is_in_favour_of_a_minor_and_no_evidence_of_adults_is_given() -> None:
    request = sent("crps-candidate")
    request["prefetch"]["patient"]["birthDate"] = "2010-04-04"
    review, hook = judged(request)
    strip = viewed(review, hook).strip

    assert review.assessment.advice.disposition is Disposition.OUT_OF_SCOPE
    assert (strip.in_favour, strip.evidence) == ("", "")


def test_outside_the_scope_nothing_is_said_that_would_change_the_advice() -> None:
    changes = {item.rule: item.change for item in the("no-pain-silent").strip.unmet}

    assert list(changes.values()) == ["", ""]


def test_a_requirement_that_the_sentence_says_is_not_said_in_the_same_words_below() -> None:
    strip = the("knee-osteoarthritis").strip

    assert strip.unmet[0].title not in strip.sentence
    assert strip.unmet[0].change.startswith("Complete the missing trials first")


def test_the_grade_of_another_route_is_not_given_to_an_order_without_the_words_of_its_source_on_that() -> None:
    assert "it says nothing of other routes" in the("esketamine-for-pain").strip.evidence
    assert "other routes" not in the("opioid-use-disorder-drafted").strip.evidence


YEAR = (date(2006, 1, 1), date(2006, 12, 31))


def problem(state: str, *, ended: bool = False) -> Condition:
    return Condition(
        label="Schizophrenia",
        state=state,
        onset_earliest=YEAR[0],
        onset_latest=YEAR[1],
        abated_earliest=date(2018, 10, 1) if ended else None,
        abated_latest=date(2018, 10, 31) if ended else None,
    )


def use(state: str, *, since: date | None = None, label: str = "Alcohol dependence") -> SubstanceUse:
    return SubstanceUse(label=label, state=state, since=since, onset_earliest=YEAR[0], onset_latest=YEAR[1])


@pytest.mark.parametrize(
    ("fact", "when"),
    [
        (problem("past", ended=True), "onset 2006, ended Oct 2018"),
        (problem("past"), "onset 2006"),
        (problem("active"), "since 2006"),
        (Condition(label="Stroke", state="past"), None),
        (use("early-remission"), "onset 2006"),
        (use("remission", since=date(2020, 2, 1)), "since 1 Feb 2020"),
        (use("active"), "since 2006"),
    ],
)
def test_what_is_over_is_not_said_to_last_since_its_onset(fact: Fact, when: str | None) -> None:
    assert fact_in_words(fact, real_service().knowledge).when == when


def test_a_state_that_the_name_of_the_problem_says_is_not_said_twice() -> None:
    fact = use("on-agonist-therapy", label="Opioid dependence, on agonist therapy")
    words = fact_in_words(fact, real_service().knowledge)

    assert (words.text, words.when) == ("Opioid dependence, on agonist therapy", "onset 2006")
