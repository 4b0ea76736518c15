# ruff: noqa: S311 - seeded test data
"""Real hook requests, changed at random, with what FHIR resources are made of in mind.

A mutant follows from its seed alone: which request it starts from, and which changes are made one after the other. Any
of them can be left out, so that a counterexample can be made small.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

import request_answers as answers
import request_elements as elements
from builders import Json
from request_parts import originals

Change = Callable[[Random, Json], None]
CHANGES: Sequence[tuple[Change, int]] = (
    (elements.odd_value, 8),
    (elements.left_out, 4),
    (elements.other_number, 6),
    (elements.other_dose, 6),
    (elements.other_date, 6),
    (elements.other_text, 2),
    (elements.other_status, 5),
    (elements.graft, 7),
    (elements.swap, 2),
    (elements.nested, 2),
    (elements.retyped, 2),
    (answers.answer, 4),
    (answers.bundle, 2),
    (answers.added, 6),
    (answers.foreign, 2),
    (answers.copied, 3),
    (answers.changed_copy, 2),
    (answers.drafts, 4),
    (answers.someone_else, 1),
)
"""How a request is changed, and how often."""
MOST_CHANGES = 10


@dataclass(frozen=True)
class Mutant:
    """A changed request: from which one, and by which changes."""

    seed: int
    name: str
    changes: tuple[str, ...]
    request: Json


def mutant(seed: int, *, big: bool = False, only: frozenset[int] | None = None) -> Mutant:
    """The mutant of a seed; `only` are the numbers of the changes to be made (else all)."""
    random = Random(seed)
    name, request = random.choice(originals())
    request = copy.deepcopy(request)
    told = []
    for number in range(random.choice((1, 1, 2, 2, 3, 4, 6, MOST_CHANGES))):
        its_own = Random(seed * 1009 + number)
        change = _change(its_own, big=big)
        if only is None or number in only:
            change(its_own, request)
            told.append(change.__name__)
    return Mutant(seed, name, tuple(told), request)


def _change(random: Random, *, big: bool) -> Change:
    if big and random.random() < 0.02:
        return answers.copied_often
    changes, weights = zip(*CHANGES, strict=True)
    chosen: Change = random.choices(changes, weights)[0]
    return chosen


def spoilt_bytes(random: Random, body: bytes) -> bytes:
    """The body as it may come from a broken client: cut off, bits turned, parts doubled, another encoding."""
    where = random.randrange(len(body) or 1)
    other = random.randrange(len(body) or 1)
    first, last = min(where, other), max(where, other)
    number = random.choice(
        (b"1e999", b"-1e999", b"NaN", b"Infinity", b"1e-999", b"00", b"1." + b"0" * 400, b"0.1e+", b"-")
    )
    turned = bytes((body[where] ^ (1 << random.randrange(8)),)) if body else b""
    return random.choice(
        (
            body[:where],
            body[:where] + turned + body[where + 1 :],
            body[:where] + bytes((random.randrange(256),)) + body[where:],
            body[:first] + body[last:],
            body[:last] + body[first:],
            body.replace(b": 1", b": " + number, 1),
            body.replace(b"null", number, 1),
            body.replace(b'"', random.choice((b"'", b"\\", b'"\\ud800')), 1),
            body[:where]
            + random.choice((b"\xff", b"\x00", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"[" * 200))
            + body[where:],
            body.decode("utf-8", "replace").encode(random.choice(("utf-16", "utf-32", "utf-8-sig"))),
        )
    )
