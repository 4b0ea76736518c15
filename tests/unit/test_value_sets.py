"""Value sets: the loader, its faults, and what the shipped sets promise (traps of the knowledge base)."""

import csv
import json
import re
from pathlib import Path

import pytest
import yaml
from knowledge_builders import real_knowledge

from kcds.errors import KnowledgeError
from kcds.knowledge.value_sets import ValueSets, load_value_sets
from kcds.model.code_systems import ICD_10, ICD_10_CM, LOINC, RXNORM, SNOMED

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = real_knowledge().value_sets
KNOWLEDGE = ROOT.parent / "shared" / "knowledge" / "valuesets"
ATC = "http://www.whocc.no/atc"
DISPLAYS = yaml.safe_load((ROOT / "scripts" / "displays.yaml").read_text(encoding="utf-8"))
SNOMED_TAGS = "disorder|finding|situation|procedure|regime/therapy|qualifier value"

DISJOINT = [
    ("sud-active-any", "sud-remission-any"),
    ("sud-active-any", "oud-on-agonist-therapy"),
    ("sud-active-any", "sud-history-findings"),
    ("sud-active-any", "substance-related-other"),
    ("sud-active-any", "substance-use-unspecified-not-sud"),
    ("sud-remission-any", "sud-history-findings"),
    ("sud-remission-any", "substance-related-other"),
    ("sud-remission-any", "substance-use-unspecified-not-sud"),
    ("sud-ketamine-hallucinogen-active", "sud-ketamine-hallucinogen-remission"),
    ("sud-active-any", "psychosis-remission"),
    ("psychosis-active", "psychosis-remission"),
    ("psychosis-active", "psychosis-risk-schizotypal"),
    ("psychosis-active", "dementia"),
    ("mania-active", "sud-active-any"),
    ("depression", "depression-remission"),
    ("depression", "bipolar"),
    ("glaucoma-raised-iop", "glaucoma-angle-closure-acute"),
    ("glaucoma-raised-iop", "open-globe-injury"),
    ("raised-icp", "intracranial-mass-or-injury"),
    ("hypertension", "hypertensive-crisis"),
    ("pregnancy", "pregnancy-possible"),
    ("pregnancy", "pregnancy-not-possible"),
    ("pregnancy", "not-pregnant-findings"),
    ("pregnancy", "lactation"),
    ("pregnancy-possible", "pregnancy-not-possible"),
    ("intracerebral-hemorrhage", "stroke-ischemic-tia"),
    ("intracerebral-hemorrhage", "other-intracranial-hemorrhage"),
    ("pheochromocytoma", "adrenal-neoplasm-ask"),
    ("porphyria", "porphyria-non-acute"),
    ("delirium", "dementia"),
    ("neuropathic-pain", "neuropathy-not-necessarily-painful"),
    ("pain-chronic-all", "pain-acute-not-chronic"),
    ("pain-explicitly-chronic", "pain-acute-not-chronic"),
    ("rx-opioids", "rx-opioid-antagonist"),
    ("rx-ketamine", "rx-esketamine"),
    ("ketamine-allergy-substances", "no-known-allergy"),
    ("answer-yes", "answer-no"),
    ("answer-positive", "answer-negative"),
    ("bp-systolic", "bp-diastolic"),
    ("bp-panel", "bp-systolic"),
    ("central-pain", "cord-injury"),
    ("stop-ineffective", "stop-side-effect"),
    ("stop-side-effect", "stop-contraindicated"),
    ("obs-hcg", "obs-pregnancy-status"),
]
SUBSETS = [
    ("sud-alcohol-active", "sud-active-any"),
    ("sud-opioid-active", "sud-active-any"),
    ("sud-sedative-active", "sud-active-any"),
    ("sud-stimulant-active", "sud-active-any"),
    ("sud-ketamine-hallucinogen-active", "sud-active-any"),
    ("sud-ketamine-hallucinogen-remission", "sud-remission-any"),
    ("crps", "pain-all"),
    ("osteoarthritis", "pain-not-asserted"),
    ("pain-not-asserted", "pain-all"),
    ("central-pain", "pain-all"),
    ("pain-intensity-scale", "obs-pain-severity"),
    ("bp-systolic", "obs-blood-pressure"),
    ("score-audit-c", "obs-substance-screens"),
    ("screen-liver", "obs-health-screens"),
    ("obs-hcg", "obs-pregnancy"),
]
FORBIDDEN = {
    "mania-active": r"leishman|klepto|pyroman|trichot|alcohol|remission",
    "psychosis-active": r"in (full |partial )?remission|history of",
    "sud-active-any": r"remission|history of|agonist therapy",
    "sud-remission-any": r"^(?!.*remission)",
    "psychosis-remission": r"^(?!.*remission)",
    "delirium": r"disorientation",
    "raised-icp": r"normal pressure",
    "pregnancy": r"puerper|postpartum|childbirth|complete miscarriage",
    "glaucoma-angle-closure-acute": r"^(?!.*acute)",
    "catecholamine-depletion-shock": r"neoplasm",
    "pheochromocytoma": r"benign neoplasm of (left|right|unspecified) adrenal",
    "pain-intensity-scale": r"interfere|\[PEG\]|FACES|visual analog",
}


def readable(row: dict[str, str]) -> str:
    """Say what a display of the knowledge base must read like here: no tag of SNOMED CT, some words replaced."""
    replaced = {(one["system"], str(one["code"])): one["display"] for one in DISPLAYS}
    short = {SNOMED: "snomed", LOINC: "loinc"}.get(row["system"], "")
    without_tag = re.sub(rf" \(({SNOMED_TAGS})\)$", "", row["display"]) if row["system"] == SNOMED else row["display"]
    return replaced.get((short, row["code"]), without_tag)


def keys(concept: str, sets: ValueSets = SHIPPED) -> set[tuple[str, str]]:
    return {(code.system, code.code) for code in sets.codes_of(concept)}


def concepts(system: str | None, code: str | None) -> set[str]:
    return {membership.concept for membership in SHIPPED.memberships(system, code)}


def write_set(directory: Path, name: str, **changes: object) -> None:
    concept = {"code": "82423001", "display": "Chronic pain"}
    data: dict[str, object] = {
        "resourceType": "ValueSet",
        "id": name,
        "compose": {"include": [{"system": SNOMED, "concept": [concept]}]},
    }
    (directory / f"{name}.json").write_text(json.dumps(data | changes), encoding="utf-8")


def problem_of(directory: Path) -> str:
    with pytest.raises(KnowledgeError) as caught:
        load_value_sets(directory)
    return str(caught.value)


def test_a_code_tells_every_concept_it_belongs_to_with_our_display() -> None:
    found = {membership.concept: membership for membership in SHIPPED.memberships(ICD_10_CM, "G89.4")}

    assert {"pain-explicitly-chronic", "pain-all"} <= found.keys()
    assert found["pain-all"].display == "Chronic pain syndrome"
    assert found["pain-all"].verified


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("https://snomed.info/sct", "82423001"),
        ("urn:oid:2.16.840.1.113883.6.96", " 82423001 "),
        ("http://hl7.org/fhir/sid/icd-10-cm", "g89.4"),
        ("urn:oid:2.16.840.1.113883.6.90", "G894"),
    ],
)
def test_a_code_is_found_however_its_system_is_written(system: str, code: str) -> None:
    assert "pain-explicitly-chronic" in concepts(system, code)


def test_icd_10_categories_are_read_as_icd_10_cm_and_longer_codes_are_not() -> None:
    assert "hypertension" in concepts(ICD_10, "I10")
    assert concepts(ICD_10, "G89.4") == set()


@pytest.mark.parametrize(
    ("system", "code"), [(None, "82423001"), (SNOMED, None), ("urn:local", "82423001"), (SNOMED, "1")]
)
def test_an_unknown_system_or_code_belongs_to_no_concept(system: str | None, code: str | None) -> None:
    assert SHIPPED.memberships(system, code) == ()


def test_asking_for_a_set_that_does_not_exist_is_a_mistake() -> None:
    assert "no-such-set" not in SHIPPED
    with pytest.raises(KeyError):
        SHIPPED.codes_of("no-such-set")


@pytest.mark.parametrize(("one", "other"), DISJOINT)
def test_sets_of_opposite_meaning_share_no_code(one: str, other: str) -> None:
    assert keys(one) & keys(other) == set()


@pytest.mark.parametrize(("part", "whole"), SUBSETS)
def test_a_narrower_set_lies_within_the_wider_one(part: str, whole: str) -> None:
    assert keys(part) <= keys(whole)


@pytest.mark.parametrize(("concept", "pattern"), FORBIDDEN.items())
def test_a_set_holds_no_display_that_contradicts_its_meaning(concept: str, pattern: str) -> None:
    contradicting = [
        code.display for code in SHIPPED.codes_of(concept) if re.search(pattern, code.display, re.IGNORECASE)
    ]

    assert contradicting == []


@pytest.mark.parametrize(
    ("system", "code", "concept", "reason"),
    [
        (LOINC, "75624-7", "score-audit-c", "it is the full AUDIT"),
        (LOINC, "75260-0", "pain-intensity-scale", "a PROMIS item, answered 1 to 5"),
        (LOINC, "5902-2", "measure-inr", "prothrombin time in seconds"),
        (LOINC, "1968-7", "measure-bilirubin", "direct, not total"),
        (SNOMED, "703215002", "aneurysmal-vascular-disease", "non-aneurysmal haemorrhage"),
        (ICD_10_CM, "F17.210", "sud-active-any", "nicotine is not a substance use disorder here"),
        (ICD_10_CM, "F11.90", "sud-active-any", "use, unspecified: often prescribed opioids"),
        (SNOMED, "1081000119105", "sud-active-any", "on agonist therapy"),
        (ICD_10_CM, "I70.221", "pain-not-asserted", "rest pain is pain"),
        (ICD_10_CM, "E11.42", "neuropathic-pain", "diabetic polyneuropathy does not assert pain"),
        (ICD_10_CM, "R52", "pain-explicitly-chronic", "unspecified pain"),
        (ICD_10_CM, "G89.3", "pain-explicitly-chronic", "acute or chronic"),
        (ICD_10_CM, "K74.60", "liver-severe", "severity of a cirrhosis needs laboratory values"),
        (ICD_10_CM, "N95.1", "pregnancy-not-possible", "perimenopause"),
        (ICD_10_CM, "Z90.712", "pregnancy-not-possible", "the uterus is still there"),
        (ICD_10_CM, "G89.0", "cord-injury", "central pain does not assert a cord injury"),
        (RXNORM, "6387", "rx-topical-analgesics", "the ingredient does not say topical"),
    ],
)
def test_known_traps_are_kept_out_of_the_set(system: str, code: str, concept: str, reason: str) -> None:
    assert concept not in concepts(system, code), reason


def test_vascular_disease_without_stated_pain_does_not_assert_pain() -> None:
    assert {"pain-all", "ischemic-limb-pain", "pain-not-asserted"} <= concepts(ICD_10_CM, "I73.9")


@pytest.mark.parametrize("concept", ["porphyria", "pregnancy-not-possible", "route-rectal"])
def test_codes_that_no_source_confirmed_are_marked(concept: str) -> None:
    assert any(not code.verified for code in SHIPPED.codes_of(concept))


@pytest.mark.parametrize("prefix", ["measure-", "score-", "bp-", "screen-", "pain-intensity"])
def test_single_purpose_sets_hold_confirmed_codes_only(prefix: str) -> None:
    names = [name for name in SHIPPED.names() if name.startswith(prefix)]

    assert names
    assert all(code.verified for name in names for code in SHIPPED.codes_of(name))


def test_no_code_of_a_system_that_may_not_be_shipped_is_shipped() -> None:
    systems = {code.system for name in SHIPPED.names() for code in SHIPPED.codes_of(name)}

    assert ATC not in systems
    assert not any("cpt" in system.lower() for system in systems)


def test_shipped_sets_say_what_the_knowledge_base_says() -> None:
    # The knowledge base is no part of this repository: where it lies beside the checkout, shipped sets must equal it.
    # Elsewhere (CI, an unpacked archive) there is nothing to compare with, and the loop has no turn.
    for path in sorted(KNOWLEDGE.glob("*.csv")):
        if path.name != "INDEX.csv":
            with path.open(encoding="utf-8", newline="") as file:
                rows = [row for row in csv.DictReader(file) if row["system"] != ATC]

            expected = {(row["system"], row["code"], readable(row), row["verified"] == "yes") for row in rows}
            shipped = {(c.system, c.code, c.display, c.verified) for c in SHIPPED.codes_of(path.stem)}

            assert shipped == expected, path.name


def test_displays_are_english_words_without_tags_of_a_terminology() -> None:
    displays = {code.display for name in SHIPPED.names() for code in SHIPPED.codes_of(name)}
    foreign = {display for display in displays if not display.isascii() and "Brown-Séquard" not in display}
    tagged = {display for display in displays if re.search(rf"\(({SNOMED_TAGS})\)$", display)}

    assert foreign == set()
    assert tagged == set()


def test_every_shipped_set_is_a_complete_value_set() -> None:
    for path in sorted((ROOT / "rules" / "value_sets").glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))

        assert {"url", "version", "name", "title", "status", "description"} <= data.keys(), path.name
        if any(include["system"] in {SNOMED, LOINC, RXNORM, ICD_10_CM} for include in data["compose"]["include"]):
            assert data["copyright"], path.name


def test_a_small_set_is_read_as_written(tmp_path: Path) -> None:
    write_set(tmp_path, "pain")

    sets = load_value_sets(tmp_path)

    assert sets.names() == {"pain"}
    assert keys("pain", sets) == {(SNOMED, "82423001")}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"resourceType": "Patient"}, "not a ValueSet"),
        ({"id": "other"}, "differs from the file name"),
        ({"compose": {}}, "compose.include: is missing"),
        ({"compose": {"include": []}}, "holds no code"),
        ({"compose": {"include": ["a"]}}, "not shaped like that of a ValueSet"),
        ({"compose": {"include": [{"system": SNOMED, "concept": None}]}}, "not shaped like that of a ValueSet"),
        ({"compose": {"include": [], "exclude": []}}, "compose.exclude: is not supported"),
        ({"compose": {"include": [{"system": SNOMED, "filter": []}]}}, "filter: is not supported"),
        ({"compose": {"include": [{"concept": [{"code": "1", "display": "x"}]}]}}, "not the canonical URI"),
        ({"compose": {"include": [{"system": "https://loinc.org", "concept": []}]}}, "not the canonical URI"),
        ({"compose": {"include": [{"system": SNOMED, "concept": [{"code": "1"}]}]}}, "lacks a display"),
        (
            {"compose": {"include": [{"system": ICD_10_CM, "concept": [{"code": "g894", "display": "x"}]}]}},
            "not written as",
        ),
        ({"compose": {"include": [{"system": SNOMED, "concept": [{"code": "1", "display": "x"}] * 2}]}}, "twice"),
    ],
)
def test_a_malformed_set_stops_the_start_and_names_what_is_wrong(
    tmp_path: Path, changes: dict[str, object], problem: str
) -> None:
    write_set(tmp_path, "pain", **changes)

    assert problem in problem_of(tmp_path)


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    write_set(tmp_path, "pain", id="other")

    problem = problem_of(tmp_path)

    assert "value_sets/broken.json" in problem
    assert "value_sets/pain.json" in problem


def test_a_directory_without_value_sets_stops_the_start(tmp_path: Path) -> None:
    assert "no value sets here" in problem_of(tmp_path)
