"""JSON in which an object has a member twice, or that is nested too deeply, is refused, however it is written."""

import json
import re
from collections.abc import Callable

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kcds.errors import RequestError
from kcds.web.json_limits import DEEPEST, require_sound

NAMES = st.sampled_from(["a", "b", "", ":", '":', '"', "\\", '\\":', "\\u0022:", "é", "a ", "{", '":"', ',":'])
LEAVES = st.one_of(
    NAMES.map(json.dumps),
    st.sampled_from(["1", "-0.0", "7.50", "1E+2", "1.0", "1" + "0" * 20, "true", "false", "null"]),
    st.sampled_from(
        [r'"\u003a"', r'"\u0022:"', r'"\u0022: \u0022"', r'"\":"', r'"\\\":"', r'"\/"', r'"\" :"', '":"', '": "', '"{"']
    ),
)
SPACE = st.sampled_from(["", "", " ", "\n", "\t \r\n"])


@st.composite
def objects(draw: st.DrawFn, inside: st.SearchStrategy[str]) -> str:
    """An object as text; its members may be there twice."""
    members = draw(st.lists(st.tuples(NAMES, SPACE, SPACE, inside), max_size=4))
    written = [f"{json.dumps(name)}{before}:{behind}{value}" for name, before, behind, value in members]
    return "{" + draw(SPACE) + ("," + draw(SPACE)).join(written) + "}"


def inner(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(objects(inside), st.lists(inside, max_size=4).map(lambda items: f"[{','.join(items)}]"))


TEXTS = st.recursive(LEAVES, inner, max_leaves=12)


def has_member_twice(text: str) -> bool:
    """What a parser says that is shown every member."""
    twice = []

    def notice(pairs: list[tuple[str, object]]) -> None:
        twice.append(len(dict(pairs)) < len(pairs))

    json.loads(text, object_pairs_hook=notice)
    return any(twice)


def refused(text: str) -> bool:
    raw = text.encode()
    try:
        require_sound(orjson.loads(raw), raw)
    except RequestError:
        return True
    return False


@given(TEXTS)
@settings(max_examples=1000, deadline=None)
def test_exactly_what_has_a_member_twice_is_refused(text: str) -> None:
    assert refused(text) is has_member_twice(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (r'{"a":1,"a":"\u0022:"}', "a text that looks like a name only when it is written anew"),
        (r'{"a":1,"a":"\u003a"}', "a text that begins with a colon only when it is written anew"),
        ('{"a":1,"a":1E2}', "the number becomes longer than the member that is lost"),
        ('{"a":{"b":1, "b":1}}', "inside another object"),
        ('{"":1,"":2}', "an empty name"),
        (r'{"\u0061":1,"a":2}', "the same name, written in two ways"),
        ('{"a": null, "a": null}', "the same value"),
    ],
)
def test_a_member_that_stands_twice_is_found(text: str, reason: str) -> None:
    assert refused(text), reason


def lists(levels: int) -> str:
    return "[" * levels + "]" * levels


def objects_in_objects(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


@pytest.mark.parametrize("nested", [lists, objects_in_objects])
def test_as_many_levels_as_are_allowed_and_not_one_more(nested: Callable[[int], str]) -> None:
    assert not refused(nested(DEEPEST))
    assert refused(nested(DEEPEST + 1))
    assert refused(nested(900))


def test_brackets_in_texts_do_not_hide_how_deep_it_is() -> None:
    text = re.sub(r"\[", '["]",', lists(DEEPEST + 1)[: DEEPEST + 1])
    closing = ',"["' + "]" * (DEEPEST + 1)

    assert refused(text + "1" + closing)
