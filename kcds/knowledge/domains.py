"""Data domains: the kinds of data without which a rule cannot tell (`rules/domains.yaml`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kcds.errors import Fault
from kcds.knowledge.rule import Strict
from kcds.knowledge.schema import parse_mapping

FILE = "domains.yaml"


class _Entry(Strict):
    """One entry of the file."""

    title: str
    blocks_candidate: bool
    ask: str
    concepts: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    screen: str | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Domain:
    """One kind of data: what cards call it, whether a candidate needs it, and what to do to know it."""

    name: str
    title: str
    blocks_candidate: bool
    ask: str
    concepts: tuple[str, ...] = ()  # problems that make the domain known
    doubtful: tuple[str, ...] = ()  # problems that only ask
    screen: str | None = None  # the question whose answer "no" makes the domain known
    words: tuple[str, ...] = ()  # in an uncoded problem these ask; `*` ends a stem


def load_domains(directory: Path, faults: list[Fault]) -> Mapping[str, Domain]:
    """Read `domains.yaml`; what is wrong with it goes into `faults`."""
    entries = parse_mapping(_Entry, directory / FILE, FILE, faults)
    return {
        name: Domain(
            name=name,
            title=entry.title,
            blocks_candidate=entry.blocks_candidate,
            ask=entry.ask,
            concepts=entry.concepts,
            doubtful=entry.doubtful,
            screen=entry.screen,
            words=entry.words,
        )
        for name, entry in entries.items()
    }
