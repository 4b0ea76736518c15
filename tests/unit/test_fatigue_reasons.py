"""Override reasons as a file says them: read as they stand, and every fault named with its place and remedy."""

from pathlib import Path

import pytest

from kcds.errors import Fault
from kcds.knowledge.durations import length_of
from kcds.knowledge.override_reasons import FILE, OverrideReason, QuietPolicy, load_quiet_policy
from kcds.knowledge.paths import rules_directory

GOOD = """
reasons:
  not-now: {display: Not now, quiet: P2D}
  seen: {display: Seen before, quiet: P1M}
patient_view_repeat: P7D
"""


def load(tmp_path: Path, text: str) -> tuple[QuietPolicy, list[Fault]]:
    (tmp_path / FILE).write_text(text)
    faults: list[Fault] = []
    return load_quiet_policy(tmp_path, faults), faults


def test_reasons_are_read_in_their_order(tmp_path: Path) -> None:
    policy, faults = load(tmp_path, GOOD)

    assert faults == []
    assert list(policy.reasons.values()) == [
        OverrideReason("not-now", "Not now", "P2D"),
        OverrideReason("seen", "Seen before", "P1M"),
    ]
    assert (policy.longest, policy.patient_view_repeat) == ("P1M", "P7D")


@pytest.mark.parametrize(
    ("wrong", "right", "key"),
    [
        ("P2D", "2 days", "reasons.not-now.quiet"),
        ("P2D", "P0D", "reasons.not-now.quiet"),
        ("P2D", "P1DT2H", "reasons.not-now.quiet"),
        ("P2D", "P1001Y", "reasons.not-now.quiet"),
        ("P7D", "P0D", "patient_view_repeat"),
        ("Not now", '"<b>"', "reasons.not-now.display"),
        ("quiet: P2D", "silent: P2D", "reasons.not-now.quiet"),
        ("patient_view_repeat: P7D", "", "patient_view_repeat"),
    ],
)
def test_a_fault_names_its_place(tmp_path: Path, wrong: str, right: str, key: str) -> None:
    _, faults = load(tmp_path, GOOD.replace(wrong, right))

    assert (FILE, key) in {(fault.file, fault.key) for fault in faults}
    assert all(fault.remedy for fault in faults)


def test_a_file_without_reasons_is_a_fault(tmp_path: Path) -> None:
    _, faults = load(tmp_path, "reasons: {}\npatient_view_repeat: P7D\n")

    assert [fault.key for fault in faults] == ["reasons"]


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    faults: list[Fault] = []

    assert load_quiet_policy(tmp_path, faults) == QuietPolicy()
    assert [fault.file for fault in faults] == [FILE]


def test_the_shipped_reasons_are_quiet_for_days_not_for_years() -> None:
    faults: list[Fault] = []
    policy = load_quiet_policy(rules_directory(), faults)

    times = {code: length_of(reason.quiet) for code, reason in policy.reasons.items()}
    assert faults == []
    assert max(times.values()) <= 31
    assert [code for code, days in times.items() if days == min(times.values())] == ["data-wrong"]
    assert length_of(policy.patient_view_repeat) == 7
