"""The monitoring plan: which checks are called for, how they stand, and how the card says it."""

from datetime import date
from typing import Any

import pytest
from rule_builders import applies, cannot_tell, make_rule

from kcds.advice.weigh import Advised
from kcds.cards.plan import State, not_called_for, planned_checks
from kcds.cards.plan_text import plan_blocks
from kcds.cards.wording import CHECK_UNSEEN
from kcds.knowledge.plan import PlanItem, Proof
from kcds.knowledge.rule import Rule
from kcds.model.facts import Check


def item(name: str, title: str) -> PlanItem:
    return PlanItem(
        id=name,
        title=title,
        phase="baseline",
        proof=Proof(fact="test-done"),
        window="ecg_window",
        domain="ecg",
        not_needed=f"no reason for {name}",
    )


ITEMS = {one.id: one for one in (item("ecg", "ECG"), item("liver", "Liver tests (ALT, AST)"), item("score", "PHQ-9"))}
DAY = date(2026, 11, 2)
CURRENT = Check(item="ecg", state="current", date=DAY, value="sinus rhythm")
OUTDATED = Check(item="ecg", state="outdated", date=DAY)
NEVER = Check(item="ecg", state="never")


def reason(name: str = "reason", of: str | None = "ecg", phase: str = "baseline", **changes: Any) -> Advised:
    return applies(plan_rule(name, of, phase, **changes))


def undecided(name: str = "reason", of: str = "ecg", **changes: Any) -> Advised:
    return cannot_tell(plan_rule(name, of, "baseline", **changes), "ecg")


def plan_rule(name: str, of: str | None, phase: str, **changes: Any) -> Rule:
    card = {"summary": f"Because of {name}", "unknown": "Ask about {many} things."}
    keys = {"category": "monitoring", "plan": {"phase": phase, "item": of}, "card": card}
    return make_rule(name, "inform", **(keys | {"parameters": {"many": {"value": 2}}} | changes))


def is_due() -> Advised:
    return reason("due", stage="plan")


def lines(*entries: Advised, checks: tuple[Check, ...] = ()) -> list[str]:
    planned = planned_checks(entries, ITEMS, checks)
    blocks = plan_blocks(entries, planned, ITEMS, lambda text, _: text)
    return "\n".join(blocks).splitlines()


@pytest.mark.parametrize(
    ("entries", "checks", "state"),
    [
        pytest.param([reason()], [CURRENT], State.DONE, id="recent enough"),
        pytest.param([reason()], [OUTDATED], State.OVERDUE, id="too old"),
        pytest.param([reason()], [NEVER], State.DUE, id="none on record"),
        pytest.param([reason()], [], State.UNKNOWN, id="the record could not be searched"),
        pytest.param([reason(), is_due()], [CURRENT], State.OVERDUE, id="done, but what it showed settles nothing"),
        pytest.param([is_due()], [], State.DUE, id="due by a rule of its own"),
        pytest.param([undecided()], [NEVER], State.UNKNOWN, id="nobody knows whether it is needed"),
        pytest.param([reason(), undecided("due", stage="plan")], [CURRENT], State.DONE, id="done, whatever else"),
    ],
)
def test_how_a_check_stands(entries: list[Advised], checks: list[Check], state: State) -> None:
    (planned,) = planned_checks(entries, ITEMS, checks)

    assert planned.state is state


def test_checks_come_in_the_order_of_the_plan_and_the_others_are_not_called_for() -> None:
    planned = planned_checks([reason("b", "score"), reason("a", "ecg")], ITEMS, [])

    assert [check.item.id for check in planned] == ["ecg", "score"]
    assert [one.id for one in not_called_for(planned, ITEMS)] == ["liver"]


def test_a_check_stands_in_the_latest_phase_that_calls_for_it() -> None:
    (planned,) = planned_checks([reason("a", phase="maintenance"), reason("b", phase="baseline")], ITEMS, [])

    assert planned.phase == "maintenance"


@pytest.mark.parametrize(
    ("entries", "checks", "line"),
    [
        ([reason()], (CURRENT,), "- ECG: done 2026-11-02 (sinus rhythm). Because of reason."),
        ([reason()], (OUTDATED,), "- **ECG: overdue**, last 2026-11-02. Because of reason."),
        ([reason()], (NEVER,), "- **ECG: due**, none on record. Because of reason."),
        (
            [reason(), undecided("due", stage="plan")],
            (),
            f"- ECG: cannot tell {CHECK_UNSEEN} Ask about 2 things. Because of reason.",
        ),
        ([undecided()], (), "- ECG: cannot tell whether it is needed. Ask about 2 things."),
    ],
)
def test_a_line_says_how_a_check_stands_and_why(entries: list[Advised], checks: tuple[Check, ...], line: str) -> None:
    assert lines(*entries, checks=checks)[2] == line


def test_several_reasons_stand_in_one_line_each_once() -> None:
    same = reason("c", card={"summary": "Because of a"})

    assert lines(reason("a"), reason("b"), same, checks=(NEVER,))[2].endswith("Because of a. Because of b.")


def test_checks_of_which_the_same_is_to_be_said_share_a_line() -> None:
    never = (NEVER, Check(item="score", state="never"))

    found = lines(reason("r"), reason("s", "score", card={"summary": "Because of r"}), checks=never)

    assert found[2] == "- **ECG, PHQ-9: due**, none on record. Because of r."


def test_what_nobody_called_for_is_named_in_one_line_with_its_reason() -> None:
    found = lines(reason(), checks=(CURRENT,))

    assert found[3] == "- Not needed on this record: Liver tests (no reason for liver); PHQ-9 (no reason for score)."


def test_where_everything_is_called_for_nothing_is_said_to_be_unneeded() -> None:
    found = lines(*(reason(name, name) for name in ITEMS))

    assert "Not needed" not in "\n".join(found)


def test_phases_with_a_check_have_a_heading_and_the_others_share_a_list_at_the_end() -> None:
    entries = (
        reason("watch", None, "during"),
        reason("rest", None, "recovery"),
        reason("ecg", "ecg", "maintenance"),
        reason("review", None, "maintenance"),
    )

    assert lines(*entries, checks=(NEVER,)) == [
        "**Before the first or next dose**",
        "",
        "- Not needed on this record: Liver tests (no reason for liver); PHQ-9 (no reason for score).",
        "**Maintenance**",
        "",
        "- **ECG: due**, none on record. Because of ecg.",
        "- Because of review.",
        "**Course of treatment**",
        "",
        "- **During:** Because of watch.",
        "- **Recovery:** Because of rest.",
    ]


def test_in_a_phase_what_is_overdue_comes_first_and_what_is_done_last() -> None:
    checks = (CURRENT, Check(item="liver", state="never"), Check(item="score", state="outdated", date=DAY))

    found = lines(*(reason(name, name) for name in ITEMS), checks=checks)

    assert [line.split(": ")[1].split()[0].strip("*,") for line in found[2:]] == ["overdue", "due", "done"]


def test_no_finding_of_the_plan_no_plan() -> None:
    assert lines(applies(make_rule("other", "inform"))) == []
