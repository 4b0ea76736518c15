import csv
from pathlib import Path

from knowledge_builders import RULES, real_knowledge

from kcds.errors import Fault
from kcds.knowledge.claims import Claims, ClaimState, check_owners, load_claims
from kcds.knowledge.rule import Rule
from kcds.knowledge.yaml_files import read_yaml

REPOSITORY = RULES.parent
SOUND_RULE = Path(__file__).parent / "broken_rules" / "cases" / "sound_rule.yaml"
RULE = Rule.model_validate(read_yaml(SOUND_RULE, "sound_rule.yaml"))  # carries C05

DECLINED = ClaimState(state="declined", reason="it changes no action")


def claims_of(*names: str, **states: ClaimState) -> Claims:
    catalogue = real_knowledge().claims.catalogue
    return Claims({name: catalogue[name] for name in names}, states)


def test_a_claim_that_nothing_owns_is_a_fault() -> None:
    (fault,) = check_owners(claims_of("C05", "C06"), [RULE])

    assert (fault.file, fault.key, fault.problem) == ("claims.yaml", "C06", "is owned by no rule.")


def test_a_claim_is_owned_by_a_rule_or_by_an_entry() -> None:
    faults = check_owners(claims_of("C05", "C06", C06=DECLINED), [RULE])

    assert faults == []


def test_a_retired_rule_owns_nothing() -> None:
    (fault,) = check_owners(claims_of("C05"), [RULE.model_copy(update={"status": "retired"})])

    assert fault.key == "C05"


def test_an_entry_that_says_declined_is_a_fault_once_a_rule_carries_the_claim() -> None:
    (fault,) = check_owners(claims_of("C05", C05=DECLINED), [RULE])

    assert fault.problem == "is `declined`, but a rule carries it."


def test_an_entry_must_say_where_or_why(tmp_path: Path) -> None:
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "claims.csv").write_text((RULES / "knowledge" / "claims.csv").read_text())
    (tmp_path / "claims.yaml").write_text("C04: {state: declined}\nC06: {state: fact}\nC99: {state: text, where: a.py}")
    faults: list[Fault] = []

    load_claims(tmp_path, faults)

    assert [(fault.key, fault.problem) for fault in faults] == [
        ("C04", "`reason` must say why for state declined."),
        ("C06", "`where` must name the file for state fact or text."),
        ("C99", "is not a claim."),
    ]


def test_a_catalogue_with_other_columns_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "claims.csv").write_text("id,statement\nC01,x\n")
    (tmp_path / "claims.yaml").write_text("{}")
    faults: list[Fault] = []

    load_claims(tmp_path, faults)

    assert [(fault.file, fault.key) for fault in faults] == [("knowledge/claims.csv", "columns")]


def test_every_file_that_claims_point_to_exists() -> None:
    places = [state.where for state in real_knowledge().claims.states.values() if state.where is not None]

    assert [place for place in places if not (REPOSITORY / place).is_file()] == []


def test_the_catalogue_holds_every_group_of_claims_without_gaps() -> None:
    with (RULES / "knowledge" / "claims.csv").open(newline="") as file:
        ids = [row["id"] for row in csv.DictReader(file)]

    for group in "EIDGCAXMSFQ":
        numbers = [int(name[1:]) for name in ids if name.startswith(group)]
        assert numbers == list(range(1, len(numbers) + 1)), group


def test_the_claims_that_are_inferred_or_recalled_are_soft() -> None:
    soft = {entry.id for entry in real_knowledge().claims.catalogue.values() if entry.soft}

    assert soft == {"C04", "C05", "C06", "C10", "C13", "C18", "C22"}
