# ruff: noqa: S311 - seeded test data
"""Rules in words say all that the rules ask, and nothing that only programmers read."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from random import Random

import pytest
from knowledge_builders import RULES, real_knowledge
from overlay_builders import knowledge_of, overlay
from random_rules import frame_of, random_rule_set, rules_in, yaml_of

from kcds.knowledge.cases import Case, load_cases
from kcds.knowledge.clauses import Clause, clauses_of, parts_of, resolve
from kcds.knowledge.durations import duration_in_words, is_duration
from kcds.knowledge.load import read_knowledge
from kcds.knowledge.rule import Absence, Ago, Comparison, Pattern, Rule
from kcds.knowledge.templates import say
from kcds.model.facts import FACT_KINDS, schema_of, values_of
from kcds.pages.rulebook.case_words import fact_in_words
from kcds.pages.rulebook.phrase import Names
from kcds.pages.rulebook.phrases import KINDS
from kcds.pages.rulebook.values import Values
from kcds.pages.rulebook.words import ConditionInWords, asks_for, conditions

REAL = real_knowledge().rules
IDENTIFIER = re.compile(r"[a-z0-9]_[a-z0-9]|[{}|]")


def rule(name: str) -> Rule:
    return real_knowledge().rules_by_id[name]


def texts_of(one: Rule) -> list[str]:
    return [condition.text for condition in conditions(one, real_knowledge())]


def said_of(clause: Clause, one: Rule) -> ConditionInWords:
    """The words of the part in which a comparison stands."""
    parts = [part for _, part in parts_of(one)]
    number = next(index for index, part in enumerate(parts, 1) if part is clause.pattern)
    return next(condition for condition in conditions(one, real_knowledge()) if condition.number == number)


def titles_in(clause: Clause, one: Rule) -> Iterator[str]:
    """The titles that must stand in the words of a comparison."""
    knowledge, value = real_knowledge(), resolve(clause.operand, one)
    names = KINDS[clause.kind].properties[clause.property].names
    for name in value if isinstance(value, tuple) else (value,):
        if names is Names.SETS:
            yield knowledge.value_sets.titles[str(name)]
        if names is Names.RULES:
            yield knowledge.rules_by_id[str(name)].title
        if names is Names.ITEMS:
            yield knowledge.plan[str(name)].title
        if names is Names.DOMAINS:
            yield knowledge.domains[str(name)].title


def quantity_in(clause: Clause, one: Rule) -> str | None:
    """The number or duration that must stand in the words of a comparison."""
    value = resolve(clause.operand, one)
    if clause.operator in ("ref", "not_ref", "known") or (isinstance(value, bool | str) and not is_duration(value)):
        return None
    if isinstance(clause.operand, Ago) or is_duration(value):
        return duration_in_words(str(value))
    if isinstance(value, int | float) and value not in KINDS[clause.kind].properties[clause.property].words:
        return say(value)
    return None


@pytest.mark.parametrize("one", REAL, ids=lambda one: one.id)
def test_every_comparison_of_a_rule_stands_in_its_words(one: Rule) -> None:
    for clause in clauses_of(one):
        text = said_of(clause, one).text
        wanted = [*titles_in(clause, one), *filter(None, [quantity_in(clause, one)])]

        assert [missing for missing in wanted if missing not in text] == [], text


@pytest.mark.parametrize("one", REAL, ids=lambda one: one.id)
def test_no_identifier_of_the_program_stands_in_the_words_of_a_rule(one: Rule) -> None:
    titles = {real_knowledge().rules_by_id[name].id for name in real_knowledge().rules_by_id}
    names = titles | {name for name in real_knowledge().value_sets.names() if "-" in name}
    words = [asks_for(one, real_knowledge()), *texts_of(one)]

    assert [text for text in words if IDENTIFIER.search(text)] == []
    assert [name for name in FACT_KINDS if "-" in name and name != "child-pugh" for text in words if name in text] == []
    assert [name for name in names if "-" in name for text in words if re.search(rf"“{name}”", text)] == []


@pytest.mark.parametrize("one", REAL, ids=lambda one: one.id)
def test_every_number_of_when_stands_in_the_short_sentence_too(one: Rule) -> None:
    text = asks_for(one, real_knowledge())
    in_when = [clause for clause in clauses_of(one) if clause.key.startswith("when")]

    assert [q for clause in in_when if (q := quantity_in(clause, one)) and q not in text] == []


def test_what_aliases_are_called_changes_no_word() -> None:
    for one in REAL:
        renamed = one.model_copy(
            update={"when": tuple(map(_renamed, one.when)), "scope": tuple(map(_renamed, one.scope))}
        )
        if one.having is None:
            assert [c.text for c in conditions(renamed, real_knowledge())] == texts_of(one)


def _renamed(part: Pattern | Absence) -> Pattern | Absence:
    """The same part with other names for aliases, where it points to them too."""
    where = {name: _with_other_alias(condition) for name, condition in part.where.items()}
    changes: dict[str, object] = {"where": where}
    if isinstance(part, Pattern):
        changes["as_"] = f"zz_{part.as_}"
    return part.model_copy(update=changes)


def _with_other_alias(condition: object) -> object:
    if not isinstance(condition, Comparison):
        return condition
    names = [name for name in ("ref", "not_ref") if getattr(condition, name) is not None]
    return condition.model_copy(update={name: f"zz_{getattr(condition, name)}" for name in names})


def test_a_rule_is_one_readable_sentence() -> None:
    assert asks_for(rule("repeated-high-blood-pressure"), real_knowledge()) == (
        "A day's highest blood pressure: within the last 30 days, systolic above 160 mmHg or diastolic above 100 mmHg; "
        "and on at least 2 different days"
    )
    assert asks_for(rule("prior-treatment-met"), real_knowledge()) == (
        "The treatments tried before: at least 2 drug classes certainly failed, at least 1 kind of non-drug treatment "
        "completed"
    )


@pytest.mark.parametrize(
    ("kind", "name", "condition", "said"),
    [
        ("blood-pressure", "systolic", {"gt": 160}, "systolic above 160 mmHg"),
        ("blood-pressure", "systolic", {"gte": 160}, "systolic at or above 160 mmHg"),
        ("blood-pressure", "systolic", {"lt": 160}, "systolic below 160 mmHg"),
        ("blood-pressure", "systolic", {"lte": 160}, "systolic at or below 160 mmHg"),
        ("blood-pressure", "systolic", 160, "systolic exactly 160 mmHg"),
        ("blood-pressure", "systolic", {"ne": 160}, "systolic known and other than 160 mmHg"),
        ("blood-pressure", "systolic", {"known": True}, "systolic recorded"),
        ("blood-pressure", "systolic", {"known": False}, "systolic not recorded"),
        ("blood-pressure", "date", {"on_or_after": {"ago": "P30D"}}, "within the last 30 days"),
        ("blood-pressure", "date", {"after": {"ago": "P6W"}}, "less than 6 weeks ago"),
        ("blood-pressure", "date", {"before": {"ago": "P1M"}}, "more than 1 month ago"),
        ("blood-pressure", "date", {"on_or_before": {"ago": "P1Y"}}, "at least 1 year ago"),
        ("blood-pressure", "date", {"before": date(2026, 11, 6)}, "before 6 Nov 2026"),
        ("blood-pressure", "date", {"on_or_after": date(2026, 11, 6)}, "on or after 6 Nov 2026"),
        ("exposure", "infusions", {"gte": 1}, "at least 1 infusion within the last 12 months"),
        ("exposure", "infusions", {"lt": 3}, "fewer than 3 infusions within the last 12 months"),
        ("exposure", "infusions", {"lte": 2}, "at most 2 infusions within the last 12 months"),
        ("exposure", "last", {"after": {"ago": "P28D"}}, "last infusion less than 28 days ago"),
        ("measurement", "times_upper", {"gt": 3}, "above 3 times the upper limit of the laboratory"),
        ("measurement", "rank", 0, "the latest"),
        ("measurement", "rank", 2, "place counted from the latest exactly 2"),
        ("response", "best_percent", {"gte": 30}, "best relief since the course at or above 30%"),
        ("patient", "adult", True, "an adult"),
        ("patient", "adult", False, "not an adult"),
        ("patient", "adult", {"ne": True}, "not an adult"),
        ("patient", "sex", {"in": ("female", "male", "other")}, "female, male or other"),
        ("medication", "ended", {"known": False}, "without a recorded end"),
        ("treatment", "hours", {"known": True}, "length of one infusion recorded"),
        ("treatment", "bolus_mg_per_kg", {"gt": 0.35}, "dose given at once above 0.35 mg/kg"),
        ("opioid-dose", "mme", {"gte": 50}, "morphine equivalents at or above 50 mg a day"),
        ("condition", "label", "Sleep apnoea", "named “Sleep apnoea”"),
    ],
)
def test_each_comparison_has_its_words(kind: str, name: str, condition: object, said: str) -> None:
    when = [{"as": "it", "fact": kind, "where": {name: condition}}]
    evidence = {"last_reviewed": date(2026, 1, 1), "review_by": date(2027, 1, 1)}
    frame = frame_of("any")
    frame["evidence"] = [frame["evidence"][0] | evidence]
    (one,) = conditions(Rule.model_validate(frame | {"when": when}), real_knowledge())

    assert one.terms == (said,)


def test_conditions_point_to_each_other_by_number() -> None:
    texts = texts_of(rule("acute-respiratory-infection"))

    assert "with the same code as the problem of condition 1" in texts[1]
    assert "latest possible onset more than 60 days ago" in texts[1]


def test_an_absence_says_what_proves_it_and_who_speaks_instead() -> None:
    assert "(proved only where this is known: medication list)" in texts_of(rule("carbamazepine-untried"))[3]
    assert "(not asked where a site has switched off “Thyroid storm”)" in texts_of(rule("thyrotoxicosis-by-tsh"))[1]


def test_a_short_sentence_never_leaves_out_what_an_absence_asks() -> None:
    assert asks_for(rule("pain-problem-unconfirmed"), real_knowledge()).endswith(
        "; and no pain problem, confirmed, with a code that states pain"
    )


def test_alternatives_within_an_alternative_stay_its_own() -> None:
    assert texts_of(rule("heart-or-vascular-disease"))[0].endswith(
        "either active, or in “Chronic coronary disease and old infarction” or “Acute or decompensated heart failure”"
    )


def test_required_data_are_conditions_of_their_own() -> None:
    required = [one for one in conditions(rule("maoi-taken"), real_knowledge()) if one.part == "requires"]

    assert [one.text for one in required] == ["Medication list known", "Identity of every medicine known"]
    assert [one.index for one in required] == [0, 1]


def test_a_number_of_the_site_is_marked_as_its_own(tmp_path: Path) -> None:
    changes = {"repeated-high-blood-pressure.systolic": {"value": 150, "reason": "As our cardiologists ask"}}
    knowledge = knowledge_of(overlay(tmp_path, parameters=changes))
    changed = knowledge.rules_by_id["repeated-high-blood-pressure"]

    assert "systolic above 150 mmHg (local policy) or" in asks_for(changed, knowledge)
    assert "systolic above 150 mmHg (local policy; released: 160) or" in conditions(changed, knowledge)[0].text


def test_what_is_remembered_is_never_said_of_another_knowledge_or_another_form_of_a_rule(tmp_path: Path) -> None:
    changes = {"repeated-high-blood-pressure.systolic": {"value": 150, "reason": "As our cardiologists ask"}}
    local = knowledge_of(overlay(tmp_path, parameters=changes))
    one = rule("repeated-high-blood-pressure")
    shorter = one.model_copy(update={"having": None})

    before = asks_for(one, real_knowledge())
    asks_for(local.rules_by_id[one.id], local)

    assert asks_for(one, real_knowledge()) == before
    assert asks_for(shorter, real_knowledge()) == before.removesuffix("; and on at least 2 different days")
    assert conditions(one, real_knowledge()) is conditions(one, real_knowledge())
    assert len(conditions(shorter, real_knowledge())) == len(conditions(one, real_knowledge())) - 1


def test_every_property_of_every_kind_of_fact_has_its_words() -> None:
    assert {kind: set(phrases.properties) for kind, phrases in KINDS.items()} == {
        kind: set(schema_of(kind)) for kind in FACT_KINDS
    }


@cache
def real_cases() -> tuple[Case, ...]:
    return load_cases(RULES, read_knowledge(RULES, as_of=None).words, [])


def test_every_number_of_every_case_stands_in_its_words() -> None:
    for case in real_cases():
        values = Values(rule=rule(case.rule), knowledge=real_knowledge(), short=False)
        for fact in case.facts:
            text = fact_in_words(fact, values)
            words = {name: KINDS[fact.kind].properties[name].words for name in values_of(fact)}
            numbers = [
                say(value)
                for name, value in values_of(fact).items()
                if isinstance(value, float) and value not in words[name]
            ]

            assert [number for number in numbers if number not in text] == [], text


@pytest.mark.parametrize("seed", range(60))
def test_any_rule_that_can_be_written_can_be_said(seed: int, tmp_path: Path) -> None:
    for one in rules_in(tmp_path, yaml_of(random_rule_set(Random(seed)))):
        said = conditions(one, real_knowledge())

        assert asks_for(one, real_knowledge())
        assert len(said) == len(one.scope) + len(one.when) + len(one.requires) + (one.having is not None)
        for clause in clauses_of(one):
            quantity = quantity_in(clause, one)
            assert quantity is None or quantity in said_of(clause, one).text
