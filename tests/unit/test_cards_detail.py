"""The body of a card: nothing is asked twice."""

import re

import pytest
from builders import medication_request
from law_stories import CANDIDATE, STORIES, add, assess, order_of, story, with_order

from kcds.model.queries import Query

IN_WORDS = medication_request(None, id="words", medicationCodeableConcept={"text": "acetaminophen"})
LINES = re.compile(r"^- (\*\*.*?\)\. )(.*)$", re.MULTILINE)


@pytest.mark.parametrize("name", STORIES)
def test_no_card_asks_for_the_same_twice(name: str) -> None:
    request = with_order(story(name), order_of("6130"))
    add(request, Query.MEDICATION_REQUESTS, IN_WORDS)

    for card in assess(request).cards:
        _, _, rest = card.detail.partition("**Not known**\n\n")
        asked = [ask for _, ask in LINES.findall(rest.partition("\n\n")[0])]
        assert len(asked) == len(set(asked)), asked


def test_domains_that_ask_for_the_same_share_a_line() -> None:
    request = with_order(story(CANDIDATE), order_of("6130"))
    add(request, Query.MEDICATION_REQUESTS, IN_WORDS)

    details = "\n".join(card.detail for card in assess(request).cards)

    assert re.search(r"- \*\*Medication list\*\* \([^)]*\), \*\*Identity of every medicine\*\* \(", details), details
