"""Allergy facts, and when the list of allergies is known."""

import pytest
from record_builders import allergy, concept
from terminology import formulary, value_sets

from kcds.facts.allergies import allergy_facts, is_list_known, names_ketamine_only_in_text
from kcds.fhir.record import Allergy
from kcds.model import facts as facts_model

KETAMINE_SET = "ketamine-allergy-substances"
NONE_KNOWN = ("snomed", "716186003")


def facts(*allergies: Allergy) -> tuple[facts_model.Allergy, ...]:
    return allergy_facts(allergies, value_sets(), formulary())


def ketamine_facts(*allergies: Allergy) -> list[facts_model.Allergy]:
    return [fact for fact in facts(*allergies) if fact.concept == KETAMINE_SET]


@pytest.mark.parametrize(
    "code",
    [("rxnorm", "6130"), ("rxnorm", "2119365"), ("snomed", "373464007"), ("rxnorm", "206967"), ("rxnorm", "2119387")],
    ids=["ketamine", "esketamine", "SNOMED substance", "Ketalar", "Spravato"],
)
def test_ketamine_is_found_by_substance_and_by_product(code: tuple[str, str]) -> None:
    (fact,) = ketamine_facts(allergy(code, type_="allergy"))

    assert (fact.state, fact.confirmed, fact.type) == ("active", True, "allergy")


def test_ketamine_is_found_as_the_substance_of_a_reaction() -> None:
    assert len(ketamine_facts(allergy(text="see reaction", substances=[concept(("rxnorm", "6130"))]))) == 1


def test_a_drug_belongs_to_its_medicine_concepts() -> None:
    (fact,) = [one for one in facts(allergy(("rxnorm", "7258"))) if one.concept == "rx-nsaid-acetaminophen"]

    assert fact.label == "naproxen"


@pytest.mark.parametrize(
    ("clinical", "state"), [("active", "active"), ("inactive", "past"), ("resolved", "past"), (None, "unknown")]
)
def test_the_clinical_status_decides_the_state(clinical: str | None, state: str) -> None:
    (fact,) = ketamine_facts(allergy(("rxnorm", "6130"), clinical=clinical))

    assert fact.state == state


@pytest.mark.parametrize(("verification", "confirmed"), [("confirmed", True), (None, True), ("unconfirmed", False)])
def test_the_verification_status_decides_whether_it_is_confirmed(
    verification: str | None,
    confirmed: bool,  # noqa: FBT001
) -> None:
    (fact,) = ketamine_facts(allergy(("rxnorm", "6130"), verification=verification))

    assert fact.confirmed is confirmed


@pytest.mark.parametrize("verification", ["refuted", "entered-in-error"])
def test_a_void_allergy_makes_no_fact_and_no_list(verification: str) -> None:
    void = allergy(("rxnorm", "6130"), verification=verification)

    assert facts(void) == ()
    assert is_list_known([void], value_sets()) is False


def test_an_allergy_without_a_type_has_the_type_unknown() -> None:
    (fact,) = ketamine_facts(allergy(("rxnorm", "6130"), type_=None))

    assert fact.type == "unknown"


@pytest.mark.parametrize(
    ("entry", "known"),
    [
        (allergy(NONE_KNOWN), True),
        (allergy(("snomed", "409137002")), True),
        (allergy(NONE_KNOWN, clinical="inactive"), False),
        (allergy(NONE_KNOWN, clinical=None), False),
        (allergy(("rxnorm", "7258"), clinical="inactive"), True),
        (allergy(text="bee stings"), True),
    ],
    ids=["none known", "no drug allergy", "no longer in force", "status unknown", "a past allergy", "an uncoded one"],
)
def test_the_list_is_known_by_an_entry_or_by_the_statement_of_none(entry: Allergy, known: bool) -> None:  # noqa: FBT001
    assert is_list_known([entry], value_sets()) is known


def test_an_empty_list_is_not_known() -> None:
    assert is_list_known([], value_sets()) is False


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        (allergy(text="Ketamine - hallucinations"), True),
        (allergy(("local", "A1", "Ketalar")), True),
        (allergy(text="penicillin"), False),
        (allergy(("rxnorm", "6130", "ketamine")), False),
        (allergy(text="ketamine", clinical="resolved"), False),
        (allergy(text="ketamine", verification="refuted"), False),
    ],
)
def test_ketamine_in_words_only_is_noticed(entry: Allergy, named: bool) -> None:  # noqa: FBT001
    assert bool(names_ketamine_only_in_text([entry], value_sets(), formulary())) is named


@pytest.mark.parametrize(
    ("manifestation", "harm"),
    [
        (("icd-10-cm", "N30.10"), "bladder"),
        (("icd-10-cm", "K72.90"), "liver"),
        (("snomed", "235856003"), "liver"),
        (("snomed", "69322001"), "psychosis"),
        (("snomed", "422587007"), None),
    ],
    ids=["interstitial cystitis", "liver failure", "disorder of liver", "psychosis", "nausea"],
)
def test_a_reaction_shows_a_harm_of_ketamine(manifestation: tuple[str, str], harm: str | None) -> None:
    (fact,) = ketamine_facts(allergy(("rxnorm", "6130"), type_="intolerance", manifestations=[concept(manifestation)]))

    assert (fact.type, fact.harm) == ("intolerance", harm)
