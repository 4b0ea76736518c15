"""What a condition on one property of a fact is said by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Names(StrEnum):
    """Of what the values of a text property are names."""

    SETS = "sets"
    DOMAINS = "domains"
    RULES = "rules"
    ITEMS = "items"
    CLASSES = "classes"  # of drugs, or value sets


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """How conditions on one property are said."""

    noun: str  # "systolic pressure": before a comparison
    form: str = ""  # instead: "{limit} infusions", "in {value}"; "one|many" is chosen by the number
    words: Mapping[Any, str] = field(default_factory=dict)  # values, by how they are said
    names: Names | None = None
    unit: str = ""  # UCUM, where a number is typed without one
    head: bool = False  # belongs to the noun of the kind, before the comma
    recorded: str = ""  # of "known: true"; without it "... recorded"
    missing: str = ""  # of "known: false"; without it "... not recorded"
    free: bool = False  # any text, said as it is written
    derived: bool = False  # follows from the others: left out of a fact
    minor: tuple[object, ...] = ()  # values that a short sentence leaves out


@dataclass(frozen=True, slots=True)
class KindPhrase:
    """How facts of one kind are called, and their properties."""

    noun: str  # "a problem"
    none: str  # "no problem"
    short: str  # "problem", to point back to one
    properties: Mapping[str, Phrase]
    once: bool = False  # there is one of a patient, which is then described


def truth(yes: str, no: str, noun: str = "", *, minor: tuple[object, ...] = ()) -> Phrase:
    """Say a truth value by what it means."""
    return Phrase(noun=noun or yes, words={True: yes, False: no}, minor=minor)


def day(noun: str) -> Phrase:
    """Say a day by what happened on it."""
    return Phrase(noun=noun)


ENTRY_STATES = {"active": "active", "past": "past", "unknown": "of unknown state"}
CONFIRMED = truth("confirmed", "not confirmed (provisional or differential)", "confirmation", minor=(True,))
VERIFIED = truth("by a verified code", "only by codes that are not verified", "verified code", minor=(True,))
PRELIMINARY = truth("preliminary", "not preliminary", minor=(False,))
RANK = Phrase(noun="place counted from the latest", words={0: "the latest"}, minor=(0,))
LABEL = Phrase(noun="name", form="named “{value}”", free=True)
DRUGS = {"ketamine": "ketamine", "esketamine": "esketamine"}
ONSET = {"onset_earliest": day("earliest possible onset"), "onset_latest": day("latest possible onset")}
