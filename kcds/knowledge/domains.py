"""Data domains: the kinds of data without which a rule cannot tell (`rules/domains.yaml`)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field, StrictBool

from kcds.errors import Fault
from kcds.knowledge.parameters import Parameters
from kcds.knowledge.rule import SENTENCE, Strict, Text
from kcds.knowledge.schema import nearest, parse_mapping
from kcds.knowledge.templates import fill_numbers, has_stray_braces, placeholders

FILE = "domains.yaml"


class _Entry(Strict):
    """One entry of the file."""

    title: Text
    blocks_candidate: StrictBool
    ask: Text
    not_blocking: Annotated[str, Field(pattern=SENTENCE)] | None = None
    concepts: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    screen: Annotated[str, Field(pattern=r"^screen-")] | None = None
    words: tuple[Annotated[str, Field(pattern=r"^\w.+$")], ...] = ()


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
    ask_as_written: str = ""  # with its placeholders
    not_blocking: str | None = None  # why nobody waits for it, although a stop or a requirement asks for it


def load_domains(directory: Path, faults: list[Fault]) -> Mapping[str, Domain]:
    """Read `domains.yaml`; what is wrong with it goes into `faults`."""
    entries = parse_mapping(_Entry, directory / FILE, FILE, faults)
    return {
        name: Domain(
            name=name,
            title=entry.title,
            blocks_candidate=entry.blocks_candidate,
            ask=entry.ask,
            ask_as_written=entry.ask,
            concepts=entry.concepts,
            doubtful=entry.doubtful,
            screen=entry.screen,
            words=entry.words,
            not_blocking=entry.not_blocking,
        )
        for name, entry in entries.items()
    }


def say_numbers(domains: Mapping[str, Domain], parameters: Parameters, faults: list[Fault]) -> Mapping[str, Domain]:
    """Fill the numbers of parameters.yaml into what the domains ask for: {pain_score_window}."""
    return {name: replace(domain, ask=_asked(domain, parameters, faults)) for name, domain in domains.items()}


def _asked(domain: Domain, parameters: Parameters, faults: list[Fault]) -> str:
    key = f"{domain.name}.ask"
    for name, member in placeholders(domain.ask):
        if member is not None or name not in parameters.values:
            remedy = nearest(name, parameters.values, "entries of parameters.yaml")
            faults.append(Fault(FILE, key, f"`{{{name}}}` is not in parameters.yaml.", remedy))
            return domain.ask
    if has_stray_braces(domain.ask):
        faults.append(Fault(FILE, key, "holds a brace that is no placeholder.", "Write {name of a parameter}."))
    return fill_numbers(domain.ask, parameters.values)
