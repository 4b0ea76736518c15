"""A page says what the cards say: it rests on the same answer of every rule, whatever older measurements it shows."""

import pytest
from service_builders import SAMPLE_NAMES, noon, real_service, sample

from kcds.cds_hooks.request import read_hook_request
from kcds.cds_hooks.services import find_service
from kcds.service import Assessment


def answers_of(assessment: Assessment) -> list[tuple[str, str, object, object]]:
    """What each rule answered, on which records."""
    found = (one.finding for one in (*assessment.advice.advised, *assessment.advice.muted))
    return sorted((str(f.rule), f.answer.value, f.missing, f.supporting) for f in found)


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_review_and_cards_rest_on_the_same_answers(name: str) -> None:
    body = sample(name)
    call = read_hook_request(body, find_service(f"ketamine-{body['hook']}"))

    cards = real_service().respond(call, noon())
    page = real_service().review(call, noon()).assessment

    assert page.advice.disposition is cards.advice.disposition
    assert answers_of(page) == answers_of(cards)
    assert [made.card and made.card.summary for made in page.made] == [m.card and m.card.summary for m in cards.made]
