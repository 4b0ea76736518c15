"""Random rule sets over the whole rule language, as YAML, and the constructs that a rule uses.

The rules ask for odd things on purpose: text that looks like a number, quotes, long words, days at the end of a month.
They are written as YAML and read back by the program's own reader, so that a counterexample can be printed and kept.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import yaml

from kcds.knowledge.rule import Rule
from kcds.knowledge.yaml_files import read_yaml
from kcds.model.facts import FACT_KINDS, KNOWN_STATES, schema_of

Raw = dict[str, Any]

DOMAINS = ("ecg", "liver", "medications")
STATES = (*sorted(KNOWN_STATES), "missing", "stale", "failed", None)
TEXTS = (
    *("a", "b", "ab", "a b", "a ", " a", "", "a!", "A", "1", "1.0", "01", "-0", "1e3", "true", "null", "2026-11-21"),
    *("it's", 'say "x"', "100%", "%25", "a+b", "a/b:c", "\\", "\n", "\x00", "b:é", "ß…日本", "🙂", "sha256%00"),
    *("x" * 200, "x" * 201, "x" * 202, "é" * 150, "é" * 199, '"' * 200),
)
NUMBERS = (0, 1, -1, 2, 2.5, 0.1, 0.3, 0.30000000000000004, 160, -160.25, 0.0001, 99_999_999_999, 0.0, -0.0, 7.0)
DAYS = ("2026-11-20", "2024-02-29", "2024-01-31", "2025-03-31", "1900-01-01", "2099-12-31")
DURATIONS = ("P0D", "P1D", "P30D", "P2W", "P1M", "P11M", "P1Y", "P18Y", "P120Y")
ORDERS = {"number": ("gt", "gte", "lt", "lte"), "day": ("before", "on_or_before", "after", "on_or_after")}
LIMITS = ("gte", "gt", "lt", "lte", "eq")
PARAMETERS = {"number": "number", "text": "text", "truth": "truth"}
WORDS = {"str": "text", "float": "number", "bool": "truth", "date": "day"}
MADE_BY_THE_PROGRAM = ("data", "finding")
PATIENT_KINDS = tuple(kind for kind in FACT_KINDS if kind not in MADE_BY_THE_PROGRAM)


class Day(str):
    """A day that YAML writes without quotes."""

    __slots__ = ()


_Base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Writer(_Base):  # type: ignore[misc]
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - a rule file may hold no aliases
        return True


_Writer.add_representer(Day, lambda writer, day: writer.represent_scalar("tag:yaml.org,2002:timestamp", str(day)))


def word_of(kind: str, name: str) -> str:
    """What a property holds: text, number, truth or day."""
    return WORDS[schema_of(kind)[name].__name__]


def frame_of(name: str) -> Raw:
    """What every rule needs besides its logic."""
    evidence = {"citation": "none", "grade": "Design", "verified": "D"}
    return {
        "id": name,
        "version": "1.0.0",
        "status": "active",
        "title": name,
        "category": "caution",
        "effect": "caution",
        "claims": ["A01"],
        "card": {"summary": name},
        "evidence": [evidence | {"last_reviewed": Day("2026-01-01"), "review_by": Day("2027-01-01")}],
    }


def random_rule_set(random: Random) -> list[Raw]:
    """Some rules about the same few kinds of fact, so that they share conditions; the last one or two are plans."""
    kinds = random.sample(PATIENT_KINDS, random.randint(2, 4))
    texts = random.sample(TEXTS, 6)
    number, plans = random.randint(3, 9) if random.random() < 0.99 else 50, random.randint(1, 2)
    rules: list[Raw] = []
    for index in range(number):
        writer = _RuleWriter(random, kinds, texts, tuple(rule["id"] for rule in rules))
        plan = index >= number - plans
        same = random.choice(rules)["when"] if rules and not plan and random.random() < 0.2 else None
        rules.append(writer.write(f"r{index}", plan=plan, when=same))
    return rules


def yaml_of(rules: Sequence[Raw]) -> str:
    """A rule set as one YAML document."""
    return yaml.dump(list(rules), Dumper=_Writer, sort_keys=False, allow_unicode=False, width=110)


def rules_in(directory: Path, text: str) -> list[Rule]:
    """Read a rule set as the program reads its files."""
    path = directory / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    read: Any = read_yaml(path, path.name)
    return [Rule.model_validate(raw) for raw in read]


class _RuleWriter:
    """Writes one rule; most conditions come from few values, so that facts meet them."""

    def __init__(self, random: Random, kinds: Sequence[str], texts: Sequence[str], others: Sequence[str]) -> None:
        self._random = random
        self._kinds = kinds
        self._texts = texts
        self._others = others
        self._aliases: dict[str, str] = {}  # alias -> kind, of this part of the rule
        self._joined: list[str] = []  # aliases that refer to others

    def write(self, name: str, *, plan: bool, when: list[Raw] | None) -> Raw:
        """One rule in which only the logic matters; `when` is what another rule asks already."""
        random = self._random
        rule: Raw = frame_of(name) | {
            "stage": "plan" if plan else "assess",
            "requires": random.sample(DOMAINS, random.choice((0, 0, 1, 2))),
            "parameters": {
                "number": {"value": random.choice(NUMBERS)},
                "text": {"value": random.choice(self._texts)},
                "truth": {"value": random.random() < 0.5},
                "window": {"value": random.choice(DURATIONS)},
            },
            "scope": self._parts("s", random.choice((0, 0, 0, 1, 2))),
            "when": when or self._parts("w", random.choice((1, 1, 2, 2, 3, 4)), plan=plan),
        }
        patterns = {part["as"]: part["fact"] for part in (*rule["scope"], *rule["when"]) if "as" in part}
        if patterns and random.random() < 0.4:
            rule["having"] = self._having(patterns)
        if patterns and random.random() < 0.2:
            alias = random.choice(list(patterns))
            member = random.choice(list(schema_of(patterns[alias])))
            rule |= {"show": random.choice(("latest", "worst")), "worst_by": f"{alias}.{member}"}
        return rule

    def _parts(self, prefix: str, most: int, *, plan: bool = False) -> list[Raw]:
        self._aliases, self._joined = {}, []
        parts = [self._part(f"{prefix}_{'abcd'[number]}") for number in range(most)]
        if plan and self._others and self._random.random() < 0.8:
            parts.append(self._about_findings())
        return parts

    def _part(self, alias: str) -> Raw:
        random = self._random
        if random.random() < 0.04:
            where: Raw = {"domain": random.choice(DOMAINS)} | ({"state": "known"} if random.random() < 0.5 else {})
            self._aliases[alias] = "data"
            return {"as": alias, "fact": "data", "where": where}
        kind = random.choice(self._kinds)
        names = list(schema_of(kind))
        where = {
            name: self._condition(kind, name)
            for name in random.sample(names, min(len(names), random.choice((0, 1, 1, 2, 3))))
        }
        refers = self._refs(kind, names, where)
        if random.random() < 0.3:
            return self._absence(kind, where)
        part = {"as": alias, "fact": kind, "where": where}
        if random.random() < 0.3:
            arms = random.sample(names, min(len(names), random.choice((1, 2, 2, 3))))
            part["any"] = {name: self._condition(kind, name, dates_before_today=False) for name in arms}
        self._aliases[alias] = kind
        self._joined += [alias] if refers else []
        return part

    def _absence(self, kind: str, where: Raw) -> Raw:
        absence: Raw = {"none": kind, "where": where, "domain": self._random.choice((*DOMAINS, None))}
        if self._others and self._random.random() < 0.1:
            absence["said_by"] = [self._random.choice(self._others)]
        return absence

    def _refs(self, kind: str, names: Sequence[str], where: Raw) -> bool:
        """Refer to earlier patterns of this part: to one that itself refers to another if there is one."""
        random = self._random
        chosen = [alias for alias in self._aliases if random.random() < (0.8 if alias in self._joined else 0.5)]
        found = False
        for alias in chosen:
            other = self._aliases[alias]
            pairs = [(n, m) for n in names for m in schema_of(other) if word_of(kind, n) == word_of(other, m)]
            if pairs:
                name, their = random.choice(pairs)
                where[name] = {random.choice(("ref", "ref", "ref", "not_ref", "not_ref")): f"{alias}.{their}"}
                found = True
        return found

    def _about_findings(self) -> Raw:
        random = self._random
        where: Raw = {"rule": random.choice(self._others)} if random.random() < 0.8 else {}
        if random.random() < 0.4:
            where["answer"] = random.choice(("applies", "data-required"))
        if random.random() < 0.2:
            where["category"] = "caution"
        if random.random() < 0.25:
            return {"none": "finding", "where": where, "domain": None}
        return {"as": "w_f", "fact": "finding", "where": where}

    def _condition(self, kind: str, name: str, *, dates_before_today: bool = True) -> Any:
        random = self._random
        if random.random() < 0.1:
            return {"known": random.random() < 0.6}
        word = word_of(kind, name)
        if word == "text" and random.random() < 0.3:
            return {"in": random.sample(self._texts, random.randint(1, 3))}
        if word in ORDERS and random.random() < 0.55:
            keys = random.sample(ORDERS[word], 2 if random.random() < 0.1 else 1)
            return {key: self._operand(word, dates_before_today=dates_before_today) for key in keys}
        key = random.choice(("bare", "bare", "eq", "ne"))
        value = self._operand(word, dates_before_today=dates_before_today and key != "bare", equality=True)
        return value if key == "bare" else {key: value}

    def _operand(self, word: str, *, dates_before_today: bool, equality: bool = False) -> Any:
        """A constant, a parameter, or a day before today (which equality does not take)."""
        random = self._random
        if word == "day":
            if equality or not dates_before_today or random.random() < 0.2:
                return Day(random.choice(DAYS))
            return {"ago": {"param": "window"} if random.random() < 0.3 else random.choice(DURATIONS)}
        if random.random() < 0.35:
            return {"param": PARAMETERS[word]}
        values: Sequence[Any] = {"text": self._texts, "number": NUMBERS, "truth": (True, False)}[word]
        return random.choice(values)

    def _having(self, patterns: dict[str, str]) -> Raw:
        random = self._random
        alias = random.choice(list(patterns))
        member = random.choice(list(schema_of(patterns[alias])))
        counted = {"count": alias} if random.random() < 0.5 else {"count_distinct": f"{alias}.{member}"}
        if random.random() < 0.1:
            return counted | {"gte": 1, "lt": 3}
        return counted | {random.choice(LIMITS): random.choice((0, 1, 1, 2, 2, 3))}


def values_named(rules: Iterable[Raw], kind: str, name: str) -> Iterator[Any]:
    """The conditions that rules put on one property of one kind of fact."""
    for rule in rules:
        for part in (*rule["scope"], *rule["when"]):
            if kind in {part.get("fact"), part.get("none")}:
                yield from (block[name] for block in (part["where"], part.get("any", {})) if name in block)
