"""Lines and gaps of the timeline on the review page (`rules/timeline.yaml`): which parameter of which rule draws each.

The numbers stay in the rules. A site that moves one moves the line with it.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dateutil.relativedelta import relativedelta
from pydantic import StrictBool

from kcds.errors import Fault
from kcds.knowledge.durations import is_duration, parse_duration
from kcds.knowledge.rule import Comparison, Condition, Parameter, ParameterRef, Pattern, Rule, Strict, Text
from kcds.knowledge.schema import nearest, parse_mapping

FILE = "timeline.yaml"
MEASURED: Mapping[str, frozenset[str]] = {
    "pain-score": frozenset({"relief"}),
    "blood-pressure": frozenset({"systolic", "diastolic"}),
    "liver-tests": frozenset({"times-upper"}),
}
"""The lanes that have lines, and what of each may be held against a line."""
_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_OPERATORS = ("gt", "gte")

Tone = Literal["neutral", "caution", "stop"]


class _Line(Strict):
    """One line of a lane, as the file says it."""

    rule: str
    parameter: str
    of: str
    tone: Tone
    words: Text
    band: StrictBool = False
    shown: Literal["always", "reached"] = "always"


class _Gap(Strict):
    """What is drawn where the last result is too old, as the file says it."""

    rule: str
    parameter: str
    words: Text


class _Entry(Strict):
    """One lane of the file."""

    title: Text
    gap: _Gap
    lines: tuple[_Line, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneLine:
    """One line: from which value on a rule says something, and in which words the chart says so."""

    rule: str
    parameter: str
    of: str  # what is held against it
    value: float
    inclusive: bool  # whether a value on the line counts
    tone: Tone
    words: str
    band: bool = False  # whether what lies beyond is shaded
    only_reached: bool = False  # drawn only where some value comes up to it

    def is_passed(self, value: float) -> bool:
        """Tell whether a value is one of which the rule speaks."""
        return value >= self.value if self.inclusive else value > self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneGap:
    """How long a result holds, and what is said once none is left that does."""

    rule: str
    parameter: str
    window: relativedelta
    words: str  # with {days}


@dataclass(frozen=True, slots=True, kw_only=True)
class LanePlan:
    """One lane of measured values: its title, its lines, and from when on it has a gap."""

    title: str
    gap: LaneGap
    lines: tuple[LaneLine, ...]


def load_timeline(
    directory: Path, rules: Mapping[str, Rule], ids: Collection[str], faults: list[Fault]
) -> Mapping[str, LanePlan]:
    """Read `timeline.yaml` against the rules as they stand, local changes included; what is wrong goes into `faults`.

    `ids` are those of all rule files: one that is itself at fault is not reported as unknown too.
    """
    before = len(faults)
    entries = parse_mapping(_Entry, directory / FILE, FILE, faults)
    faults += _check(entries, rules, ids)
    named = {name for entry in entries.values() for name in (entry.gap.rule, *(line.rule for line in entry.lines))}
    if len(faults) > before or not named <= rules.keys():
        return {}
    return {name: _plan(entry, rules) for name, entry in entries.items()}


def _check(entries: Mapping[str, _Entry], rules: Mapping[str, Rule], ids: Collection[str]) -> Iterator[Fault]:
    """Find lanes, rules and parameters that do not exist, and words that would show a placeholder."""
    for name in entries.keys() - MEASURED.keys():
        yield Fault(FILE, name, f"`{name}` is no lane of the timeline.", nearest(name, MEASURED, "lanes"))
    for name in MEASURED.keys() - entries.keys():
        yield Fault(FILE, name, "is missing.", "Say its title, its gap and its lines.")
    for name, entry in entries.items():
        yield from _check_rule(f"{name}.gap", entry.gap, ids)
        yield from _check_place(f"{name}.gap", entry.gap, rules, "days")
        parameter = _parameter(entry.gap, rules)
        if parameter is not None and not is_duration(parameter.value):
            problem = f"`{entry.gap.parameter}` of `{entry.gap.rule}` is no duration."
            yield Fault(FILE, f"{name}.gap.parameter", problem, "Name a parameter whose value is one, such as P90D.")
        for number, line in enumerate(entry.lines):
            yield from _check_rule(f"{name}.lines[{number}]", line, ids)
            yield from _check_line(f"{name}.lines[{number}]", line, MEASURED.get(name, frozenset()), rules)


def _check_rule(key: str, place: _Line | _Gap, ids: Collection[str]) -> Iterator[Fault]:
    if place.rule not in ids:
        yield Fault(FILE, f"{key}.rule", f"`{place.rule}` is no rule.", nearest(place.rule, ids, "rules"))


def _check_line(key: str, line: _Line, measured: frozenset[str], rules: Mapping[str, Rule]) -> Iterator[Fault]:
    yield from _check_place(key, line, rules, "value")
    if measured and line.of not in measured:
        yield Fault(FILE, f"{key}.of", f"`{line.of}` is not measured here.", nearest(line.of, measured, "measures"))
    if _parameter(line, rules) is not None and _operator(rules[line.rule], line.parameter) is None:
        problem = f"`{line.rule}` does not compare with `{line.parameter}` by gt or gte."
        yield Fault(FILE, f"{key}.parameter", problem, "Name a number beyond which the rule speaks.")


def _check_place(key: str, place: _Line | _Gap, rules: Mapping[str, Rule], placeholder: str) -> Iterator[Fault]:
    """Find a parameter that is not there, and placeholders that nothing fills."""
    rule = rules.get(place.rule)
    if rule is not None and place.parameter not in rule.parameters:
        remedy = nearest(place.parameter, rule.parameters, f"parameters of `{place.rule}`")
        problem = f"`{place.rule}` has no parameter `{place.parameter}`."
        yield Fault(FILE, f"{key}.parameter", problem, remedy)
    for name in set(_PLACEHOLDER.findall(place.words)) - {placeholder}:
        yield Fault(FILE, f"{key}.words", f"nothing fills {{{name}}}.", f"Write {{{placeholder}}}, or no braces.")


def _parameter(place: _Line | _Gap, rules: Mapping[str, Rule]) -> Parameter | None:
    rule = rules.get(place.rule)
    return rule.parameters.get(place.parameter) if rule is not None else None


def _operator(rule: Rule, parameter: str) -> str | None:
    """Return by which of gt and gte a rule compares something with one of its parameters."""
    for part in rule.when:
        conditions: list[Condition] = [*part.where.values()]
        conditions += part.any.values() if isinstance(part, Pattern) else ()
        for condition in conditions:
            if isinstance(condition, Comparison):
                for name in _OPERATORS:
                    if getattr(condition, name) == ParameterRef(param=parameter):
                        return name
    return None


def _plan(entry: _Entry, rules: Mapping[str, Rule]) -> LanePlan:
    """Fill in the numbers of the rules."""
    gap = entry.gap
    window = parse_duration(str(rules[gap.rule].parameters[gap.parameter].value))
    return LanePlan(
        title=entry.title,
        gap=LaneGap(rule=gap.rule, parameter=gap.parameter, window=window, words=gap.words),
        lines=tuple(_line(line, rules[line.rule]) for line in entry.lines),
    )


def _line(line: _Line, rule: Rule) -> LaneLine:
    value = rule.parameters[line.parameter].value
    return LaneLine(
        rule=line.rule,
        parameter=line.parameter,
        of=line.of,
        value=float(value),
        inclusive=_operator(rule, line.parameter) == _OPERATORS[1],
        tone=line.tone,
        words=_PLACEHOLDER.sub(f"{value:g}" if isinstance(value, float) else str(value), line.words),
        band=line.band,
        only_reached=line.shown == "reached",
    )
