"""Cases beside the rules: what a rule must answer for a handful of facts, each one sentence a clinician can check."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from kcds.errors import Fault, KnowledgeError
from kcds.knowledge.check_conditions import check_value
from kcds.knowledge.paths import files_below
from kcds.knowledge.rule import RuleId, Strict, Text
from kcds.knowledge.schema import nearest, parse
from kcds.knowledge.unwritten import check_written
from kcds.knowledge.vocabulary import Vocabulary, has_type, type_of, word_for
from kcds.knowledge.yaml_files import read_yaml
from kcds.model.facts import FACT_KINDS, DataState, Fact, schema_of
from kcds.model.findings import Applicability

SUFFIX = ".cases.yaml"
DEFAULT_TODAY = dt.date(2026, 11, 21)
"""The day on which a case takes place unless it says another."""


class CaseEntry(Strict):
    """One case as the file has it."""

    name: Text
    today: dt.date = DEFAULT_TODAY
    facts: tuple[dict[str, str | int | float | bool | dt.date | None], ...]
    unknown: tuple[str, ...] = ()
    expect: Applicability
    missing: tuple[str, ...] | None = None
    summary: str | None = None


class CaseFile(Strict):
    """One case file."""

    rule: RuleId
    cases: Annotated[tuple[CaseEntry, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case, ready to be run: the facts are the patient's, with the state of every data domain."""

    rule: str
    file: str
    key: str
    name: str
    today: dt.date
    facts: tuple[Fact, ...]
    expect: Applicability
    missing: tuple[str, ...] | None
    summary: str | None


def load_cases(directory: Path, words: Vocabulary, faults: list[Fault]) -> tuple[Case, ...]:
    """Read every case file; what is wrong with them goes into `faults`."""
    cases: list[Case] = []
    for path in files_below(directory):
        if path.name.endswith(SUFFIX):
            cases += load_case_file(path, directory, words, faults)
    return tuple(cases)


def load_case_file(path: Path, directory: Path, words: Vocabulary, faults: list[Fault]) -> list[Case]:
    """Read one case file of a directory; what is wrong with it goes into `faults`."""
    file = path.relative_to(directory).as_posix()
    found: list[Fault] = []
    try:
        data = read_yaml(path, file)
        found += check_written(data, file)
        content = parse(CaseFile, data, file, found) if not found else None
    except KnowledgeError as error:
        content, found = None, error.faults
    cases = _read_file(content, file, words, found) if content is not None else []
    faults += found
    return cases


def _read_file(content: CaseFile, file: str, words: Vocabulary, faults: list[Fault]) -> list[Case]:
    expected = content.rule.replace("-", "_") + SUFFIX
    if content.rule not in words.rules:
        faults.append(Fault(file, "rule", f"`{content.rule}` is no rule.", nearest(content.rule, words.rules, "rules")))
    elif file.rsplit("/", 1)[-1] != expected:
        faults.append(Fault(file, "rule", f"is `{content.rule}`.", f"Call the file {expected}."))
    names = [entry.name for entry in content.cases]
    faults += [
        Fault(file, "cases", f"two cases are called `{name}`.", "Say what makes them differ.")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    return [
        _read_case(entry, content.rule, Fault(file, f"cases[{number}]", "", ""), words, faults)
        for number, entry in enumerate(content.cases)
    ]


def _read_case(entry: CaseEntry, rule: str, place: Fault, words: Vocabulary, faults: list[Fault]) -> Case:
    for name, domains in (("unknown", entry.unknown), ("missing", entry.missing or ())):
        for domain in domains:
            if domain not in words.domains:
                remedy = nearest(domain, words.domains, "data domains")
                faults.append(Fault(place.file, f"{place.key}.{name}", f"`{domain}` is no data domain.", remedy))
    if entry.missing is not None and entry.expect is not Applicability.CANNOT_TELL:
        remedy = f"Take it out, or expect {Applicability.CANNOT_TELL}."
        faults.append(Fault(place.file, f"{place.key}.missing", f"does not go with {entry.expect}.", remedy))
    facts = [
        fact
        for number, raw in enumerate(entry.facts)
        if (fact := _read_fact(raw, number, place, words, faults)) is not None
    ]
    stated = {fact.domain for fact in facts if isinstance(fact, DataState)}
    facts += [
        DataState(domain=domain, state="missing" if domain in entry.unknown else "known")
        for domain in sorted(words.domains - stated)
    ]
    return Case(
        rule=rule,
        file=place.file,
        key=place.key,
        name=entry.name,
        today=entry.today,
        facts=tuple(facts),
        expect=entry.expect,
        missing=entry.missing,
        summary=entry.summary,
    )


def _read_fact(
    raw: Mapping[str, object], number: int, place: Fault, words: Vocabulary, faults: list[Fault]
) -> Fact | None:
    key = f"{place.key}.facts[{number}]"
    kind = str(raw.get("fact"))
    if kind not in FACT_KINDS:
        remedy = nearest(kind, FACT_KINDS, "facts")
        faults.append(Fault(place.file, f"{key}.fact", f"`{kind}` is no kind of fact.", remedy))
        return None
    found: list[Fault] = []
    values: dict[str, object] = {}
    for name, value in raw.items():
        if name == "fact":
            continue
        where = Fault(place.file, f"{key}.{name}", "", "")
        found += _faults_of_value(kind, name, value, where, words)
        values[name] = float(value) if isinstance(value, int) and not isinstance(value, bool) else value
    faults += found
    if found:
        return None
    if kind != DataState.kind:
        values["sources"] = (f"Example/{number}",)
    make: Callable[..., Fact] = FACT_KINDS[kind]
    return make(**values)


def _faults_of_value(kind: str, name: str, value: object, where: Fault, words: Vocabulary) -> list[Fault]:
    wanted = type_of(kind, name)
    if wanted is None:
        remedy = nearest(name, schema_of(kind), f"properties of `{kind}`")
        return [Fault(where.file, where.key, f"`{kind}` has no property `{name}`.", remedy)]
    if value is None:
        return []
    if not has_type(value, wanted):
        remedy = "Write words such as yes and no in quotes, numbers and dates without."
        return [Fault(where.file, where.key, f"must be {word_for(wanted)}, not {value!r}.", remedy)]
    return list(check_value(kind, name, str(value), where, words)) if wanted is str else []
