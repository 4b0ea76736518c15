"""Why there is no review: told in words that quote nothing, counted where the fault is ours, logged by its kind."""

import pytest
from page_builders import make_test_pages
from service_builders import logs

from kcds.errors import EvaluationError, PreconditionError, RequestError, TooMuchDataError
from kcds.model.queries import TYPE_OF_KEY
from kcds.pages.review.view import ReviewProblem
from kcds.service import Moment, Review
from kcds.web.pages.problems import NAMES, said_of, trouble_of
from kcds.web.pages.review import Loading, review_loader

CANARY = "Jane Roe, canary"
ERRORS: dict[str, tuple[Exception, str, bool]] = {
    "no data": (PreconditionError(CANARY, "prefetch"), "The chart could not be read", False),
    "another patient": (PreconditionError(CANARY, "fhirServer"), "The data are not of this patient", False),
    "too much": (TooMuchDataError(CANARY), "The chart holds more than can be judged here", False),
    "no FHIR": (RequestError(CANARY), "The data could not be read", False),
    "the engine": (EvaluationError(CANARY), "The chart could not be judged", True),
    "a bug": (ZeroDivisionError(CANARY), "The chart could not be judged", True),
}


@pytest.mark.parametrize("name", ERRORS)
def test_what_goes_wrong_is_told_on_the_page_and_to_those_who_run_the_service(name: str) -> None:
    error, title, ours = ERRORS[name]
    pages = make_test_pages()

    def judge(_moment: Moment) -> Review:
        raise error

    with logs() as log:
        problem = review_loader(pages, Loading(judge=judge, source="the EHR"))()

    assert isinstance(problem, ReviewProblem)
    assert problem.title == title
    assert CANARY not in problem.title + problem.text
    assert (b"kcds_evaluation_errors_total 1.0" in pages.parts.metrics.text()) is ours
    assert ("error" if ours else "info") in log.getvalue()


def test_an_unexpected_error_is_logged_by_kind_and_place_alone() -> None:
    def judge(_moment: Moment) -> Review:
        raise ZeroDivisionError(CANARY)

    with logs() as log:
        review_loader(make_test_pages(), Loading(judge=judge))()

    assert "ZeroDivisionError" in log.getvalue()
    assert CANARY not in log.getvalue()


def test_every_type_that_is_asked_for_has_a_name_for_a_clinician() -> None:
    assert set(TYPE_OF_KEY.values()) <= NAMES.keys()


def test_each_way_to_fail_is_a_sentence_and_each_remedy_is_said_once() -> None:
    said = said_of({"status 403": {"Condition"}, "not-granted": {"Procedure"}, "timeout": {"Observation"}}, "The EHR")

    assert said.count("did not permit this to be read") == 2
    assert said.count("can permit it") == 1
    assert "did not answer in time: measurements and results." in said


def test_a_kind_of_failure_that_nobody_thought_of_is_an_error_of_the_other_side() -> None:
    assert said_of({"endless": set()}, "The EHR").startswith("The EHR answered with an error.")


def test_the_source_begins_a_sentence_whatever_it_is_called() -> None:
    assert trouble_of(RequestError("x"), "the record").text.startswith("The record gave data")
