"""The rulebook in the browser: the list and what narrows it, and a page for every rule."""

import re
import subprocess
import sys
from datetime import date
from functools import cache
from html import escape
from itertools import pairwise
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from knowledge_builders import RULES, copy_of_rules, real_knowledge
from overlay_builders import LOCAL_CASES, LOCAL_RULE, knowledge_of, overlay
from service_builders import make_client

from kcds.engine.reference import ReferenceEngine
from kcds.knowledge.load import Knowledge, load_knowledge
from kcds.knowledge.rule import Rule
from kcds.pages.rulebook.book import RULES_REMEMBERED, Rulebook
from kcds.pages.rulebook.catalogue import Wanted, make_catalogue, read_wanted
from kcds.pages.rulebook.render import list_html, rule_html
from kcds.pages.rulebook.says import NO_DECISION, UNSIGNED, signed_by
from kcds.pages.site import Site

PRESSURE = "repeated-high-blood-pressure"
TODAY = date(2026, 11, 21)


@cache
def client() -> FlaskClient:
    return make_client()


@cache
def real_book() -> Rulebook:
    return Rulebook(real_knowledge(), (RULES,), ReferenceEngine)


def page_of(rule: str, knowledge: Knowledge, *directories: Path) -> str:
    """The page of one rule of any knowledge."""
    book = Rulebook(knowledge, directories, ReferenceEngine)
    found = book.find(rule)
    assert found is not None
    return rule_html(Site(), book.page(found), today=TODAY)


def shown(**wanted: str) -> list[Rule]:
    """The rules that a question leaves."""
    groups = make_catalogue(real_knowledge(), Wanted(**wanted)).groups
    return [row.rule for group in groups for row in group.rows]


def test_the_list_holds_every_rule_once_with_a_link_to_its_page() -> None:
    text = client().get("/rules").get_data(as_text=True)

    assert sorted(re.findall(r'href="/rules/([a-z0-9-]+)"', text)) == sorted(real_knowledge().rules_by_id)
    assert f'<h2 id="h-list">{len(real_knowledge().rules)} rules</h2>' in text


def test_the_list_is_sorted_by_category_and_title() -> None:
    groups = make_catalogue(real_knowledge(), Wanted()).groups

    for group in groups:
        titles = [row.rule.title.casefold() for row in group.rows]
        assert titles == sorted(titles)
        assert {row.rule.category for row in group.rows} == {group.category}


@pytest.mark.parametrize(
    ("wanted", "holds"),
    [
        ({"category": "caution"}, lambda rule: rule.category == "caution"),
        ({"effect": "stop"}, lambda rule: rule.effect == "stop"),
        ({"strength": "hard"}, lambda rule: rule.strength == "hard"),
        ({"grade": "Label"}, lambda rule: any(one.grade == "Label" for one in rule.evidence)),
        ({"owner": "unsigned"}, lambda rule: signed_by(rule.evidence) == UNSIGNED),
        ({"owner": "none"}, lambda rule: signed_by(rule.evidence) == NO_DECISION),
        ({"due": "2027-06-01"}, lambda rule: any(str(one.review_by) <= "2027-06-01" for one in rule.evidence)),
        ({"q": "C06"}, lambda rule: "C06" in rule.claims or "C06" in rule.evidence[0].citation),
        ({"category": "caution", "q": "liver"}, lambda rule: rule.category == "caution"),
    ],
)
def test_each_filter_leaves_what_it_asks_for_and_nothing_else(wanted: dict[str, str], holds: object) -> None:
    assert callable(holds)
    left = shown(**wanted)

    assert 0 < len(left) < len(real_knowledge().rules)
    assert [rule.id for rule in left if not holds(rule)] == []
    if "q" not in wanted:
        assert {rule.id for rule in real_knowledge().rules if holds(rule)} == {rule.id for rule in left}


def test_a_search_finds_all_words_in_any_order_and_case() -> None:
    assert PRESSURE in {rule.id for rule in shown(q="DAYS pressure")}
    assert {rule.id for rule in shown(q="pressure days")} == {rule.id for rule in shown(q="DAYS pressure")}


def test_the_form_shows_what_was_asked_for() -> None:
    text = client().get("/rules?category=caution&q=liver%22%3E&due=2027-06-01").get_data(as_text=True)

    assert '<option value="caution" selected>' in text
    assert 'value="liver&#34;&gt;"' in text
    assert 'value="2027-06-01"' in text


def test_a_question_without_an_answer_says_so() -> None:
    text = client().get("/rules?q=there-is-no-such-rule").get_data(as_text=True)

    assert "No rule is like this" in text
    assert f"0 of {len(real_knowledge().rules)} rules" in text


@pytest.mark.parametrize("query", ["category=x&effect=%00&q=" + "x" * 500, "q=%ff%fe", "unknown=1", "due=yesterday"])
def test_odd_questions_are_answered(query: str) -> None:
    assert client().get(f"/rules?{query}").status_code == 200


def test_a_long_search_text_is_cut() -> None:
    assert len(read_wanted({"q": "x" * 9_000}).q) <= 100


def test_an_unknown_rule_is_a_page_that_leads_back_to_the_list() -> None:
    response = client().get("/rules/no-such-rule%3Cb%3E")

    assert response.status_code == 404
    assert 'href="/rules"' in response.get_data(as_text=True)
    assert "no-such-rule" not in response.get_data(as_text=True)


def test_pages_are_not_kept_and_run_nothing_of_others() -> None:
    headers = client().get(f"/rules/{PRESSURE}").headers

    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("rule", real_knowledge().rules, ids=lambda rule: rule.id)
def test_every_rule_has_a_page_with_its_evidence_claims_numbers_and_cases(rule: Rule) -> None:
    page = real_book().page(rule)
    text = rule_html(Site(), page, today=TODAY)

    assert escape(rule.title, quote=False) in text.replace("&#39;", "'").replace("&#34;", '"')
    assert text.count("<h1>") == 1
    assert all(f'<span class="gr">{claim}</span>' in text for claim in rule.claims)
    assert len(page.evidence) == len(rule.evidence)
    assert {row.name.replace(" ", "_") for row in page.numbers} == set(rule.parameters)
    assert page.cases.rows
    assert page.cases.failed == 0
    assert page.cases.preview is not None
    assert not re.search(r"\{[a-z_.]+\}", re.sub(r"<script.*?</script>|<meta[^>]*>", "", text))
    assert all(one.met and one.crossed for one in page.cases.thresholds)
    assert all(need.queries or need.title in {"Data", "Finding", "Check"} for need in page.needs)


def test_headings_of_a_rule_follow_each_other() -> None:
    levels = [
        int(level) for level in re.findall(r"<h([1-6])", client().get(f"/rules/{PRESSURE}").get_data(as_text=True))
    ]

    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_page_names_the_stories_in_which_a_rule_applies() -> None:
    found = real_book().find("crps-indication")
    assert found is not None

    assert "crps-candidate" in real_book().page(found).stories


def test_a_value_set_stands_with_all_its_codes_and_says_which_nobody_verified() -> None:
    text = client().get("/rules/active-delirium").get_data(as_text=True)

    for code in real_knowledge().value_sets.codes_of("delirium"):
        assert f'class="mono">{code.code}</th>' in text
        assert escape(code.display) in text.replace("&#39;", "&#x27;")


def test_numbers_of_the_site_stand_beside_the_released_ones_with_the_reason(tmp_path: Path) -> None:
    changes = {f"{PRESSURE}.systolic": {"value": 150, "reason": "As our cardiologists ask"}}
    site = overlay(tmp_path, parameters=changes)
    text = page_of(PRESSURE, knowledge_of(site), RULES, site)

    assert re.search(r"<b>150</b> mmHg <span class=\"gr loc\">local policy</span>", text)
    assert '<td class="nw">160 mmHg</td>' in text
    assert "Why: As our cardiologists ask." in text
    assert "only those of the site are run" in text
    assert "none were run</span>" in text
    assert "pass</span>" not in text


def test_what_a_site_switched_off_is_said_on_the_page_and_in_the_list(tmp_path: Path) -> None:
    site = overlay(tmp_path, disable={"nmda-antagonist-taken": "Our pharmacy reviews these"})
    knowledge = knowledge_of(site)

    assert "Switched off here (not shown on cards): Our pharmacy reviews these" in page_of(
        "nmda-antagonist-taken", knowledge, RULES, site
    )
    assert "local policy</span>" in list_html(Site(), make_catalogue(knowledge, Wanted(local="yes")), today=TODAY)


def test_a_rule_of_the_site_has_a_page_with_its_own_cases(tmp_path: Path) -> None:
    site = overlay(tmp_path, rule=LOCAL_RULE, cases=LOCAL_CASES)
    text = page_of("local-late-start", knowledge_of(site), RULES, site)

    assert "all 2 pass" in text
    assert "a rule of this site." in text


def test_texts_of_rules_and_overlays_are_shown_as_text_and_never_as_markup(tmp_path: Path) -> None:
    words = "Policy <script>alert(1)</script> & 12"
    rule = LOCAL_RULE.replace("citation: Policy 12", f"citation: '{words}'").replace(
        "title: No infusions after noon", "title: 'Late & \"so\"'\npurpose: '<img src=x onerror=alert(1)>'"
    )
    site = overlay(tmp_path, rule=rule, cases=LOCAL_CASES)
    knowledge = knowledge_of(site)

    page = page_of("local-late-start", knowledge, RULES, site)
    listed = list_html(Site(), make_catalogue(knowledge, Wanted(q="<script>")), today=TODAY)

    assert "<script>alert" not in page
    assert "<img" not in page
    assert "Policy &lt;script&gt;alert(1)&lt;/script&gt; &amp; 12" in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "Late &amp; &#34;so&#34;</a>" in listed
    assert 'value="&lt;script&gt;"' in listed


def test_a_case_that_fails_says_what_was_expected(tmp_path: Path) -> None:
    directory = copy_of_rules(tmp_path)
    cases = directory / "contraindications" / "repeated_high_blood_pressure.cases.yaml"
    added = "  - {name: a wrong case, facts: [], unknown: [blood-pressure], expect: applies}\n"
    cases.write_text(cases.read_text() + added)
    text = page_of(PRESSURE, load_knowledge(directory), directory)

    assert "1 of 8 fail" in text
    assert "expected applies, was data-required (missing: blood-pressure)" in text


def test_a_case_file_that_cannot_be_read_says_so_on_the_page(tmp_path: Path) -> None:
    directory = copy_of_rules(tmp_path)
    knowledge = load_knowledge(directory)
    (directory / "contraindications" / "repeated_high_blood_pressure.cases.yaml").write_text("rule: [")
    text = page_of(PRESSURE, knowledge, directory)

    assert "Could not be read: contraindications/repeated_high_blood_pressure.cases.yaml" in text
    assert "No case shows it" in text


def test_a_review_that_is_due_is_marked_from_that_day_on() -> None:
    found = real_book().find(PRESSURE)
    assert found is not None
    page = real_book().page(found)
    day = page.evidence[0].source.review_by

    assert "overdue" not in rule_html(Site(), page, today=day)
    assert "overdue" in rule_html(Site(), page, today=date(day.year + 1, day.month, day.day))


def test_only_the_cases_of_the_last_rules_are_kept() -> None:
    book = Rulebook(real_knowledge(), (RULES,), ReferenceEngine)
    for rule in real_knowledge().rules[: RULES_REMEMBERED + 5]:
        book.page(rule)

    assert len(book._cases) == RULES_REMEMBERED


def test_a_service_that_only_answers_hooks_does_not_load_the_rulebook() -> None:
    code = (
        "import sys\n"
        "import kcds.app, kcds.web.application, kcds.web.pages.register\n"
        "print([name for name in sys.modules if name.startswith('kcds.pages.rulebook')])"
    )

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - ours

    assert answer.stdout.strip() == "[]"
