"""Who may see the feedback page: the file, the passwords, the attempts."""

from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from service_builders import NOON
from typer.testing import CliRunner

from kcds.auth import staff as staff_module
from kcds.auth.passwords import hash_password, is_hash, matches
from kcds.auth.staff import MOST_FAILURES, WINDOW, Staff, Verdict, load_staff
from kcds.errors import SettingsError
from kcds.staff_cli import app

RIGHT = "a long enough one"
HASH = hash_password(RIGHT)


def ask(staff: Staff, name: str, password: str, seconds: float = 0) -> Verdict:
    return staff.judge(name, password, NOON + timedelta(seconds=seconds))


def test_a_hash_is_of_one_password_and_never_the_same_twice() -> None:
    assert is_hash(HASH)
    assert matches(RIGHT, HASH)
    assert not matches(RIGHT + " ", HASH)
    assert hash_password(RIGHT) != HASH


@pytest.mark.parametrize(
    "kept",
    ["", RIGHT, HASH[:-1], HASH.replace("scrypt", "md5"), HASH + "\n"],
    ids=["nothing", "a password", "cut off", "another kind", "a line"],
)
def test_what_is_no_hash_lets_nobody_in(kept: str) -> None:
    assert not is_hash(kept)
    with pytest.raises(ValueError, match="not a hash"):
        matches(RIGHT, kept)


def test_name_and_password_have_to_belong_together() -> None:
    staff = Staff({"ada": HASH, "bo": hash_password("another long one")})

    assert ask(staff, "ada", RIGHT) is Verdict.WELCOME
    assert ask(staff, "bo", RIGHT) is Verdict.UNKNOWN
    assert ask(staff, "eve", RIGHT) is Verdict.UNKNOWN
    assert ask(staff, "", "") is Verdict.UNKNOWN


def test_an_unknown_name_costs_as_much_as_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    staff = Staff({"ada": HASH})
    monkeypatch.setattr(staff_module, "matches", lambda password, kept: asked.append(kept) or matches(password, kept))

    ask(staff, "eve", RIGHT)
    ask(staff, "ada", "wrong")

    assert len(asked) == 2
    assert all(is_hash(kept) for kept in asked)


def test_who_was_right_once_is_known_again_without_the_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    staff = Staff({"ada": HASH})
    ask(staff, "ada", RIGHT)
    monkeypatch.setattr(staff_module, "matches", lambda _password, _kept: pytest.fail("counted again"))

    assert ask(staff, "ada", RIGHT) is Verdict.WELCOME


def test_too_many_failures_shut_the_door_for_a_minute_but_not_to_who_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    staff = Staff({"ada": HASH, "bo": HASH})
    ask(staff, "ada", RIGHT)
    monkeypatch.setattr(staff_module, "matches", lambda password, _kept: password == RIGHT)
    failures = [ask(staff, "eve", "guess", second) for second in range(MOST_FAILURES)]
    later = WINDOW.total_seconds()

    assert set(failures) == {Verdict.UNKNOWN}
    assert ask(staff, "bo", RIGHT, MOST_FAILURES) is Verdict.LATER
    assert ask(staff, "ada", RIGHT, MOST_FAILURES) is Verdict.WELCOME
    assert ask(staff, "bo", RIGHT, later) is Verdict.WELCOME


def written(directory: Path, text: str) -> Path:
    path = directory / "staff.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_file_names_who_may_come_in(tmp_path: Path) -> None:
    staff = load_staff(written(tmp_path, f"staff:\n  ada: '{HASH}'\n"))

    assert ask(staff, "ada", RIGHT) is Verdict.WELCOME


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "staff: is no list of names"),
        ("staff: []", "staff: is no list of names"),
        ("people: {}", "staff: is no list of names"),
        ("staff: {ada: secret-of-ada}", "staff, entry 1: has no hash"),
        (f"staff:\n  1: '{HASH}'\n", "staff, entry 1: is no name"),
        (f"staff:\n  'a:b': '{HASH}'\n  bo: x\n", "staff, entry 2: has no hash"),
        ("staff: {", "staff.yaml"),
    ],
    ids=["nothing", "a list", "another key", "a password", "a number", "a colon", "no YAML"],
)
def test_each_fault_of_the_file_is_named_and_nothing_of_it_quoted(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        load_staff(written(tmp_path, text))

    assert "secret-of-ada" not in str(caught.value)
    assert HASH not in str(caught.value)


def test_the_command_makes_a_line_that_the_file_may_hold(tmp_path: Path) -> None:
    made = CliRunner().invoke(app, ["Ada O'Hara"], input=f"{RIGHT}\n")
    staff = load_staff(written(tmp_path, f"staff:\n{made.stdout}"))

    assert ask(staff, "Ada O'Hara", RIGHT) is Verdict.WELCOME


@pytest.mark.parametrize(("name", "password"), [("a:b", RIGHT), ("", RIGHT), ("ada", "short"), ("ada", "x" * 257)])
def test_the_command_refuses_what_could_not_be_used(name: str, password: str) -> None:
    made = CliRunner().invoke(app, [name], input=f"{password}\n")

    assert made.exit_code == 1
    assert "scrypt" not in made.stdout


NOBODY = Staff({})
MINUTES = count()


@settings(deadline=None, max_examples=20)  # each costs what a password costs
@given(st.text(max_size=300), st.text(max_size=300))
def test_where_nobody_is_named_nobody_comes_in_and_nothing_breaks(name: str, password: str) -> None:
    seconds = next(MINUTES) * WINDOW.total_seconds()  # too many failures at a time would end the others unread

    assert ask(NOBODY, name, password, seconds) is Verdict.UNKNOWN
