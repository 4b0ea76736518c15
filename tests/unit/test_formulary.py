"""Medicines are identified by code; text can only contradict or raise a question."""

import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from knowledge_builders import real_knowledge

from kcds.errors import KnowledgeError
from kcds.knowledge.drug_names import DrugNames
from kcds.knowledge.formulary import load_formulary
from kcds.knowledge.ndc import normalise_ndc
from kcds.model.code_systems import NDC, RXNORM, SNOMED

RULES = Path(__file__).resolve().parents[2] / "rules"
VALUE_SETS, FORMULARY = real_knowledge().value_sets, real_knowledge().formulary


def test_every_code_of_ketamine_is_recognised_with_its_form() -> None:
    for code in VALUE_SETS.codes_of("rx-ketamine"):
        product = FORMULARY.identify([(RXNORM, code.code, None)]).product

        assert product is not None, code.display
        assert product.concepts == {"rx-ketamine"}
        assert [ingredient.rxcui for ingredient in product.ingredients] == ["6130"]


def test_every_code_of_esketamine_is_recognised_as_esketamine_only() -> None:
    for code in VALUE_SETS.codes_of("rx-esketamine"):
        product = FORMULARY.identify([(RXNORM, code.code, None)]).product

        assert product is not None, code.display
        assert product.concepts == {"rx-esketamine"}


@pytest.mark.parametrize(
    "display", [None, "", "KETALAR 500 mg/10 mL", "Ketamine HCl inj", "infusion, see protocol 7", "kétamine", "???"]
)
def test_an_odd_display_does_not_hide_ketamine(display: str | None) -> None:
    product = FORMULARY.identify([(RXNORM, "6130", display)]).product

    assert product is not None
    assert product.concepts == {"rx-ketamine"}


def test_our_own_name_of_a_product_says_what_any_text_with_that_name_says() -> None:
    for concept in ("rx-ketamine", "rx-opioids", "rx-topical-analgesics"):
        for code in VALUE_SETS.codes_of(concept):
            product = FORMULARY.product(RXNORM, code.code)
            assert product is not None
            alone = FORMULARY.identify([(RXNORM, code.code, product.name.upper())], text=product.name)

            assert alone == FORMULARY.identify([(RXNORM, code.code, product.name)], text=f"{product.name}.")


def test_ketamine_injection_knows_its_form_also_beside_the_ingredient_code() -> None:
    product = FORMULARY.identify([(RXNORM, "6130", "ketamine"), (RXNORM, "238084", None)]).product

    assert product is not None
    assert product.rxcui == "238084"
    assert product.form == "injectable"


def test_a_ketamine_code_shown_as_esketamine_is_a_contradiction_that_names_both() -> None:
    found = FORMULARY.identify([(RXNORM, "6130", "Spravato nasal spray")])

    assert found.product is None
    assert found.reason == "contradiction"
    assert found.named == {"rx-ketamine", "rx-esketamine"}


def test_a_display_that_names_a_drug_outside_our_products_contradicts_the_code() -> None:
    found = FORMULARY.identify([(RXNORM, "833036", "Captopril 25 MG Oral Tablet")])

    assert found.product is None
    assert found.reason == "contradiction"
    assert "rx-opioids" in found.named


def test_text_that_names_another_drug_contradicts_the_code() -> None:
    assert FORMULARY.identify([(RXNORM, "7804", None)], text="Atorvastatin 20 mg").reason == "contradiction"


def test_a_display_that_names_a_part_of_a_combination_is_no_contradiction() -> None:
    product = FORMULARY.identify([(RXNORM, "352362", "Acetaminophen")]).product

    assert product is not None
    assert "rx-opioids" in product.concepts


def test_a_display_that_names_more_than_the_code_raises_a_question_only() -> None:
    found = FORMULARY.identify([(RXNORM, "6387", "lidocaine with epinephrine")])

    assert found.product is not None
    assert found.product.concepts == frozenset()
    assert found.named == {"rx-sympathomimetics-vasopressors"}


@pytest.mark.parametrize("rxcui", ["833036", "2119390", "1101333", "860189", "206967"])
def test_a_product_shown_by_its_own_name_is_identified(rxcui: str) -> None:
    product = FORMULARY.product(RXNORM, rxcui)
    assert product is not None

    assert FORMULARY.identify([(RXNORM, rxcui, product.name)]).product == product


@pytest.mark.parametrize(
    "other",
    [
        ("urn:local", "K-1", "Ketamine inj."),
        ("http://www.whocc.no/atc", "N01AX03", "ketamine"),
        (NDC, "9999-9999-99", None),
        (SNOMED, "373464007", "Ketamine (substance)"),
        (RXNORM, "99999999", None),
    ],
)
def test_an_unknown_coding_beside_a_known_one_does_no_harm(other: tuple[str, str, str | None]) -> None:
    product = FORMULARY.identify([other, (RXNORM, "6130", "ketamine")]).product

    assert product is not None
    assert product.concepts == {"rx-ketamine"}


def test_codings_that_name_different_ingredients_are_a_contradiction() -> None:
    found = FORMULARY.identify([(RXNORM, "7804", "oxycodone"), (RXNORM, "25480", "gabapentin")])

    assert found.reason == "contradiction"
    assert {"rx-opioids", "rx-gabapentinoids"} <= found.named


@pytest.mark.parametrize(
    ("codings", "text", "reason", "named"),
    [
        ([], None, "no-medication", set()),
        ([], "Ketamine troche 50", "text-only", {"rx-ketamine"}),
        ([(None, None, "Nardil 15")], None, "text-only", {"rx-maoi"}),
        ([(RXNORM, "99999999", "Aminophylline inj 250mg")], None, "unknown-code", {"rx-xanthines"}),
        ([("urn:local", "X", None)], None, "unknown-code", set()),
        (
            [(SNOMED, "430127000", "Oral form oxycodone")],
            None,
            "unknown-code",
            {"rx-opioids"},
        ),
        ([(None, "6130", None)], None, "unknown-code", set()),
    ],
)
def test_a_medicine_without_a_known_code_says_why_and_what_it_names(
    codings: list[tuple[str | None, str | None, str | None]], text: str | None, reason: str, named: set[str]
) -> None:
    found = FORMULARY.identify(codings, text=text)

    assert found.product is None
    assert found.reason == reason
    assert found.named == named


def test_a_compound_is_all_of_its_coded_ingredients() -> None:
    product = FORMULARY.identify(
        [("urn:local", "C-1", "Compound cream")],
        [(RXNORM, "6130", "ketamine"), (RXNORM, "25480", "gabapentin"), ("urn:local", "base", "cream base")],
    ).product

    assert product is not None
    assert product.name == "gabapentin / ketamine"
    assert {"rx-ketamine", "rx-gabapentinoids"} <= product.concepts


def test_ingredients_of_a_coded_product_agree_with_it() -> None:
    found = FORMULARY.identify([(RXNORM, "238084", None)], [(RXNORM, "6130", None)])

    assert found.product is not None
    assert found.product.rxcui == "238084"


def test_ingredients_that_the_code_does_not_hold_contradict_it() -> None:
    assert FORMULARY.identify([(RXNORM, "238084", None)], [(RXNORM, "7804", None)]).reason == "contradiction"


def test_a_topical_product_belongs_to_the_topical_set_and_its_ingredient_alone_does_not() -> None:
    gel, ingredient = FORMULARY.product(RXNORM, "1009433"), FORMULARY.product(RXNORM, "6387")

    assert gel is not None
    assert gel.form == "topical"
    assert "rx-topical-analgesics" in gel.concepts
    assert ingredient is not None
    assert "rx-topical-analgesics" not in ingredient.concepts


def test_a_code_that_only_a_value_set_holds_is_its_own_ingredient() -> None:
    product = FORMULARY.product(RXNORM, "1999574")

    assert product is not None
    assert [ingredient.name for ingredient in product.ingredients] == ["apalutamide"]
    assert "rx-cyp3a4-strong-inducers" in product.concepts


def test_every_medicine_code_of_a_value_set_is_a_product_of_that_concept() -> None:
    for concept in (name for name in VALUE_SETS.names() if name.startswith("rx-")):
        for code in VALUE_SETS.codes_of(concept):
            product = FORMULARY.product(code.system, code.code)

            assert product is not None, (concept, code.display)
            assert concept in product.concepts, (concept, code.display)


@pytest.mark.parametrize(
    ("written", "ndc"),
    [
        ("0143-9508-01", "00143950801"),
        ("12345-678-90", "12345067890"),
        ("12345-6789-0", "12345678900"),
        ("00143-9508-01", "00143950801"),
        (" 00143950801 ", "00143950801"),
        ("0143950801", None),
        ("0143-9508", None),
        ("1-2-3", None),
        ("", None),
        ("abcd-efgh-ij", None),
    ],
)
def test_an_ndc_is_written_with_eleven_digits_or_not_read(written: str, ndc: str | None) -> None:
    assert normalise_ndc(written) == ndc


def test_an_ndc_means_its_product() -> None:
    product = FORMULARY.identify([(NDC, "0143-9508-01", None)]).product

    assert product is not None
    assert product.name == "ketamine 50 MG/ML Injectable Solution"


@pytest.mark.parametrize("code", ["0182-1061-05", "0143950801", "ketamine"])
def test_an_ndc_that_the_table_lacks_or_that_cannot_be_read_identifies_nothing(code: str) -> None:
    assert FORMULARY.identify([(NDC, code, None)]).reason == "unknown-code"


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("Aminophylline inj 250mg", "rx-xanthines"),
        ("AMINOPHYLLINE250MG", "rx-xanthines"),
        ("Theo-24 300 mg", "rx-xanthines"),
        ("oxtriphylline", "rx-xanthines"),
        ("Nardil 15", "rx-maoi"),
        ("ketamine lozenge", "rx-ketamine"),
        ("Spravato", "rx-esketamine"),
        ("s-ketamine", "rx-esketamine"),
        ("Xanax XR", "rx-benzodiazepines"),
        ("DOPamine 400 mg in D5W", "rx-sympathomimetics-vasopressors"),
        ("adrenaline", "rx-sympathomimetics-vasopressors"),
        ("Percocet prn", "rx-opioids"),
        ("St. John's Wort", "rx-cyp3a4-strong-inducers"),
    ],
)
def test_a_text_names_a_medicine_by_ingredient_brand_or_synonym(text: str, concept: str) -> None:
    assert concept in FORMULARY.named_in(text)


def test_esketamine_in_a_text_is_not_ketamine() -> None:
    assert FORMULARY.named_in("esketamine 28 mg") == {"rx-esketamine"}
    assert FORMULARY.named_in("S-Ketamin") == {"rx-esketamine"}


@pytest.mark.parametrize(
    "text", ["", None, "atorvastatin 20", "vanquish the pain with tact", "apomorphine pen", "to recede at intermezzo"]
)
def test_a_text_that_names_none_of_our_medicines_names_no_concept(text: str | None) -> None:
    assert FORMULARY.named_in(text) == frozenset()


def test_names_of_fewer_than_four_letters_are_not_looked_for() -> None:
    names = DrugNames({"Ibu": frozenset({"1"}), "Ibu 600": frozenset({"1"}), "Soma": frozenset({"2"})})

    assert names.find("Ibu 600, ibu") == ()
    assert [drug.name for drug in names.find("soma")] == ["soma"]


def test_the_longest_name_is_found() -> None:
    names = DrugNames({"Excedrin": frozenset({"1"}), "Excedrin PM": frozenset({"2"})})

    assert [drug.name for drug in names.find("Excedrin PM, then excedrin")] == ["excedrin pm", "excedrin"]


def test_two_gabapentinoids_are_one_drug_class_with_its_own_least_dose_each() -> None:
    gabapentin, pregabalin = FORMULARY.trial_classes("25480"), FORMULARY.trial_classes("187832")

    assert gabapentin is not None
    assert pregabalin is not None
    assert gabapentin.code == pregabalin.code == "gabapentinoid"
    assert gabapentin.min_daily_dose_mg == Decimal(1200)
    assert pregabalin.min_daily_dose_mg == Decimal(300)
    assert gabapentin.pain_therapy
    assert gabapentin.verified
    assert gabapentin.conditions == ("any",)
    assert gabapentin.forms == ("oral",)


def test_a_drug_without_a_known_dose_has_none_to_judge() -> None:
    morphine = FORMULARY.trial_classes("7052")

    assert morphine is not None
    assert morphine.min_daily_dose_mg is None
    assert morphine.forms == ("oral", "rectal")


def test_ketamine_is_never_a_failed_treatment() -> None:
    ketamine = FORMULARY.trial_classes("6130")

    assert ketamine is not None
    assert not ketamine.pain_therapy
    assert ketamine.conditions == ketamine.forms == ()


def test_an_ingredient_without_a_class_has_none() -> None:
    assert FORMULARY.trial_classes("1999574") is None


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("rxnorm_products.csv", "rxcui,tty", "code,tty", "header: is not rxcui,tty"),
        ("rxnorm_products.csv", "\n97,PIN,", "\nx,PIN,", "x: is not a code with ingredients"),
        ("rxnorm_products.csv", "\n97,PIN,", "\n97,", "line 2: does not have 5 columns"),
        ("rxnorm_ingredients.csv", "\n448,", "\n161,", "repeats 161"),
        ("rxnorm_ndc.csv", "ndc11,", "ndc,", "header"),
        ("rxnorm_ndc.csv", "\n00002143601,2058877", "\n0002143601,2058877", "is not an 11-digit NDC"),
        ("rxnorm_ndc.csv", "\n00002143601,", "\n99992143601,", "not sorted"),
        ("rxnorm_ndc.csv", ",2058877", ",1", "1: is not a product"),
        ("drug_classes.csv", ",1200,", ",lots,", "min_daily_dose_mg is not a number"),
        ("rxnorm_strengths.csv", ":10/mL", ":ten/mL", "is not written like 161:325/unit"),
        ("mme_factors.csv", ",1.5,", ",lots,", "7804:oral: factor is not a number"),
        ("mme_factors.csv", "mg/d", "mg", "per is none of mg/d, ug/d, ug/h"),
        ("drug_name_synonyms.csv", ",6130,", ",61300000,", "61300000 is not an ingredient"),
        ("other_drug_names.csv", "captopril,", "ketamine,", "is a name of our products"),
        ("brand_names_not_read.csv", "Tact,", "Tacit,", "is no brand name"),
    ],
)
def test_a_wrong_table_stops_the_start_and_names_what_is_wrong(
    tmp_path: Path, file: str, old: str, new: str, problem: str
) -> None:
    shutil.copytree(RULES / "terminology", tmp_path / "terminology")
    path = tmp_path / "terminology" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(KnowledgeError) as caught:
        load_formulary(tmp_path / "terminology", VALUE_SETS)

    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("rxcui", "strengths"),
    [
        ("238083", {"6130": ("100", "mL")}),
        ("310433", {"25480": ("600", "unit")}),
        ("197696", {"4337": ("0.075", "h")}),
        ("1115577", {"4337": ("0.4", "actuation")}),
        ("1049221", {"161": ("325", "unit"), "7804": ("5", "unit")}),
        ("6130", {}),
        ("199870", {}),
    ],
)
def test_a_product_says_how_much_of_each_ingredient_it_holds(rxcui: str, strengths: dict[str, tuple[str, str]]) -> None:
    product = FORMULARY.product(RXNORM, rxcui)

    assert product is not None
    assert {
        one.rxcui: (str(one.strength.milligrams), one.strength.per)
        for one in product.ingredients
        if one.strength is not None
    } == strengths


def test_codes_that_agree_share_the_strength_and_codes_that_differ_in_it_have_none() -> None:
    def strengths(*codes: str) -> set[object]:
        product = FORMULARY.identify([(RXNORM, code, None) for code in codes]).product
        assert product is not None
        return {one.strength.milligrams if one.strength else None for one in product.ingredients}

    assert strengths("6130", "238083") == {Decimal(100)}
    assert strengths("238082", "238083") == {None}


def test_an_opioid_without_a_factor_cannot_be_computed() -> None:
    oxycodone, fentanyl = FORMULARY.opioid_factor("7804", "oral"), FORMULARY.opioid_factor("4337", "nasal")

    assert oxycodone is not None
    assert (oxycodone.factor, oxycodone.per, oxycodone.current) == (Decimal("1.5"), "mg/d", True)
    assert fentanyl is not None
    assert (fentanyl.per, fentanyl.current) == ("ug/d", False)
    assert FORMULARY.opioid_factor("1819", "oral") is None
    assert FORMULARY.opioid_factor("7052", "injectable") is None


@pytest.mark.parametrize("file", ["rxnorm_ndc.csv", "drug_classes.csv"])
def test_an_empty_table_stops_the_start(tmp_path: Path, file: str) -> None:
    shutil.copytree(RULES / "terminology", tmp_path / "terminology")
    (tmp_path / "terminology" / file).write_text("", encoding="utf-8")

    with pytest.raises(KnowledgeError) as caught:
        load_formulary(tmp_path / "terminology", VALUE_SETS)

    assert f"terminology/{file}: header" in str(caught.value)


def test_every_missing_table_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError) as caught:
        load_formulary(tmp_path, VALUE_SETS)

    assert {fault.file for fault in caught.value.faults} == {
        f"terminology/{name}.csv"
        for name in (
            "rxnorm_products",
            "rxnorm_ingredients",
            "rxnorm_ndc",
            "rxnorm_strengths",
            "mme_factors",
            "drug_classes",
            "drug_name_synonyms",
            "other_drug_names",
            "brand_names_not_read",
        )
    }
