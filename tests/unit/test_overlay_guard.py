"""What an overlay may not do: every way that we could think of to make a contraindicated patient a candidate."""

from collections.abc import Callable
from pathlib import Path

import pytest
from knowledge_builders import real_knowledge
from overlay_builders import LOCAL_CASES, LOCAL_RULE, code, faults_of_overlay, overlay

from kcds.knowledge.overlay import read_overlay
from kcds.knowledge.overlay_guard import check_disabled
from kcds.knowledge.overlay_numbers import check_borrowed, check_parameter
from kcds.knowledge.rule import Parameter
from kcds.model.findings import Category, Effect, Strength

HARD = sorted(rule.id for rule in real_knowledge().rules if rule.strength is Strength.HARD)
DECIDING = sorted(
    rule.id
    for rule in real_knowledge().rules
    if rule.effect in (Effect.MET, Effect.UNMET, Effect.OUT_OF_SCOPE) or rule.category is Category.DATA_QUALITY
)
HARD_REMEDY = "is a hard contraindication, or rests on a claim of one."
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


def change(value: object) -> dict[str, object]:
    return {"value": value, "reason": "as we do it"}


def test_no_hard_contraindication_can_be_switched_off(tmp_path: Path) -> None:
    site = overlay(tmp_path, disable=dict.fromkeys(HARD, "we know better"))

    faults = faults_of_overlay(site)

    assert len(HARD) > 8
    assert {(f.file, f.key) for f in faults} == {("overlay.yaml", f"disable.{rule}") for rule in HARD}
    assert {f.problem for f in faults} == {HARD_REMEDY}


def test_what_decides_who_is_a_candidate_cannot_be_switched_off(tmp_path: Path) -> None:
    site = overlay(tmp_path, disable=dict.fromkeys(DECIDING, "we know better"))

    faults = faults_of_overlay(site)

    assert {f.key for f in faults} == {f"disable.{rule}" for rule in DECIDING}


@pytest.mark.parametrize(
    ("parameter", "problem"),
    [
        (Parameter(value=3), HARD_REMEDY),
        (Parameter(value=3, same_as="refractory_drug_classes"), f"is used by `active-psychosis`, which {HARD_REMEDY}"),
    ],
)
def test_no_number_of_a_hard_contraindication_can_be_changed(
    parameter: Parameter, problem: str, tmp_path: Path
) -> None:
    changed = "refractory_drug_classes" if parameter.same_as else "active-psychosis.days"
    read = read_overlay(overlay(tmp_path, parameters={changed: change(4)}), {}, [])
    rules = real_knowledge().rules_by_id
    stop = rules["active-psychosis"].model_copy(update={"parameters": {"days": parameter}})
    assert read is not None

    faults = [*check_borrowed(read, rules | {stop.id: stop})]
    faults += check_parameter("active-psychosis.days", read, rules | {stop.id: stop}) if not faults else []

    assert [(fault.key, fault.problem) for fault in faults] == [(f"parameters.{changed}", problem)]


def test_a_rule_that_is_not_asked_need_not_be_switched_off(tmp_path: Path) -> None:
    read = read_overlay(overlay(tmp_path, disable={"maoi-taken": "our pharmacy asks"}), {}, [])
    rules = real_knowledge().rules_by_id
    retired = rules["maoi-taken"].model_copy(update={"status": "retired"})
    assert read is not None

    (fault,) = check_disabled(read, rules | {retired.id: retired})

    assert fault.problem == "is retired and is not asked anyway."


def test_numbers_behind_facts_are_closed_unless_parameters_yaml_opens_them(tmp_path: Path) -> None:
    shared = real_knowledge().parameters.values
    closed = [name for name, entry in shared.items() if entry.local is None]
    site = overlay(tmp_path, parameters={name: change(shared[name].value) for name in closed})

    faults = faults_of_overlay(site)

    assert {f.key for f in faults} == {f"parameters.{name}" for name in closed}
    assert {f.key for f in faults if f.problem.startswith("is not for sites to change")} == {f.key for f in faults}
    assert {"blood_pressure_window", "liver_test_window", "screen_window", "early_remission"} <= set(closed)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("refractory_drug_classes", 0, "0 is out of bounds."),
        ("pregnancy_test_window", "P8D", "P8D is out of bounds."),
        ("maoi_washout", "P13D", "P13D is out of bounds."),
        ("explicit_negatives", False, "is False already."),
        ("explicit_negatives", 1, "1 is not true or false."),
        ("ecg_window", 365, "365 is not a duration such as P30D."),
        ("adequate_trial", "P28D", "'P28D' is not a whole number."),
        ("refractory_drug_classes", 1.5, "1.5 is not a whole number."),
        ("refractory_non_drug", 0.25, "0.25 is not a whole number."),
        ("ecg_window", "P99999Y", "'P99999Y' is not a duration such as P30D."),
        ("refractory_drug_classes", 2, "is 2 already."),
        (
            "refractory_drug_clases",
            3,
            "`refractory_drug_clases` is neither `rule-id.parameter` nor an entry of parameters.yaml.",
        ),
        ("blood-presure-above-line.systolic", 150, "`blood-presure-above-line` is no rule."),
        ("blood-pressure-above-line.systollic", 150, "`blood-pressure-above-line` has no parameter `systollic`."),
        ("blood-pressure-above-line.systolic", 150, "is the entry `blood_pressure_line_systolic` of parameters.yaml."),
        ("repeated-high-blood-pressure.systolic", "P3D", "'P3D' is not a whole number."),
        ("repeated-high-blood-pressure.systolic", 160, "is 160 already."),
        ("blood-pressure-known.window", "P90D", "belongs to a rule that says what is not known."),
        (
            "repeated-high-blood-pressure.systolic",
            999,
            "999 would make this contraindication apply to fewer patients than 160.",
        ),
        (
            "repeated-high-blood-pressure.window",
            "P14D",
            "P14D would make this contraindication apply to fewer patients than P30D.",
        ),
        (
            "transaminases-very-high.bilirubin_above",
            1,
            "1 would make this contraindication apply to fewer patients than 2.",
        ),
    ],
)
def test_a_number_stays_of_its_kind_and_within_its_bounds(
    name: str, value: object, problem: str, tmp_path: Path
) -> None:
    (fault,) = faults_of_overlay(overlay(tmp_path, parameters={name: change(value)}))

    assert (fault.file, fault.problem) == ("overlay.yaml", problem)
    assert fault.key.startswith(f"parameters.{name}")
    assert fault.remedy


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("answer-no", "a yes would become a no"),
        ("answer-negative", "a positive pregnancy test would become a negative one"),
        ("no-known-allergy", "an allergy to ketamine would become the statement that there is none"),
        ("pregnancy-not-possible", "a pregnancy would be excluded"),
        ("not-pregnant-findings", "the same, by a finding"),
        ("sud-remission-any", "an active use disorder would be in remission"),
        ("oud-on-agonist-therapy", "an active opioid use disorder would be under treatment"),
        ("substance-use-unspecified-not-sud", "an active use disorder would be no disorder"),
        ("psychosis-remission", "an active psychosis would be past"),
        ("pain-acute-not-chronic", "a chronic pain would be an acute one"),
        ("rx-ketamine", "esketamine would be ketamine, and its own contraindications gone"),
        ("rx-esketamine", "the other way round"),
        ("bp-systolic", "any number would be the latest blood pressure"),
        ("measure-alt", "any number would be the latest ALT"),
        ("screen-psychosis", "any answered question would clear"),
        ("stop-ineffective", "any stopped medicine would have failed"),
        ("rx-antithyroid", "thyrotoxicosis would be treated"),
    ],
)
def test_no_code_can_be_added_to_a_set_that_clears_or_is_read_as_a_value(name: str, why: str, tmp_path: Path) -> None:
    (fault,) = faults_of_overlay(overlay(tmp_path, value_sets={name: [code("X1")]}))

    assert (fault.key, fault.problem) == (
        f"value_sets.{name}",
        "may clear a contraindication, or is read as a value.",
    ), why


@pytest.mark.parametrize(
    ("name", "entry", "key", "problem"),
    [
        ("crsp", code("X"), "value_sets.crsp", "`crsp` is no value set."),
        (
            "crps",
            code("X", system="http://snomed.info/sct/"),
            "value_sets.crps[0].system",
            "is not how the system is called.",
        ),
        (
            "crps",
            code("g90.5", system="http://hl7.org/fhir/sid/icd-10-cm"),
            "value_sets.crps[0].code",
            "is not written as its system does.",
        ),
        ("rx-maoi", code("X"), "value_sets.rx-maoi[0].system", "medicines are recognised by RxNorm codes."),
        ("rx-maoi", code("8123", system=RXNORM), "value_sets.rx-maoi[0].code", "`8123` is in `rx-maoi` already."),
        ("crps", code(""), "value_sets.crps[0].code", "`` is not written as its system does."),
        ("crps", code("X"), "value_sets.crps", "holds X (A term of this site), which `pain-all` lacks."),
    ],
)
def test_a_code_is_written_as_its_system_does(
    name: str, entry: dict[str, str], key: str, problem: str, tmp_path: Path
) -> None:
    (fault,) = faults_of_overlay(overlay(tmp_path, value_sets={name: [entry]}))

    assert fault.key == key
    assert problem in fault.problem


def test_a_code_is_added_once(tmp_path: Path) -> None:
    site = overlay(tmp_path, value_sets={"pain-all": [code("X"), code("X")]})

    (fault,) = faults_of_overlay(site)

    assert (fault.key, fault.problem) == ("value_sets.pain-all[1].code", "stands here twice.")


def test_a_code_of_a_remission_cannot_become_an_active_disorder_nor_the_other_way_round(tmp_path: Path) -> None:
    site = overlay(
        tmp_path, value_sets={"sud-active-any": [code("F11.21", system="http://hl7.org/fhir/sid/icd-10-cm")]}
    )

    problems = [f.problem for f in faults_of_overlay(site)]

    assert "shares F11.21 (A term of this site) with `sud-remission-any`." in problems


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ("id: local-late-start", "id: late-start", "id", "`late-start` is not named as a rule of a site."),
        ("id: local-late-start", "id: active-psychosis", "id", "`active-psychosis` is a rule of kcds."),
        ("effect: caution", "effect: met", "effect", "`met` decides who is a candidate, or silences advice."),
        (
            "effect: caution",
            "effect: out-of-scope",
            "effect",
            "`out-of-scope` decides who is a candidate, or silences advice.",
        ),
        (
            "category: caution",
            "category: data-quality",
            "category",
            "`data-quality` says what is known; that is not for a site to say.",
        ),
        (
            "category: caution\neffect: caution",
            "category: contraindication\neffect: stop\nstrength: hard",
            "strength",
            "is hard, but local policy is no verified source.",
        ),
    ],
)
def test_a_rule_of_a_site_says_no_more_than_a_site_may_say(
    old: str, new: str, key: str, problem: str, tmp_path: Path
) -> None:
    site = overlay(tmp_path, rule=LOCAL_RULE.replace(old, new), cases=LOCAL_CASES)

    faults = faults_of_overlay(site)

    assert (key, problem) in {(f.key, f.problem) for f in faults}
    assert {f.file for f in faults} == {"rules/local_late_start.yaml"}


def test_every_fault_of_an_overlay_is_told_in_one_run(tmp_path: Path) -> None:
    site = overlay(
        tmp_path,
        rule=LOCAL_RULE.replace("effect: caution", "effect: cautoin"),
        disable={"active-psychosis": "we ask", "no-such-rule": "not there"},
        parameters={"adult_age": change(16)},
        value_sets={"answer-no": [code("X")]},
    )
    (site / "overlay.yml").write_text("disable: {}")
    (site / "more").mkdir()
    (site / "more" / "deep.yml").write_text("id: x")

    keys = {(f.file, f.key) for f in faults_of_overlay(site)}

    assert keys >= {
        ("overlay.yaml", "disable.no-such-rule"),
        ("overlay.yaml", "parameters.adult_age"),
        ("overlay.yaml", "value_sets.answer-no"),
        ("rules/local_late_start.yaml", "effect"),
        ("overlay.yml", "file"),
        ("more/deep.yml", "file"),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("disabled: {x: y}", "overlay.yaml: disabled: unknown key `disabled`. Did you mean `disable`?"),
        ("disable: {active-psychosis: a}", "overlay.yaml: disable.active-psychosis: cannot be 'a'."),
        ("parameters: {adequate_trial: 30}", "overlay.yaml: parameters.adequate_trial: cannot be 30."),
        ("parameters: {adequate_trial: {value: 30}}", "overlay.yaml: parameters.adequate_trial.reason: is missing."),
        ("value_sets: {crps: [{code: X}]}", "overlay.yaml: value_sets.crps[0].system: is missing."),
        ("disable: {a-b: '<b>no</b>'}", "overlay.yaml: disable.a-b: cannot be '<b>no</b>'. Write a few plain words"),
        ('disable: {a-b: "     "}', "overlay.yaml: disable.a-b: cannot be '     '. Write a few plain words"),
        ('disable: {a-b: "one\\u2028two"}', "overlay.yaml: disable.a-b: cannot be 'one\\u2028two'. Write a few plain"),
        ('disable: {a-b: "one \\u202etwo"}', "overlay.yaml: disable.a-b: cannot be 'one \\u202etwo'. Write"),
        ("disable: {a-b: 'see [this](http://x.example)'}", "overlay.yaml: disable.a-b: cannot be 'see [this](http"),
        (
            "value_sets: {pain-all: [{system: 'urn:oid:1', code: A, display: '<b>A</b>', reason: ours}]}",
            "overlay.yaml: value_sets.pain-all[0].display: cannot be '<b>A</b>'. Write a few plain words",
        ),
        ("value_sets: {pain-all: []}", "overlay.yaml: value_sets.pain-all: is empty. Write at"),
        ("disable: [", "overlay.yaml: line 2: is not right"),
    ],
)
def test_an_overlay_that_cannot_be_read_says_where(text: str, message: str, tmp_path: Path) -> None:
    site = overlay(tmp_path)
    (site / "overlay.yaml").write_text(text)

    assert any(str(fault).startswith(message) for fault in faults_of_overlay(site)), faults_of_overlay(site)


@pytest.mark.parametrize(
    "text",
    [
        "disable: {" + ", ".join(f"rule-{number}: not with us" for number in range(100_000)) + "}",
        "value_sets: {pain-all: ["
        + ", ".join(f"{{system: 'urn:oid:1', code: A{n}, display: A, reason: ours}}" for n in range(6_000))
        + "]}",
    ],
    ids=["disable", "codes"],
)
def test_an_overlay_without_measure_is_one_fault(text: str, tmp_path: Path) -> None:
    site = overlay(tmp_path)
    (site / "overlay.yaml").write_text(text)

    (fault,) = faults_of_overlay(site)

    assert fault.problem in ("has more than 500 entries.", "has more than 5000 entries.")


def test_a_directory_that_is_none_or_is_empty_stops_the_start(tmp_path: Path) -> None:
    (nowhere,) = faults_of_overlay(tmp_path / "nowhere")
    (empty,) = faults_of_overlay(overlay(tmp_path))

    assert nowhere.problem == "is no directory."
    assert empty.problem == "holds neither overlay.yaml nor rules/."
    assert {one.remedy for one in (nowhere, empty)} == {
        "KCDS_RULES_OVERLAY names a directory with overlay.yaml, rules/, or both."
    }


def to_nowhere(file: Path) -> None:
    file.symlink_to("/nowhere")


def to_itself(file: Path) -> None:
    file.symlink_to(file.name)


@pytest.mark.parametrize("spoil", [to_nowhere, to_itself, Path.mkdir])
def test_an_overlay_that_cannot_be_opened_stops_the_start(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    site = overlay(tmp_path, rule=LOCAL_RULE, cases=LOCAL_CASES)
    spoil(site / "overlay.yaml")

    (fault,) = faults_of_overlay(site)

    assert (fault.file, fault.key) == ("overlay.yaml", "file")
    assert fault.problem.startswith("cannot be opened: ")
