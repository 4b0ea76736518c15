import pytest
from rule_builders import applies, make_rule, weighed

from kcds.advice.speaking import Audience, Speech, speech_on_order, speech_on_view
from kcds.model.facts import DataState, Exposure, Fact, PainProblem, PriorTreatment, Treatment

STOP = applies(make_rule("a-stop", "stop"))
MET = applies(make_rule("met", "met"))
NOT_REFRACTORY = applies(
    make_rule("short", "unmet", when=[{"as": "t", "fact": "prior-treatment", "where": {"failed_classes": {"lt": 2}}}])
)
TOO_MILD = applies(make_rule("mild", "unmet", when=[{"as": "s", "fact": "score", "where": {"value": {"lt": 4}}}]))
CHRONIC, RECENT = PainProblem(chronic="yes"), PainProblem(chronic="no")
UNSEEN = [DataState(domain="problem-list", state="failed"), PriorTreatment(recorded=True)]
UNTREATED = [DataState(domain="problem-list", state="failed"), PriorTreatment(recorded=False)]
NO_KETAMINE = Exposure(on_treatment=False, planned=False, infusions=0)


def order(**changes: object) -> Treatment:
    return Treatment(**({"drug": "ketamine", "drafted": True, "for_pain": True} | changes))


def test_an_order_hook_is_silent_without_a_ketamine_order() -> None:
    assert speech_on_order(weighed(STOP), [order(drafted=False)]) is Speech.SILENCE


def test_an_order_for_pain_gets_everything() -> None:
    assert speech_on_order(weighed(MET), [order()]) is Speech.ALL


def test_an_order_that_may_be_for_pain_gets_everything() -> None:
    assert speech_on_order(weighed(MET), [order(for_pain=None)]) is Speech.ALL


def test_an_order_that_is_not_for_pain_gets_stops_only() -> None:
    assert speech_on_order(weighed(STOP, MET), [order(for_pain=False)]) is Speech.SAFETY


def test_an_order_that_is_not_for_pain_and_safe_gets_silence() -> None:
    assert speech_on_order(weighed(MET), [order(for_pain=False)]) is Speech.SILENCE


def test_an_interaction_is_told_although_the_order_is_not_for_pain() -> None:
    interaction = applies(make_rule("opioid", "caution", category="interaction"))

    assert speech_on_order(weighed(interaction), [order(for_pain=False)]) is Speech.SAFETY


def test_an_interaction_that_only_informs_is_no_reason_to_speak_about_an_order_that_is_not_for_pain() -> None:
    interaction = applies(make_rule("antidepressant", "inform", category="interaction"))

    assert speech_on_order(weighed(interaction), [order(for_pain=False)]) is Speech.SILENCE


@pytest.mark.parametrize(
    ("audience", "facts", "advised", "speech"),
    [
        pytest.param(Audience.PAIN, [RECENT], [MET], Speech.ALL, id="pain: any active pain problem, even recent"),
        pytest.param(Audience.PAIN, [], [MET], Speech.SILENCE, id="pain: nothing without a pain problem"),
        pytest.param(Audience.PAIN, UNSEEN, [STOP], Speech.ALL, id="pain: treated, and no problem list"),
        pytest.param(Audience.PAIN, UNTREATED, [STOP], Speech.SILENCE, id="pain: no list, and nothing hints at pain"),
        pytest.param(Audience.REFRACTORY, UNSEEN, [STOP], Speech.ALL, id="refractory: the problem list failed to load"),
        pytest.param(Audience.REFRACTORY, [CHRONIC], [MET], Speech.ALL, id="refractory: met"),
        pytest.param(Audience.REFRACTORY, [CHRONIC], [], Speech.ALL, id="refractory: may be met"),
        pytest.param(Audience.REFRACTORY, [CHRONIC], [NOT_REFRACTORY], Speech.SILENCE, id="refractory: known not"),
        pytest.param(Audience.REFRACTORY, [CHRONIC], [TOO_MILD], Speech.ALL, id="refractory: mild pain is no reason"),
        pytest.param(Audience.REFRACTORY, [RECENT], [MET], Speech.SILENCE, id="refractory: recent pain is not chronic"),
        pytest.param(Audience.KETAMINE, [CHRONIC], [MET], Speech.SILENCE, id="ketamine: pain alone is not enough"),
        pytest.param(Audience.KETAMINE, [Exposure(on_treatment=True)], [MET], Speech.ALL, id="ketamine: on it"),
        pytest.param(Audience.KETAMINE, [Exposure(infusions=1)], [MET], Speech.ALL, id="ketamine: had an infusion"),
        pytest.param(Audience.KETAMINE, [NO_KETAMINE], [MET], Speech.SILENCE, id="ketamine: never had it"),
    ],
)
def test_patient_view_speaks_for_its_audience(
    audience: Audience, facts: list[Fact], advised: list, speech: Speech
) -> None:
    assert speech_on_view(weighed(*advised), facts, audience) is speech


def test_patient_view_is_silent_out_of_scope() -> None:
    minor = applies(make_rule("minor", "out-of-scope"))

    assert speech_on_view(weighed(minor), [CHRONIC, Exposure(on_treatment=True)], Audience.PAIN) is Speech.SILENCE
