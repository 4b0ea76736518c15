"""The source attributes (45 CFR 170.315(b)(11)(iv)(A)) say of rules what rules do."""

import sys
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path

import pytest
from builders import Json
from service_builders import SAMPLE_NAMES, noon, real_service, sample

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from attribute_use import OF_DOMAINS, Use, uses_of  # noqa: E402 - the scripts are no package
from doc_blocks import refreshed  # noqa: E402
from make_source_attributes import PAGE, make_parts  # noqa: E402

from kcds.cds_hooks.request import read_hook_request  # noqa: E402
from kcds.cds_hooks.services import SERVICES  # noqa: E402
from kcds.service import Assessment  # noqa: E402

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core"


@cache
def as_sent(name: str) -> Assessment:
    return assess(sample(name))


def assess(request: Json) -> Assessment:
    service = SERVICES[f"ketamine-{request['hook']}"]
    return real_service().respond(read_hook_request(request, service), noon())


def with_patient(name: str, change: Callable[[Json], None]) -> Json:
    request = deepcopy(sample(name))
    change(request["prefetch"]["patient"])
    return request


def other_sex(patient: Json) -> None:
    patient["gender"] = "female" if patient["gender"] == "male" else "male"


def older(patient: Json) -> None:
    patient["birthDate"] = f"{int(patient['birthDate'][:4]) - 40}{patient['birthDate'][4:]}"


def a_child(patient: Json) -> None:
    patient["birthDate"] = "2015-05-05"


def who_they_are(patient: Json) -> None:
    """Everything that attributes 5 to 9 are about, as US Core has it."""
    group = [{"url": "ombCategory", "valueCoding": {"system": "urn:oid:2.16.840.1.113883.6.238", "code": "2054-5"}}]
    concept = {"coding": [{"system": "http://snomed.info/sct", "code": "38628009"}]}
    patient["extension"] = [
        {"url": f"{US_CORE}-race", "extension": [*group, {"url": "text", "valueString": "any"}]},
        {"url": f"{US_CORE}-ethnicity", "extension": [*group, {"url": "text", "valueString": "any"}]},
        {"url": f"{US_CORE}-birthsex", "valueCode": "UNK"},
        {"url": f"{US_CORE}-genderIdentity", "valueCodeableConcept": concept},
        {"url": f"{US_CORE}-sexual-orientation", "valueCodeableConcept": concept},
    ]
    patient["communication"] = [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "es"}]}}]


def answers_otherwise(before: Assessment, after: Assessment) -> set[str]:
    """The rules that answer otherwise, or on other grounds."""

    def said(assessment: Assessment) -> dict[str, object]:
        return {f.rule: (f.answer, f.missing, f.supporting) for f in assessment.findings.all}

    old, new = said(before), said(after)
    return {rule for rule in old if old[rule] != new[rule]}


def test_the_page_says_what_the_rules_say_today() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert refreshed(page, make_parts(real_service().knowledge)) == page, "run scripts/make_source_attributes.py"


@pytest.mark.parametrize(("use", "change"), [(Use.SEX, other_sex), (Use.BIRTH_DATE, older), (Use.BIRTH_DATE, a_child)])
def test_only_rules_that_are_said_to_use_sex_or_birth_date_depend_on_it(
    use: Use, change: Callable[[Json], None]
) -> None:
    knowledge = real_service().knowledge
    said = {rule.id for rule in knowledge.active_rules if use in uses_of(rule, knowledge)}

    depending = set[str]()
    for name in SAMPLE_NAMES:
        depending |= answers_otherwise(as_sent(name), assess(with_patient(name, change)))

    assert depending
    assert depending <= said


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_race_ethnicity_language_orientation_and_gender_identity_are_not_read(name: str) -> None:
    changed = assess(with_patient(name, who_they_are))

    assert changed.facts == as_sent(name).facts


def test_no_value_set_holds_codes_of_social_determinants() -> None:
    value_sets = real_service().knowledge.value_sets
    social = tuple(f"Z{number}" for number in (*range(55, 61), *range(62, 66)))

    codes = [code for name in value_sets.names() for system, code in value_sets.pairs_of(name) if "icd-10" in system]

    assert codes
    assert [code for code in codes if code.startswith(social)] == []


def test_the_domains_that_uses_are_told_of_exist() -> None:
    assert set(OF_DOMAINS) <= set(real_service().knowledge.domains)
