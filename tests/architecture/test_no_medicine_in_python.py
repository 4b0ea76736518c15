"""No rule is named in Python, and no clinical number stands there: both are data under `rules/`."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from kcds.knowledge.paths import rules_directory

PACKAGE = Path(__file__).parents[2] / "kcds"
MODULES = sorted(PACKAGE.rglob("*.py"))
NUMBER = re.compile(r"-?\d{1,6}(\.\d+)?|P\d+[YMWD]")

TECHNICAL = {
    "web",
    "engine",
    "cds_hooks",
    "errors",
    "cli",
    "settings",
    "setting_values",
    "settings_report",
    "auth",
    "outbound",
    "store",
    "logs",
    "cli_faults",
    "cli_input",
    "cli_output",
    "cli_timings",
    "rules_cli",
    "sample",
    "reload_cli",
    "serve_cli",
    "staff_cli",
    "advice_cli",
}
"""Parts that know nothing of patients: HTTP statuses, ports, sizes, limits of the C library."""

DRAWING = "pages/charts/"
"""Sizes and places of what is drawn; the thresholds and the values come from rules and facts."""

ANYWHERE = {-1, 0, 1, 2}
"""The first, the last, none, a pair."""

NUMBERS: dict[str, tuple[set[float], str]] = {
    "cards/gaps.py": ({4}, "parts of the record that a card names"),
    "cards/plain_text.py": ({60}, "characters of a text of the record that a card shows"),
    "facts/conditions.py": ({80}, "characters of a text of the record"),
    "facts/doses.py": ({24}, "hours of a day"),
    "facts/measurements.py": (
        {60, 0.45359237, 17.1, 12.87, 1000, 16, 10},
        "ukat to U; lb to kg; umol/L to mg/dL; pmol/L to ng/dL; g to kg; oz; g/L to g/dL",
    ),
    "facts/medications.py": ({60}, "characters of a text of the record"),
    "facts/observations.py": ({64}, "answers remembered"),
    "facts/opioid_dose.py": ({1000}, "mg to ug"),
    "facts/response.py": ({100}, "percent"),
    "facts/units.py": ({1000, 0.001, 60, 24, 168}, "ug and g to mg, L to mL; minutes, days and weeks to hours"),
    "fhir/assembly.py": ({10_000}, "resources of one patient that are read"),
    "fhir/dates.py": ({60, 59, 0, 3, 4, 6, 12}, "places and ranges in a FHIR date"),
    "fhir/fetch.py": ({100}, "Medications read for one call"),
    "fhir/fetch_server.py": (
        {8, 12, 1024, 50, 200, 10},
        "bytes, pages and requests of one call; the status of success",
    ),
    "fhir/medication_uses.py": ({3, 4, 6, 8}, "times a day or hours apart that a timing code of FHIR means"),
    "fhir/person.py": ({3, 9, 120}, "the order of names; characters of one"),
    "fhir/plain_types.py": ({31}, "bits of an integer"),
    "fhir/validation.py": ({25, 40, 3, 200_000, 64}, "repairs, depth and size of what is sent"),
    "knowledge/cases.py": ({2026, 11, 21}, "the day on which cases happen"),
    "knowledge/check_policy.py": (
        {90, 731},
        "days before a review is due in which a warning comes, and most between two",
    ),
    "knowledge/check_reach.py": ({2026, 2028, 3, 11, 21, 29}, "days on which contradictions are looked for"),
    "knowledge/check_texts.py": ({140, 40, 999.9, 99}, "lengths of texts, and numbers to fill them with"),
    "knowledge/coverage.py": ({3, 0.1}, "how close to a threshold a case must lie"),
    "knowledge/drug_names.py": ({4}, "letters of the shortest name"),
    "knowledge/durations.py": (
        {200, 2400, 10_400, 73_000, 5, 2026},
        "the longest duration that a calendar bears; digits of it; a day from which durations are compared",
    ),
    "knowledge/ndc.py": ({11, 3, 4, 5}, "digits of an NDC"),
    "knowledge/overlay.py": (
        {3, 8, 200, 500, 5000},
        "characters of a reason and of the name of an overlay; entries that it may have",
    ),
    "knowledge/new_rule.py": ({118, 4}, "characters of a line, and of its indent"),
    "knowledge/remembered.py": ({8192, 200}, "codes remembered, and how long one may be"),
    "knowledge/rule.py": ({50, 60}, "middle priority; characters of an id"),
    "knowledge/schema.py": ({0.6, 12}, "how alike two spellings are; words named in a message"),
    "knowledge/spoken.py": ({12}, "months of a year"),
    "knowledge/templates.py": ({6, 0.01, 10, 15}, "decimals of a number on a card; digits of one beyond all measure"),
    "knowledge/value_sets.py": ({3}, "letters of an ICD-10 category"),
    "knowledge/yaml_files.py": ({1e12, 20}, "the largest number that a file may hold; characters of it that are shown"),
    "pages/review/banner.py": ({3}, "allergies that the banner names"),
    "pages/review/findings.py": ({4}, "values that a line names"),
    "pages/review/note.py": ({5, 6}, "findings and checks that the note names"),
    "pages/review/unknown.py": ({3}, "findings that a column of the advice shows"),
    "pages/review/why.py": ({12}, "rules that cannot tell which are in sight"),
    "model/code_systems.py": ({3, 512, 200}, "letters of an ICD-10 category; names remembered, and their length"),
    "model/dates.py": ({12, 31}, "months and days of a date"),
    "pages/rulebook/book.py": ({64}, "rules whose cases are remembered"),
    "pages/rulebook/catalogue.py": ({100}, "characters of a search text"),
    "pages/rulebook/stories.py": ({12}, "noon"),
    "pages/rulebook/values.py": ({3}, "names that a short sentence holds of a list"),
    "pages/timeline/infusions.py": ({120}, "days of infusion that are drawn"),
    "pages/timeline/thinned.py": ({120}, "points of one series that are drawn"),
    "pages/timeline/trials.py": ({10, 200}, "treatments that are drawn, and that are listed"),
    "pages/demo/view.py": ({400_000, 1000}, "characters of JSON that are shown; bytes of a kilobyte"),
    "pages/reports/asked.py": ({4, 13, 26, 52, 30}, "weeks of a period; calls of a client that is told apart"),
    "pages/reports/queue.py": ({0.9, 30, 500}, "which part of how many cards is much; calls enough to expect a rule"),
    "pages/reports/rates.py": (
        {1.959963984540054, 100, 0.25},
        "a quarter, as the formula has it; a percentile of the normal distribution; percent",
    ),
    "pages/reports/report.py": ({0.95, 100}, "the part of calls that a time holds for; cards in so many calls"),
    "pages/reports/small.py": ({10, 4}, "the smallest count that is shown; how far a hidden one is left open"),
    "pages/site.py": ({12}, "digits of a digest"),
    "service.py": ({4}, "the quarter of the time that is kept for the advice"),
}
"""Numbers of form and of units, module by module. What a clinician might want to change has no place here."""


@cache
def rule_ids() -> set[str]:
    files = (path for path in rules_directory().rglob("*.yaml") if not path.name.endswith(".cases.yaml"))
    return {found.group(1) for path in files if (found := re.match(r"(?:#.*\n)*id: (\S+)", path.read_text("utf-8")))}


def literals(path: Path) -> Iterator[object]:
    """Every constant of a module but its docstrings and other free-standing texts."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    loose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in loose)


def numbers(path: Path) -> set[float]:
    """The numbers of a module, also those in quotes, and durations by their number."""
    found = set()
    for value in literals(path):
        if isinstance(value, int | float) and not isinstance(value, bool):
            found.add(float(value))
        elif isinstance(value, str) and NUMBER.fullmatch(value):
            found.add(float(value.strip("PYMWD")))
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_rule_is_named_in_python(path: Path) -> None:
    words = set(re.findall(r"[\w-]+", path.read_text(encoding="utf-8").replace("_", "-").lower()))

    assert len(rule_ids()) > 100
    assert words & rule_ids() == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_clinical_number_stands_in_python(path: Path) -> None:
    module = str(path.relative_to(PACKAGE))
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    allowed, _reason = NUMBERS.get(module, (set(), ""))

    assert part in TECHNICAL or module.startswith(DRAWING) or numbers(path) - ANYWHERE <= allowed


def test_the_list_of_numbers_names_only_what_is_there() -> None:
    unused = {
        module: allowed - numbers(PACKAGE / module)
        for module, (allowed, _) in NUMBERS.items()
        if not allowed <= numbers(PACKAGE / module)
    }

    assert unused == {}
