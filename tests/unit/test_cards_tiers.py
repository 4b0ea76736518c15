"""Which finding belongs to which card, and for whom the monitoring card is worth its place."""

import pytest
from rule_builders import applies, cannot_tell, make_rule, weighed

from kcds.advice.weigh import Advised
from kcds.cards.tiers import CardPlan, Tier, plan_for_order, plan_for_safety, plan_for_view

STOP = applies(make_rule("a-stop", "stop"))
CAUTION = applies(make_rule("a-caution", "caution"))
UNMET = applies(make_rule("unmet", "unmet"))
MET = applies(make_rule("met", "met"))
GAP = cannot_tell(make_rule("gap", "caution"), "blood-pressure")
DOSE = applies(make_rule("dose", "inform", category="dosing"))
RELIEF = applies(make_rule("relief", "inform", category="duration-of-relief"))
RESPONSE = applies(make_rule("response", "inform", category="follow-up"))


def planned(name: str, phase: str, item: str | None = None) -> Advised:
    return applies(make_rule(name, "inform", category="monitoring", plan={"phase": phase, "item": item}))


ECG = planned("ecg", "baseline", "ecg")
UNSEEN = cannot_tell(
    make_rule("unseen", "inform", category="monitoring", plan={"phase": "baseline", "item": "ecg"}), "allergies"
)
DURING = planned("during", "during")
MAINTENANCE = planned("maintenance", "maintenance")
PLANNING = [ECG, UNSEEN, DURING, MAINTENANCE, RESPONSE]


def shown(plans: list[CardPlan]) -> dict[Tier, set[str]]:
    return {plan.tier: {a.rule.id for a in plan.shown} for plan in plans}


def listed(plans: list[CardPlan]) -> list[str]:
    return sorted(a.rule.id for plan in plans for a in (*plan.shown, *plan.carried))


def test_beside_what_stands_alone_an_order_is_shown_the_stops_and_nothing_else() -> None:
    dead = applies(make_rule("dead", "out-of-scope", alone=True))

    plans = plan_for_order(weighed(dead, STOP, CAUTION, UNMET, GAP, RELIEF, *PLANNING), exposed=True)

    assert shown(plans) == {Tier.CONTRAINDICATION: {"a-stop"}, Tier.CAUTION: {"dead"}}
    assert listed(plans) == sorted(a.rule.id for a in (dead, STOP, CAUTION, UNMET, GAP, RELIEF, *PLANNING))


@pytest.mark.parametrize("exposed", [True, False])
def test_where_a_treatment_may_follow_the_whole_plan_is_shown(*, exposed: bool) -> None:
    plans = plan_for_view(weighed(MET, DOSE, RELIEF, *PLANNING), exposed=exposed)

    assert shown(plans) == {
        Tier.SUITABILITY: {"met", "relief"},
        Tier.MONITORING: {"dose", "ecg", "unseen", "during", "maintenance", "response"},
    }


@pytest.mark.parametrize("against", [STOP, UNMET, GAP], ids=["contraindicated", "not yet", "not known"])
def test_who_was_never_given_ketamine_and_may_not_be_gets_no_plan(against: Advised) -> None:
    plans = plan_for_view(weighed(against, DOSE, *PLANNING), exposed=False)

    assert shown(plans) == {Tier.SUITABILITY: {against.rule.id}}
    assert listed(plans) == sorted(a.rule.id for a in (against, DOSE, *PLANNING))


@pytest.mark.parametrize("against", [STOP, UNMET, GAP], ids=["contraindicated", "not yet", "not known"])
def test_who_is_on_ketamine_is_followed_up_whatever_comes_of_the_question(against: Advised) -> None:
    plans = plan_for_view(weighed(against, DOSE, *PLANNING), exposed=True)

    assert shown(plans) == {
        Tier.SUITABILITY: {against.rule.id},
        Tier.MONITORING: {"ecg", "unseen", "maintenance", "response"},
    }
    assert listed(plans) == sorted(a.rule.id for a in (against, DOSE, *PLANNING))


def test_a_gap_of_the_plan_is_no_caution_of_an_order() -> None:
    plans = plan_for_order(weighed(MET, UNSEEN), exposed=False)

    assert shown(plans) == {Tier.MONITORING: {"met", "unseen"}}
    assert plans[0].alone


@pytest.mark.parametrize(
    ("against", "told"),
    [
        pytest.param(STOP, False, id="contraindicated"),
        pytest.param(UNMET, False, id="not yet"),
        pytest.param(GAP, True, id="a candidate perhaps"),
        pytest.param(CAUTION, True, id="with caution"),
    ],
)
def test_what_decides_nothing_is_asked_only_where_a_dose_may_follow(against: Advised, *, told: bool) -> None:
    idle = cannot_tell(make_rule("idle", "caution"), "medication-identity")
    advice = weighed(MET, against, idle)

    for plans in (plan_for_view(advice, exposed=False), plan_for_order(advice, exposed=False)):
        assert ("idle" in {name for names in shown(plans).values() for name in names}) is told
        assert "idle" in listed(plans)


def test_beside_a_concern_an_order_is_not_told_which_criteria_are_met() -> None:
    plans = plan_for_order(weighed(MET, CAUTION, RELIEF, ECG), exposed=False)

    assert shown(plans) == {Tier.CAUTION: {"a-caution"}, Tier.MONITORING: {"relief", "ecg"}}
    assert "met" in listed(plans)


@pytest.mark.parametrize("exposed", [True, False])
def test_a_contraindicated_order_gets_no_plan(*, exposed: bool) -> None:
    plans = plan_for_order(weighed(STOP, MET, RELIEF, *PLANNING), exposed=exposed)

    assert shown(plans) == {Tier.CONTRAINDICATION: {"a-stop"}}
    assert listed(plans) == sorted(a.rule.id for a in (STOP, MET, RELIEF, *PLANNING))


def test_an_order_that_comes_too_early_is_told_how_earlier_courses_went() -> None:
    plans = plan_for_order(weighed(UNMET, RELIEF, *PLANNING), exposed=True)

    assert shown(plans)[Tier.MONITORING] == {"ecg", "unseen", "maintenance", "response"}
    assert shown(plan_for_order(weighed(UNMET, RELIEF, *PLANNING), exposed=False)) == {Tier.CAUTION: {"unmet"}}


def test_no_finding_no_card() -> None:
    assert plan_for_order(weighed(), exposed=False) == []


def test_what_bears_on_eligibility_is_shown_before_a_treatment_may_follow_and_background_is_not() -> None:
    background = applies(make_rule("background", "inform", claims=["S04"]))
    bearing = applies(make_rule("bearing", "inform", claims=["E03"]))

    assert shown(plan_for_view(weighed(UNMET, background, bearing), exposed=False)) == {
        Tier.SUITABILITY: {"unmet", "bearing"}
    }


INFORMING = applies(make_rule("informing", "inform", category="interaction"))


def test_an_interaction_that_informs_is_read_beside_a_caution_but_makes_no_caution_card() -> None:
    assert shown(plan_for_order(weighed(CAUTION, INFORMING), exposed=False)) == {
        Tier.CAUTION: {"a-caution", "informing"}
    }
    assert shown(plan_for_order(weighed(MET, INFORMING), exposed=False)) == {Tier.MONITORING: {"met", "informing"}}


def test_an_order_that_is_not_for_pain_is_told_of_stops_and_serious_interactions_only() -> None:
    serious = applies(make_rule("serious", "caution", category="interaction"))

    plans = plan_for_safety(weighed(STOP, serious, INFORMING, CAUTION, *PLANNING))

    assert shown(plans) == {Tier.CONTRAINDICATION: {"a-stop"}, Tier.CAUTION: {"serious"}}
    assert listed(plans) == sorted(a.rule.id for a in (STOP, serious, INFORMING, CAUTION, *PLANNING))


def test_what_is_not_known_of_a_dose_is_a_concern_only_where_a_dose_may_follow() -> None:
    weight = cannot_tell(make_rule("weight", "inform", category="dosing"), "allergies")

    assert shown(plan_for_order(weighed(MET, weight), exposed=False)) == {Tier.CAUTION: {"weight"}}
    assert shown(plan_for_order(weighed(STOP, weight), exposed=False)) == {Tier.CONTRAINDICATION: {"a-stop"}}


@pytest.mark.parametrize("beside", [[CAUTION], []], ids=["beside a caution", "alone"])
def test_what_is_the_same_for_every_patient_is_carried_by_an_order_and_not_shown(beside: list[Advised]) -> None:
    background = applies(make_rule("background", "inform", category="informational", background=True))

    plans = plan_for_order(weighed(MET, RELIEF, *beside, background), exposed=False)

    assert "background" not in {name for names in shown(plans).values() for name in names}
    assert "background" in listed(plans)


def test_what_is_the_same_for_every_patient_is_shown_where_ketamine_is_considered() -> None:
    background = applies(make_rule("background", "inform", category="informational", background=True))

    assert shown(plan_for_view(weighed(MET, background), exposed=False)) == {Tier.SUITABILITY: {"met", "background"}}


@pytest.mark.parametrize("against", [STOP, UNMET], ids=["contraindicated", "not yet"])
def test_where_nothing_may_follow_notes_on_what_would_follow_are_carried_and_not_shown(against: Advised) -> None:
    indication = applies(make_rule("indication", "inform", category="eligibility", claims=["I01"]))
    untried = applies(make_rule("untried", "inform", category="eligibility", claims=["E07"]))

    plans = plan_for_view(weighed(against, INFORMING, indication, untried, CAUTION), exposed=False)

    assert shown(plans) == {Tier.SUITABILITY: {against.rule.id, "untried", "a-caution"}}
    assert listed(plans) == sorted([against.rule.id, "informing", "indication", "untried", "a-caution"])
    assert plans[0].brief


def test_notes_on_the_record_are_shown_beside_a_stop_but_not_where_it_is_too_early() -> None:
    note = applies(make_rule("note", "inform", category="data-quality", claims=["Q04"]))
    trial = applies(make_rule("trial", "inform", category="data-quality", claims=["E05"]))

    assert shown(plan_for_view(weighed(STOP, note), exposed=False)) == {Tier.SUITABILITY: {"a-stop", "note"}}
    assert shown(plan_for_view(weighed(UNMET, note, trial), exposed=False)) == {Tier.SUITABILITY: {"unmet", "trial"}}


def test_beside_a_stop_nobody_is_told_which_criteria_are_met() -> None:
    tried = applies(make_rule("tried", "inform", category="eligibility", claims=["E05"], background=True))

    assert shown(plan_for_view(weighed(STOP, MET, tried), exposed=False)) == {Tier.SUITABILITY: {"a-stop"}}
    assert shown(plan_for_view(weighed(UNMET, MET, tried), exposed=False)) == {
        Tier.SUITABILITY: {"unmet", "met", "tried"}
    }


def test_whoever_may_be_given_ketamine_is_asked_for_what_is_not_known() -> None:
    assert not plan_for_view(weighed(MET, GAP), exposed=False)[0].brief


def test_who_is_on_ketamine_is_not_told_again_what_is_the_same_for_every_patient() -> None:
    background = applies(make_rule("background", "inform", category="informational", background=True))

    plans = plan_for_view(weighed(MET, background, RESPONSE), exposed=True)

    assert shown(plans) == {Tier.SUITABILITY: {"met"}, Tier.MONITORING: {"response"}}
    assert "background" in listed(plans)
