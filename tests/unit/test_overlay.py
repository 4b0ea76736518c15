"""Site policy without a copy of the rules: what an overlay changes, and that every change is shown."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from builders import condition, medication_request, observation, quantity
from knowledge_builders import RULES, real_knowledge
from law_stories import CANDIDATE, add, story
from overlay_builders import LOCAL_CASES, LOCAL_RULE, code, knowledge_of, overlay
from service_builders import SAMPLES, cards_of, hook_call, make_client, order_call, post
from typer.testing import CliRunner

from kcds.advice_app import make_service
from kcds.app import make_parts
from kcds.errors import KnowledgeError
from kcds.knowledge.audit import audit
from kcds.knowledge.load import load_knowledge
from kcds.model.queries import Query
from kcds.rules_cli import app
from kcds.settings import Settings

TODAY = date(2026, 11, 21)
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
MAOI = [medication_request("8123", "phenelzine")]
STOP = SAMPLES / "opioid-use-disorder-drafted" / "request.json"


def said(site: Path, request: dict[str, Any]) -> str:
    """Everything that the cards of a request say, with this overlay."""
    client = make_client(service=make_service(overlay=site))
    return "\n".join(card["detail"] for card in cards_of(post(client, request)))


def crps(**answers: Any) -> dict[str, Any]:
    return hook_call(conditions=[condition("G90.50", onsetDateTime="2020-01-01")], **answers)


def test_a_rule_that_is_switched_off_is_silent_and_named_on_every_card(tmp_path: Path) -> None:
    site = overlay(tmp_path, disable={"maoi-taken": "our pharmacy asks"})
    request = crps(medicationRequests=MAOI)

    text = said(site, request)

    assert "MAO inhibitor" in said(overlay_of_nothing(tmp_path), request)
    assert "MAO inhibitor" not in text
    assert "This site has switched off: maoi taken." in text


def test_the_headline_of_a_candidate_names_a_switched_off_rule_that_applies(tmp_path: Path) -> None:
    request = story(CANDIDATE)
    add(request, Query.MEDICATION_REQUESTS, MAOI[0])
    site = make_service(overlay=overlay(tmp_path, disable={"maoi-taken": "our pharmacy asks"}))

    (first, *_) = cards_of(post(make_client(service=site), request))

    assert first["extension"]["org.kcds.advice"]["disposition"] == "candidate"
    assert first["summary"] == (
        "Ketamine may be considered. Switched off here by local policy, but applies: maoi taken."
    )


def test_a_contraindication_that_is_switched_off_is_a_caution_that_names_the_policy(tmp_path: Path) -> None:
    request = story(CANDIDATE)
    add(request, Query.CONDITIONS, condition("F30.10", onsetDateTime="2026-11-01"))
    site = make_service(overlay=overlay(tmp_path, disable={"active-mania": "our psychiatrists are asked"}))

    (first, *_) = cards_of(post(make_client(service=site), request))

    advice = first["extension"]["org.kcds.advice"]
    (found,) = (one for one in advice["findings"] if one["rule"] == "active-mania" and one["status"] == "applies")
    assert advice["disposition"] == "caution"
    assert (found["category"], found["claims"], "strength" in found) == ("caution", ["C13"], False)
    assert first["summary"].startswith(
        "Switched off here by local policy: Active mania, no ketamine until it has passed"
    )
    assert "**Switched off here by local policy: Active mania" in first["detail"]
    assert (
        "Local policy: a contraindication that this site has switched off (our psychiatrists are asked)."
        in first["detail"]
    )
    assert "This site has switched off: active mania." in first["detail"]


def test_a_stop_that_left_the_word_to_one_that_is_switched_off_speaks_itself(tmp_path: Path) -> None:
    request = story(CANDIDATE)
    for loinc, number, unit, high in (("1742-6", 230, "U/L", 40), ("1975-2", 3, "mg/dL", 1.2)):
        limit = [{"high": quantity(high, unit)}]
        found = observation(loinc, id=loinc, effectiveDateTime="2026-11-10", valueQuantity=quantity(number, unit))
        add(request, Query.LIVER_TESTS, found | {"referenceRange": limit})
    site = make_service(overlay=overlay(tmp_path, disable={"transaminases-with-bilirubin": "our hepatologists ask"}))

    (first, *_) = cards_of(post(make_client(service=site), request))

    advice = first["extension"]["org.kcds.advice"]
    stops = [one["rule"] for one in advice["findings"] if one["category"] == "contraindication"]
    assert advice["disposition"] == "contraindicated"
    assert stops == ["transaminases-very-high"]


def overlay_of_nothing(directory: Path) -> Path:
    """An overlay that says nothing at all."""
    (directory / "nothing").mkdir()
    return overlay(directory / "nothing", disable={})


def test_a_changed_number_decides_and_the_line_says_local_policy_with_the_reason(tmp_path: Path) -> None:
    site = overlay(tmp_path, parameters={"refractory_drug_classes": {"value": 3, "reason": "our formulary"}})

    knowledge = knowledge_of(site)
    text = said(site, crps())

    assert knowledge.rules_by_id["prior-treatment-met"].parameters["classes"].value == 3
    assert knowledge.parameters.number("refractory_drug_classes") == 3
    note = "refractory drug classes 3 instead of 2 (our formulary)."
    assert f"Local policy: {note}" in text
    assert knowledge.local.of("prior-treatment-met") == "Local policy: classes 3 instead of 2 (our formulary)."


def test_a_changed_number_of_one_rule_is_said_in_its_line(tmp_path: Path) -> None:
    name = "repeated-high-blood-pressure.systolic"
    site = overlay(tmp_path, parameters={name: {"value": 150, "reason": "as our cardiologists ask"}})

    knowledge = knowledge_of(site)

    assert knowledge.rules_by_id["repeated-high-blood-pressure"].parameters["systolic"].value == 150
    assert knowledge.local.of("repeated-high-blood-pressure") == (
        "Local policy: systolic 150 instead of 160 (as our cardiologists ask)."
    )


def test_a_changed_number_of_one_rule_is_said_on_every_card_too_for_it_may_keep_the_rule_silent(tmp_path: Path) -> None:
    name = "egfr-below-line.line"
    site = overlay(tmp_path, parameters={name: {"value": 1, "reason": "we do not believe in it"}})

    text = said(site, crps())

    note = "egfr below line, line 1 instead of 30 (we do not believe in it)."
    assert f"Local policy: {note}" in text


def test_an_overlay_may_be_a_mounted_config_map_or_a_link(tmp_path: Path) -> None:
    """Kubernetes mounts files as links into a hidden folder that it exchanges as a whole."""
    plain = overlay(tmp_path, rule=LOCAL_RULE, cases=LOCAL_CASES, disable={"maoi-taken": "our pharmacy asks"})
    mounted = tmp_path / "mounted"
    for folder in ("", "rules"):
        hidden = mounted / folder / "..2026_11_21"
        hidden.mkdir(parents=True)
        (mounted / folder / "..data").symlink_to(hidden.name)
        for file in (one for one in (plain / folder).iterdir() if one.is_file()):
            (hidden / file.name).write_bytes(file.read_bytes())
            (mounted / folder / file.name).symlink_to(Path("..data") / file.name)
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / "overlay.yaml").symlink_to(plain / "overlay.yaml")
    (linked / "rules").symlink_to(plain / "rules")
    (plain / "rules" / "again").symlink_to(plain / "rules")

    for site in (mounted, linked):
        knowledge = knowledge_of(site)

        assert "local-late-start" in knowledge.rules_by_id
        assert knowledge.local.disabled.keys() == {"maoi-taken"}
        assert knowledge.local.digest == knowledge_of(plain).local.digest


def test_an_added_code_is_recognised_and_the_card_says_whose_it_is(tmp_path: Path) -> None:
    site = overlay(tmp_path, value_sets={name: [code("C-1", display="CRPS (list)")] for name in ("crps", "pain-all")})
    problem = condition("C-1", "urn:oid:1.2.3.4", onsetDateTime="2020-01-01")

    text = said(site, hook_call(conditions=[problem]))

    assert "CRPS (list)" in text
    assert "Local policy: this site counts CRPS (list) as crps, pain all (our own list)." in text
    assert "Local policy: this site counts CRPS (list) as crps (our own list)." in text


def test_an_added_code_of_a_medicine_adds_to_what_its_other_codes_say(tmp_path: Path) -> None:
    site = overlay(tmp_path, value_sets={"rx-gabapentinoids": [code("999999999", RXNORM, "Our mixture")]})
    order = medication_request("10438", "theophylline")
    order["medicationCodeableConcept"]["coding"].append({"system": RXNORM, "code": "999999999"})

    text = said(site, crps(medicationRequests=[order]))

    assert "theophylline" in text.lower()
    assert "not checked for interactions" not in text


def test_a_rule_of_the_site_speaks_and_says_that_it_is_one(tmp_path: Path) -> None:
    site = overlay(tmp_path, rule=LOCAL_RULE, cases=LOCAL_CASES)

    text = said(site, crps())

    assert "Staff leave at noon" in text
    assert "Local policy: a rule of this site." in text


def test_the_version_on_cards_names_exactly_this_overlay(tmp_path: Path) -> None:
    site = overlay(tmp_path, disable={"maoi-taken": "our pharmacy asks"})

    first = knowledge_of(site).version
    (site / "overlay.yaml").write_text("disable: {maoi-taken: another reason}")
    second = knowledge_of(site).version

    released = real_knowledge().version
    assert first.startswith(f"{released}+local.")
    assert second.startswith(f"{released}+local.")
    assert first != second
    card = cards_of(post(make_client(service=make_service(overlay=site)), crps()))[0]
    assert card["extension"]["org.kcds.advice"]["knowledgeVersion"] == second
    assert second in card["detail"]


def test_a_hard_contraindication_stays_critical_whatever_else_a_site_changes(tmp_path: Path) -> None:
    site = overlay(
        tmp_path,
        rule=LOCAL_RULE,
        cases=LOCAL_CASES,
        disable={"maoi-taken": "our pharmacy asks"},
        parameters={"refractory_drug_classes": {"value": 1, "reason": "our formulary"}},
    )
    order = medication_request("6130", "ketamine", status="draft", intent="order")
    request = order_call(order, conditions=[condition("F11.20"), condition("G90.50", onsetDateTime="2020-01-01")])

    cards = cards_of(post(make_client(service=make_service(overlay=site)), request))

    assert cards[0]["indicator"] == "critical"
    assert {card["extension"]["org.kcds.advice"]["disposition"] for card in cards} == {"contraindicated"}


def test_a_bad_overlay_stops_the_start(tmp_path: Path) -> None:
    site = overlay(tmp_path, disable={"active-psychosis": "we know better"})

    with pytest.raises(KnowledgeError, match=r"overlay\.yaml: disable\.active-psychosis: is a hard contraindication"):
        make_parts(Settings(rules_overlay=site))


@pytest.mark.parametrize("text", ["", "# all of it is gone\n", "---\n"])
def test_an_overlay_that_was_cut_off_stops_the_start(text: str, tmp_path: Path) -> None:
    site = overlay(tmp_path, disable={"local-none": "the file is written anew below"})
    (site / "overlay.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(KnowledgeError, match=r"overlay\.yaml: file: holds nothing"):
        load_knowledge(overlay=site)


def test_an_overlay_may_say_that_it_changes_nothing(tmp_path: Path) -> None:
    site = overlay(tmp_path, disable={"local-none": "the file is written anew below"})
    (site / "overlay.yaml").write_text("{}", encoding="utf-8")

    assert load_knowledge(overlay=site).local.disabled == {}


def test_a_rule_of_the_site_needs_cases_like_any_other(tmp_path: Path) -> None:
    site = overlay(tmp_path, rule=LOCAL_RULE)

    faults = audit(RULES, as_of=TODAY, overlay=site).faults

    assert [(f.file, f.key, f.problem) for f in faults if f.file.startswith(str(site))] == [
        (f"{site}/rules/local_late_start.cases.yaml", "file", "is missing.")
    ]


def test_a_changed_rule_is_announced_until_cases_of_the_site_try_it(tmp_path: Path) -> None:
    name = "repeated-high-blood-pressure.systolic"
    site = overlay(tmp_path, parameters={name: {"value": 150, "reason": "as our cardiologists ask"}})

    untried = audit(RULES, as_of=TODAY, overlay=site)
    (site / "rules").mkdir()
    ours = (RULES / "contraindications" / "repeated_high_blood_pressure.cases.yaml").read_text()
    (site / "rules" / "repeated_high_blood_pressure.cases.yaml").write_text(ours.replace("16", "15"))
    tried = audit(RULES, as_of=TODAY, overlay=site)

    asked = "are changed by this site, and no case tries them."
    assert asked in {warning.problem for warning in untried.warnings}
    assert not any(case.rule == "repeated-high-blood-pressure" for case in untried.cases)
    assert asked not in {warning.problem for warning in tried.warnings}
    assert any(case.rule == "repeated-high-blood-pressure" for case in tried.cases)


def test_the_commands_know_the_overlay(tmp_path: Path) -> None:
    site = overlay(tmp_path, rule=LOCAL_RULE, cases=LOCAL_CASES, disable={"maoi-taken": "our pharmacy asks"})
    arguments = ["--rules", str(RULES), "--overlay", str(site)]

    listed = CliRunner().invoke(app, ["list", *arguments])
    run = CliRunner().invoke(app, ["test", *arguments])

    rows = {line.split("\t")[0]: line.split("\t")[-1] for line in listed.stdout.splitlines()}
    assert rows["maoi-taken"] == "switched off (our pharmacy asks)"
    assert rows["local-late-start"] == "a rule of this site."
    assert rows["active-psychosis"] == "-"
    assert run.exit_code == 0, run.stderr


def test_the_setting_names_the_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KCDS_RULES_OVERLAY", str(overlay(tmp_path, disable={"no-such-rule": "whatever"})))

    result = CliRunner().invoke(app, ["list"])

    assert result.exit_code == 1
    assert "disable.no-such-rule: `no-such-rule` is no rule." in result.stderr


def test_the_example_of_the_documentation_is_a_sound_overlay(tmp_path: Path) -> None:
    blocks = (RULES / "README.md").read_text().split("```yaml\n")
    example = next(block.split("```")[0] for block in blocks if "\ndisable:" in block)
    site = overlay(tmp_path)
    (site / "overlay.yaml").write_text(example)

    knowledge = knowledge_of(site)

    assert len(knowledge.local.general) == 3
    assert knowledge.local.disabled.keys() == {"nmda-antagonist-taken"}


def test_a_site_can_demand_explicit_negatives(tmp_path: Path) -> None:
    site = overlay(tmp_path, parameters={"explicit_negatives": {"value": True, "reason": "we ask everybody"}})

    knowledge = knowledge_of(site)

    assert knowledge.parameters.truth("explicit_negatives")
    assert knowledge.local.footer == "Local policy: explicit negatives yes instead of no (we ask everybody)."
