"""Headlines: the most urgent thing first, in fewer than 140 characters, whatever the rules say."""

import pytest
from rule_builders import DOMAINS, applies, cannot_tell, make_rule, weighed

from kcds.advice.weigh import Advice, Advised
from kcds.cards.summaries import headline_of
from kcds.cards.tiers import CardPlan, Tier
from kcds.cds_hooks.card import SUMMARY_LIMIT

STOP = applies(make_rule("a-stop", "stop"))
SECOND_STOP = applies(make_rule("b-stop", "stop"))
CAUTION = applies(make_rule("a-caution", "caution"))
UNMET = applies(make_rule("too-mild", "unmet"))
MET = applies(make_rule("met", "met"))
GAP = cannot_tell(make_rule("pressure", "caution"), "blood-pressure")
MINOR_GAP = cannot_tell(make_rule("names", "caution"), "medication-identity")


def headline(tier: Tier, *advised: Advised) -> str:
    advice: Advice = weighed(*advised)
    return headline_of(CardPlan(tier, shown=list(advised)), advice, DOMAINS, lambda a: a.rule.card.summary).text


def summary_of(length: int) -> Advised:
    """A stop whose rule gives a summary of so many characters, in words of four letters."""
    return applies(make_rule("long", "stop", card={"summary": ("word " * 40)[: length - 1] + "x"}))


@pytest.mark.parametrize(
    ("advised", "text"),
    [
        pytest.param([CAUTION, GAP, STOP], "Summary of a-stop", id="a stop before all else"),
        pytest.param([STOP, SECOND_STOP], "Summary of a-stop (+1 more)", id="of several stops the first, counted"),
        pytest.param([UNMET, GAP, CAUTION], "Ketamine not yet. Summary of too-mild", id="not met before not known"),
        pytest.param([CAUTION, GAP], "Ketamine: cannot tell yet. Not known: blood pressure", id="gaps before cautions"),
        pytest.param([CAUTION, MINOR_GAP], "Summary of a-caution", id="a gap that does not decide does not lead"),
    ],
)
def test_a_headline_says_the_most_urgent_thing(advised: list[Advised], text: str) -> None:
    assert headline(Tier.SUITABILITY, *advised) == text


def test_a_gap_that_does_not_decide_leads_where_there_is_nothing_else() -> None:
    assert headline(Tier.CAUTION, MINOR_GAP) == "Ketamine: could not be checked: identity of every medicine"


def test_a_summary_of_139_characters_is_kept() -> None:
    text = headline(Tier.CONTRAINDICATION, summary_of(SUMMARY_LIMIT - 1))

    assert len(text) == 139
    assert text.endswith("x")


def test_a_longer_summary_is_cut_at_a_word_and_says_so() -> None:
    text = headline(Tier.CONTRAINDICATION, summary_of(SUMMARY_LIMIT))

    assert len(text) < SUMMARY_LIMIT
    assert text.endswith("word…")


def test_the_count_of_others_is_left_out_where_it_does_not_fit() -> None:
    text = headline(Tier.CONTRAINDICATION, summary_of(SUMMARY_LIMIT - 1), STOP)

    assert text.endswith("x")
    assert len(text) == 139
