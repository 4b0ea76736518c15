import pytest
from rule_builders import applies, cannot_tell, does_not_apply, make_rule, weighed

from kcds.model.advice import Disposition

STOP, CAUTION = make_rule("a-stop", "stop"), make_rule("a-caution", "caution")
MET, UNMET = make_rule("met", "met"), make_rule("unmet", "unmet")
MINOR, NOTE = make_rule("minor", "out-of-scope"), make_rule("note", "inform")


@pytest.mark.parametrize(
    ("advised", "disposition"),
    [
        pytest.param([STOP, MINOR, UNMET, CAUTION], Disposition.CONTRAINDICATED, id="a stop outranks everything"),
        pytest.param([MINOR, UNMET, CAUTION], Disposition.OUT_OF_SCOPE, id="out of scope outranks unmet criteria"),
        pytest.param([UNMET, CAUTION, MET], Disposition.NOT_YET, id="an unmet criterion outranks a caution"),
        pytest.param([CAUTION, MET], Disposition.CAUTION, id="a caution for somebody eligible"),
        pytest.param([MET, NOTE], Disposition.CANDIDATE, id="criteria met and nothing against it"),
    ],
)
def test_the_first_disposition_that_holds_is_the_headline(advised: list, disposition: Disposition) -> None:
    advice = weighed(*[applies(rule) for rule in advised])

    assert advice.disposition is disposition


def test_missing_blood_pressure_is_insufficient_data_even_with_a_caution() -> None:
    advice = weighed(applies(CAUTION), cannot_tell(make_rule("bp-stop", "stop"), "blood-pressure"))

    assert advice.disposition is Disposition.INSUFFICIENT_DATA
    assert advice.blocking == ("blood-pressure",)


def test_a_known_unmet_criterion_outranks_missing_data() -> None:
    advice = weighed(applies(UNMET), cannot_tell(STOP, "blood-pressure"))

    assert advice.disposition is Disposition.NOT_YET


def test_an_unidentified_medicine_alone_does_not_block_a_candidate() -> None:
    advice = weighed(applies(MET), cannot_tell(CAUTION, "medication-identity"))

    assert advice.disposition is Disposition.CANDIDATE
    assert [a.rule.id for a in advice.undecided] == ["a-caution"]


def test_a_note_that_cannot_tell_does_not_block_a_candidate() -> None:
    advice = weighed(applies(MET), cannot_tell(NOTE, "blood-pressure"))

    assert advice.disposition is Disposition.CANDIDATE


def test_hard_stops_come_before_soft_ones() -> None:
    soft = make_rule("a-soft-one", "stop", strength="soft")

    advice = weighed(applies(soft), applies(make_rule("b-hard-one", "stop")), applies(CAUTION))

    assert [a.rule.id for a in advice.advised] == ["b-hard-one", "a-soft-one", "a-caution"]
    assert advice.hard_stop


def test_a_stop_that_cannot_tell_is_not_a_hard_stop() -> None:
    advice = weighed(cannot_tell(STOP, "allergies"), applies(MET))

    assert not advice.hard_stop


def test_a_requirement_that_is_neither_met_nor_unmet_admits_nobody() -> None:
    advice = weighed(does_not_apply(MET), applies(make_rule("another", "met")))

    assert advice.disposition is Disposition.INSUFFICIENT_DATA
