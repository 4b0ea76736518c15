"""What is made by the thousand is compared by what it says and holds nothing else; that nobody changes it mypy sees."""

from pathlib import Path

import pytest
from mypy import api

from kcds.model.facts import DataState, Fact
from kcds.model.immutable import immutable


@immutable
class Pair:
    first: str
    second: int = 0


def test_two_that_say_the_same_are_one() -> None:
    assert len({Pair("a"), Pair("a", 0), Pair("b")}) == 2
    assert len({DataState(domain="age", state="known"), DataState(state="known", domain="age")}) == 1


def test_there_is_no_room_for_a_property_that_was_not_declared() -> None:
    with pytest.raises(AttributeError):
        setattr(Pair("a"), "third", 1)  # noqa: B010 - mypy refuses it in plain


def test_a_fact_is_made_by_the_names_of_its_properties_only() -> None:
    with pytest.raises(TypeError):
        DataState("age")  # type: ignore[call-arg, arg-type]

    assert issubclass(DataState, Fact)


def test_mypy_refuses_to_change_a_fact_a_part_of_a_record_or_what_a_fact_is_found_by(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "from kcds.facts.problems import Match\n"
        "from kcds.fhir.record import Coding\n"
        "from kcds.model.facts import DataState\n"
        "DataState().state = 'known'\n"
        "Coding(None, None).code = '1'\n"
        "Match('', '', False).verified = True\n"
    )

    told, trouble, _ = api.run(["--cache-dir=/dev/null", str(program)])

    assert trouble == ""
    assert told.count("is read-only") == 3
