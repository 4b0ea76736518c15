"""Headlines: the most urgent thing first, in fewer than 140 characters, whatever the rules say."""

import pytest
from rule_builders import DOMAINS, applies, cannot_tell, make_rule, weighed

from kcds.advice.weigh import Advice, Advised
from kcds.cards.plan import PlannedCheck, State
from kcds.cards.summaries import headline_of
from kcds.cards.tiers import CardPlan, Tier
from kcds.cds_hooks.card import SUMMARY_LIMIT
from kcds.knowledge.plan import PlanItem, Proof

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


def test_whoever_is_on_ketamine_is_not_told_that_it_may_be_considered() -> None:
    plan = CardPlan(Tier.SUITABILITY, exposed=True, shown=[MET])

    text = headline_of(plan, weighed(MET), DOMAINS, lambda a: a.rule.card.summary).text

    assert text == "On ketamine, or given lately: no contraindication or caution found; see the follow-up"


def informing(summary: str, **changes: object) -> Advised:
    return applies(make_rule("informing", "inform", card={"summary": summary}, **changes))


@pytest.mark.parametrize(
    ("summary", "said"),
    [
        pytest.param("Weak evidence: {p.sex}", ". Weak evidence: a pain", id="with the condition"),
        pytest.param("Weak evidence: " + "{p.sex}" * 20, ". Weak evidence", id="without, where that is too long"),
        pytest.param("Much: weak evidence" + " {p.sex}" * 20 + ".", "", id="not at all"),
    ],
)
def test_a_candidate_is_told_at_once_how_good_the_evidence_is(summary: str, said: str) -> None:
    evidence = informing(summary, claims=["I03"])
    plan = CardPlan(Tier.SUITABILITY, shown=[MET, evidence])

    def say(advised: Advised) -> str:
        return advised.rule.card.summary.replace("{p.sex}", "a pain")

    opening = "Ketamine may be considered, nothing found against it"
    assert headline_of(plan, weighed(MET, evidence), DOMAINS, say).text == opening + said
    plan.exposed = True
    assert "evidence" not in headline_of(plan, weighed(MET, evidence), DOMAINS, say).text


def test_what_could_not_be_checked_is_said_before_the_evidence_and_nothing_else_is() -> None:
    gap = informing("Confirm by history", category="data-quality", claims=["Q03"])
    evidence = informing("Weak evidence", claims=["I03"])
    others = [informing("Common effects", claims=["S01"]), informing("Off label", claims=["I11"], background=True)]

    opening = "Ketamine may be considered, nothing found against it"
    assert headline(Tier.SUITABILITY, MET, evidence, gap) == f"{opening}. Confirm by history"
    assert headline(Tier.SUITABILITY, MET, *others) == opening


@pytest.mark.parametrize("tier", [Tier.SUITABILITY, Tier.CAUTION])
def test_what_is_not_met_says_of_what_it_speaks_also_with_an_order(tier: Tier) -> None:
    assert headline(tier, UNMET) == "Ketamine not yet. Summary of too-mild"


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


def check(name: str, state: State) -> PlannedCheck:
    item = PlanItem(
        id=name,
        title=f"{name} (with details)",
        phase="baseline",
        proof=Proof(fact="test-done"),
        window="ecg_window",
        domain="ecg",
        not_needed="",
    )
    return PlannedCheck(item=item, phase="baseline", state=state, latest=None, reasons=(DUE,), undecided=())


def monitoring(*checks: PlannedCheck, shown: tuple[Advised, ...] = (), alone: bool = False) -> str:
    plan = CardPlan(Tier.MONITORING, alone=alone, shown=[*shown, DUE], checks=checks)
    return headline_of(plan, weighed(DUE), DOMAINS, lambda a: a.rule.card.summary).text


DUE = applies(make_rule("due", "inform", category="monitoring", plan={"phase": "baseline", "item": "ecg"}))
NO_RESPONSE = applies(make_rule("no-response", "inform", category="follow-up"))
STEP = applies(make_rule("step", "inform", category="follow-up", plan={"phase": "between"}))
MANY = [check(f"check number {number}", State.DUE) for number in range(20)]


def test_the_monitoring_headline_names_what_is_overdue_then_due_then_not_known_but_not_what_was_done() -> None:
    states = {"A": State.DONE, "B": State.UNKNOWN, "C": State.DUE, "D": State.OVERDUE}

    text = monitoring(*(check(name, state) for name, state in states.items()))

    assert text == "Overdue: D; due: C; cannot tell: B."


def test_how_it_went_so_far_follows_what_is_due() -> None:
    text = monitoring(check("ECG", State.DUE), shown=(STEP, NO_RESPONSE))

    assert text == "Due: ECG. Summary of no-response"


def test_how_it_went_so_far_leads_where_nothing_is_due() -> None:
    assert monitoring(check("ECG", State.DONE), shown=(NO_RESPONSE,)) == "Summary of no-response"


def test_where_nothing_is_due_the_monitoring_headline_says_so() -> None:
    assert monitoring(check("ECG", State.DONE)).startswith("No check is overdue.")


def test_an_order_against_which_nothing_was_found_says_that_first() -> None:
    text = monitoring(check("ECG", State.DUE), alone=True)

    assert text == "No contraindication or caution found for this ketamine order. Due: ECG."


def test_an_order_is_told_first_how_earlier_courses_went() -> None:
    text = monitoring(check("ECG", State.DUE), shown=(NO_RESPONSE,), alone=True)

    assert text == "Summary of no-response. Due: ECG."


def test_an_order_is_told_how_it_went_where_nothing_is_due() -> None:
    assert monitoring(check("ECG", State.DONE), shown=(NO_RESPONSE,), alone=True) == "Summary of no-response."


def test_too_many_checks_are_counted_but_what_is_overdue_is_named() -> None:
    text = monitoring(*MANY, check("ECG", State.OVERDUE), shown=(NO_RESPONSE,))

    assert text.startswith("Overdue: ECG; due: check number 0")
    assert text.endswith("more. Summary of no-response")
    assert len(text) < SUMMARY_LIMIT
