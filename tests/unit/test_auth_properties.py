"""Laws of authentication: whatever is sent, nobody is let in by chance and nothing breaks."""

import contextlib
import json
from typing import Any

from client_tokens import DISCOVERY, NOW, claims, compact, door, header, registered, signing_key, token
from forgeries import KEY, guarded
from hypothesis import given, settings
from hypothesis import strategies as st

from kcds.auth.keys import read_key_set
from kcds.auth.strict_json import read_object

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
GUARD = guarded()
VALID = token(DISCOVERY, KEY)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def status_of(authorization: str) -> int:
    return GUARD.call(DISCOVERY, authorization).status_code


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, len(VALID) - 1), letter=st.sampled_from(LETTERS))
def test_a_token_with_one_letter_changed_is_refused(place: int, letter: str) -> None:
    changed = VALID[:place] + letter + VALID[place + 1 :]

    assert changed == VALID or status_of(f"Bearer {changed}") == 401


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=80))
def test_whatever_stands_in_the_header_is_refused_and_nothing_breaks(text: str) -> None:
    assert status_of(text) == 401
    assert status_of(f"Bearer {text}") == 401


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(["alg", "kid", "typ", "jku", "crit", "b64", "x5c", "jwk"]), value=anything)
def test_whatever_a_signed_header_holds_nothing_breaks(name: str, value: Any) -> None:
    made = compact(header(KEY) | {name: value}, claims(), KEY.sign)

    assert status_of(f"Bearer {made}") in {200, 401}


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from(["iss", "aud", "exp", "iat", "nbf", "jti", "tenant"]), value=anything)
def test_whatever_a_signed_claim_holds_nothing_breaks(name: str, value: Any) -> None:
    made = compact(header(KEY), claims() | {name: value}, KEY.sign)

    assert status_of(f"Bearer {made}") in {200, 401}


@settings(max_examples=200, deadline=None)
@given(issued=st.integers(NOW - 8000, NOW + 8000), life=st.integers(-100, 8000))
def test_a_token_is_let_in_from_a_minute_before_its_issue_to_a_minute_after_its_end(issued: int, life: int) -> None:
    made = token(DISCOVERY, KEY, iat=issued, exp=issued + life)

    due = issued - 60 <= NOW < issued + life + 60 and 0 <= life <= 3600

    assert (status_of(f"Bearer {made}") == 200) is due


@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from(["ES256", "ES384", "RS256", "EdDSA"]),
    name=st.sampled_from(["kty", "kid", "crv", "x", "y", "n", "e", "alg", "use", "key_ops", "d", "k"]),
    value=anything,
)
def test_whatever_a_key_holds_the_others_of_the_set_are_used(kind: str, name: str, value: Any) -> None:
    broken = signing_key(kind).jwk(kid="broken") | {name: value}

    keys, _ = read_key_set({"keys": [broken, KEY.jwk(kid="good")]})

    assert "good" in keys or value == "good"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | anything.map(lambda value: json.dumps(value).encode()))
def test_bytes_are_an_object_or_a_value_error(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(read_object(data), dict)


def test_the_other_half_of_a_signature_does_not_make_another_token() -> None:
    """For every ECDSA signature (r, s) there is another one that holds, (r, n - s): who sees a token can make it."""
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973
    guard = door(registered(KEY))
    signatures: list[bytes] = []

    def twin(signed: bytes) -> bytes:
        first = KEY.sign(signed)
        signatures.append(first)
        return first[:48] + (order - int.from_bytes(first[48:])).to_bytes(48)

    head, payload = header(KEY), claims()
    other = compact(head, payload, twin)
    first = compact(head, payload, lambda _: signatures[0])

    assert [guard.call(DISCOVERY, f"Bearer {made}").status_code for made in (first, other)] == [200, 401]
    assert guard.refusals == ["replayed"]
