from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from knowledge_builders import real_knowledge

from kcds.errors import Fault
from kcds.knowledge.domains import load_domains
from kcds.knowledge.parameters import load_parameters


def test_a_number_is_exact(tmp_path: Path) -> None:
    (tmp_path / "parameters.yaml").write_text("share: {value: 0.1, unit: '1'}")

    parameters = load_parameters(tmp_path, [])

    assert parameters.number("share") * 3 == Decimal("0.3")


def test_a_duration_is_counted_by_the_calendar(tmp_path: Path) -> None:
    (tmp_path / "parameters.yaml").write_text("chronic: {value: P3M}")

    parameters = load_parameters(tmp_path, [])

    assert date(2026, 5, 31) - parameters.duration("chronic") == date(2026, 2, 28)


def test_every_wrong_parameter_is_reported(tmp_path: Path) -> None:
    (tmp_path / "parameters.yaml").write_text("a: {value: soon}\nb: {valu: 3}\nc: {value: true}\nd: {value: 3}")
    faults: list[Fault] = []

    parameters = load_parameters(tmp_path, faults)

    assert [fault.key for fault in faults] == ["b.value", "b.valu", "a.value", "c.value"]
    assert parameters.number("d") == 3


@pytest.mark.parametrize("text", ["- adult_age", "3", ""])
def test_a_file_that_is_no_mapping_is_a_fault(text: str, tmp_path: Path) -> None:
    (tmp_path / "parameters.yaml").write_text(text)
    faults: list[Fault] = []

    load_parameters(tmp_path, faults)

    assert [fault.problem for fault in faults] == ["must map names to entries."]


def test_a_wrong_domain_is_reported_with_the_key(tmp_path: Path) -> None:
    (tmp_path / "domains.yaml").write_text("age: {title: age, blocks_candidate: sometimes, ask: Ask.}")
    faults: list[Fault] = []

    domains = load_domains(tmp_path, faults)

    assert [fault.key for fault in faults] == ["age.blocks_candidate"]
    assert domains == {}


def test_every_number_of_the_shipped_parameters_names_its_claim() -> None:
    values = real_knowledge().parameters.values

    without = [name for name, parameter in values.items() if parameter.claim is None]

    assert without == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("explicit_negatives: {value: 1}", "is neither true nor false."),
        ("explicit_negatives: {value: P3M}", "is neither true nor false."),
        ("adult_age: {value: true}", "is neither a number nor a duration."),
    ],
)
def test_a_switch_is_yes_or_no_and_nothing_else_is(text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "parameters.yaml").write_text(text)
    faults: list[Fault] = []

    load_parameters(tmp_path, faults)

    assert [fault.problem for fault in faults] == [problem]


@pytest.mark.parametrize("wanted", [True, False])
def test_a_switch_is_read_as_it_stands(*, wanted: bool, tmp_path: Path) -> None:
    (tmp_path / "parameters.yaml").write_text(f"explicit_negatives: {{value: {str(wanted).lower()}}}")
    faults: list[Fault] = []

    assert load_parameters(tmp_path, faults).truth("explicit_negatives") is wanted
    assert faults == []
