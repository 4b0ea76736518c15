import os
from datetime import date
from pathlib import Path

import pytest

from kcds.errors import KnowledgeError
from kcds.knowledge.yaml_files import read_yaml


def read(text: str, directory: Path) -> object:
    path = directory / "some.yaml"
    path.write_text(text, encoding="utf-8")
    return read_yaml(path, "some.yaml")


@pytest.mark.parametrize(
    ("text", "value", "reason"),
    [
        ("no", "no", "YAML 1.1 would say false"),
        ("yes", "yes", "YAML 1.1 would say true"),
        ("on", "on", "YAML 1.1 would say true"),
        ("off", "off", "YAML 1.1 would say false"),
        ("true", True, "a truth value"),
        ("false", False, "a truth value"),
        ("1:30", "1:30", "YAML 1.1 would say 90"),
        ("010", "010", "YAML 1.1 would say 8"),
        ("1_000", "1_000", "YAML 1.1 would say 1000"),
        ("12", 12, "a whole number"),
        ("-3", -3, "a negative number"),
        ("0.35", 0.35, "a number"),
        (".inf", ".inf", "no number that a rule may use"),
        ("~", None, "nothing"),
        ("null", None, "nothing"),
        ("", None, "nothing"),
        ("2026-11-21", date(2026, 11, 21), "a day"),
        ("2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z", "no moment: rules know days"),
        ("P30D", "P30D", "a duration is a text"),
    ],
)
def test_a_value_is_read_as_written(text: str, value: object, reason: str, tmp_path: Path) -> None:
    content = read(f"key: {text}", tmp_path)

    assert content == {"key": value}, reason
    assert type(content["key"]) is type(value), reason  # type: ignore[index]


@pytest.mark.parametrize("text", ["a: 1\nb: 2\na: 3", "{a: {x: 1, x: 2}}"])
def test_a_repeated_key_is_a_fault(text: str, tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="is there twice"):
        read(text, tmp_path)


def test_a_day_that_the_calendar_does_not_have_is_a_fault_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"some\.yaml: line 2: .*2026-02-30 is no day of the calendar"):
        read("a: 1\nb: 2026-02-30", tmp_path)


def test_a_tag_that_makes_python_objects_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="line 1"):
        read("!!python/object/apply:os.getcwd []", tmp_path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("? [a, b]\n: c", "line 1: is not right: a key must be one word"),
        ("a:\n  ? {b: c}\n  : d", "line 2: is not right: a key must be one word"),
        ("a: !!float .nan", r"line 1: is not right: \.nan is no number that a rule could mean"),
        ("a: !!float .inf", r"line 1: is not right: \.inf is no number that a rule could mean"),
        ("a: !!int 0x10", "line 1: is not right: 0x10 is no number that a rule could mean"),
        ("a: 1.0e400", "line 1: is not right: 1.0e400 is no number that a rule could mean"),
        (f"a: {'9' * 5000}", "line 1: is not right: 99999999999999999999 is no number that a rule could mean"),
        ("a: !!set {b}", "line 1: is not right: could not determine a constructor for the tag .*set"),
        ("a: !!omap [b: c]", "line 1: is not right: could not determine a constructor for the tag .*omap"),
        ("a: !!binary YQ==", "line 1: is not right: could not determine a constructor for the tag .*binary"),
        ("a: &x [1]\nb: *x", r"line 2: is not right: `\*x` repeats another part; write it out"),
        ("&x {a: *x}", r"line 1: is not right: `\*x` repeats another part; write it out"),
        ("a: 1\n---\nb: 2", "line 2: is not right: but found another document"),
    ],
)
def test_what_a_reader_would_not_see_through_is_a_fault_with_its_line(text: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=problem):
        read(text, tmp_path)


def test_a_word_in_stars_is_no_alias(tmp_path: Path) -> None:
    assert read('a: "is *not* so"\nb: >-\n  is\n  *not* so', tmp_path) == {"a": "is *not* so", "b": "is *not* so"}


def test_a_file_that_is_not_utf_8_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "some.yaml"
    path.write_bytes(b"a: \xff\xfe")

    with pytest.raises(KnowledgeError, match="Save it as UTF-8"):
        read_yaml(path, "some.yaml")


def test_a_missing_file_is_a_fault_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"some\.yaml: file: cannot be opened"):
        read_yaml(tmp_path / "some.yaml", "some.yaml")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "file.yaml")

    with pytest.raises(KnowledgeError, match=r"file: cannot be opened: it is a pipe"):
        read_yaml(tmp_path / "file.yaml", "file.yaml")


def test_endless_nesting_is_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    file.write_text("[" * 3_000 + "]" * 3_000, encoding="utf-8")

    with pytest.raises(KnowledgeError, match=r"file: is nested too deeply"):
        read_yaml(file, "file.yaml")
