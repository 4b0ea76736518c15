"""Loading of the formulary: the tables of `rules/terminology/`, checked against each other."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path

from kcds.errors import Fault, KnowledgeError
from kcds.knowledge.drug_names import DrugNames, split_words
from kcds.knowledge.medications import Formulary
from kcds.knowledge.ndc import load_ndc
from kcds.knowledge.opioid_factors import load_opioid_factors
from kcds.knowledge.product_table import ProductTable
from kcds.knowledge.products import STRENGTHS, Products, TrialClass
from kcds.knowledge.tables import read_table
from kcds.knowledge.value_sets import ValueSets

_BRAND = re.compile(r"\[([^\]]+)\]$")
_REFORMULATED = re.compile(r" reformulated [a-z]{3} \d{4}$", re.IGNORECASE)
_CLASS_COLUMNS = (
    "ingredient_rxcui",
    "ingredient",
    "class_code",
    "class_name",
    "pain_therapy",
    "conditions",
    "min_daily_dose_mg",
    "verified",
    "forms",
    "bare_code",
    "indication_check",
    "note",
)
_NAME_COLUMNS = ("rxcui", "name")
_PRODUCT_COLUMNS = ("rxcui", "tty", "name", "ingredient_rxcui", "dose_form_group")


def load_formulary(directory: Path, value_sets: ValueSets) -> Formulary:
    """Read the medicine tables; all faults at once."""
    faults: list[Fault] = []
    table = read_table(directory / "rxnorm_products.csv", _PRODUCT_COLUMNS, faults)
    strengths = _read_strengths(directory / "rxnorm_strengths.csv", faults)
    for rxcui, _, _, codes, _ in table:
        if not rxcui.isdigit() or not codes.replace(";", "").isdigit():
            faults.append(Fault("terminology/rxnorm_products.csv", rxcui, "is not a code with ingredients.", ""))
    ingredients = {row[0]: row[1] for row in read_table(directory / "rxnorm_ingredients.csv", _NAME_COLUMNS, faults)}
    ndc = load_ndc(directory / "rxnorm_ndc.csv", faults)
    faults.extend(
        Fault("terminology/rxnorm_ndc.csv", code, "is not a product of rxnorm_products.csv.", "")
        for code in sorted(ndc.targets().difference(row[0] for row in table))
    )
    names = _read_names(directory, table, ingredients, faults)
    classes = _read_classes(directory / "drug_classes.csv", faults)
    factors = load_opioid_factors(directory, faults)
    if faults:
        raise KnowledgeError(faults)
    products = ProductTable(
        (rxcui, codes, form, strengths.get(rxcui, ""), name) for rxcui, _, name, codes, form in table
    )
    return Formulary(Products(products, ingredients, ndc, value_sets), DrugNames(names), classes, factors)


def _read_strengths(path: Path, faults: list[Fault]) -> dict[str, str]:
    """Read how much of each ingredient a product holds, as it is written, by RxCUI of the product."""
    strengths = {rxcui: cell for rxcui, cell in read_table(path, ("rxcui", "strengths"), faults)}  # noqa: C416 - typed
    for rxcui, cell in strengths.items():
        if not STRENGTHS.fullmatch(cell):
            faults.append(Fault(f"terminology/{path.name}", rxcui, "is not written like 161:325/unit;7804:5/unit.", ""))
    return strengths


def _read_names(
    directory: Path,
    table: list[tuple[str, ...]],
    ingredients: Mapping[str, str],
    faults: list[Fault],
) -> dict[str, frozenset[str]]:
    """Gather the names of medicines with their ingredients: of our products, synonyms, drugs known by name only."""
    names: dict[str, set[str]] = {}
    for code, name in ingredients.items():
        names.setdefault(" ".join(split_words(name)), set()).add(code)
    for _, tty, name, codes, _ in table:
        for called in _names_of_product(tty, name):
            names.setdefault(" ".join(split_words(called)), set()).update(codes.split(";"))
    for name, code, _ in read_table(
        directory / "drug_name_synonyms.csv", ("name", "ingredient_rxcui", "reason"), faults
    ):
        names.setdefault(" ".join(split_words(name)), set()).add(code)
        if code not in ingredients:
            faults.append(Fault("terminology/drug_name_synonyms.csv", name, f"{code} is not an ingredient.", ""))
    for name, _ in read_table(directory / "other_drug_names.csv", ("name", "group"), faults):
        if names.setdefault(" ".join(split_words(name)), set()):
            faults.append(Fault("terminology/other_drug_names.csv", name, "is a name of our products.", "Remove it."))
    for word, _ in read_table(directory / "brand_names_not_read.csv", ("name", "reason"), faults):
        if names.pop(" ".join(split_words(word)), None) is None:
            faults.append(Fault("terminology/brand_names_not_read.csv", word, "is no brand name.", "Remove it."))
    return {name: frozenset(codes) for name, codes in names.items()}


def _names_of_product(tty: str, name: str) -> Iterator[str]:
    """List what a product row adds to the names: itself if it is a name (IN, PIN, BN), else the brand it ends with."""
    if tty in {"IN", "PIN", "BN"}:
        yield _REFORMULATED.sub("", name)
    elif tty in {"SBD", "BPCK"} and (brand := _BRAND.search(name)):
        yield _REFORMULATED.sub("", brand[1])


def _read_classes(path: Path, faults: list[Fault]) -> dict[str, TrialClass]:
    """Read the drug classes, by ingredient."""
    classes: dict[str, TrialClass] = {}
    for row in read_table(path, _CLASS_COLUMNS, faults):
        cell = dict(zip(_CLASS_COLUMNS, row, strict=True))
        try:
            dose = Decimal(cell["min_daily_dose_mg"]) if cell["min_daily_dose_mg"] else None
        except InvalidOperation:
            faults.append(Fault(f"terminology/{path.name}", row[0], "min_daily_dose_mg is not a number.", ""))
            continue
        classes[row[0]] = TrialClass(
            code=cell["class_code"],
            label=cell["class_name"],
            pain_therapy=cell["pain_therapy"] == "yes",
            conditions=_split(cell["conditions"]),
            min_daily_dose_mg=dose,
            verified=cell["verified"] == "yes",
            forms=_split(cell["forms"]),
            bare_code=cell["bare_code"],
            indication_check=cell["indication_check"] == "yes",
            note=cell["note"],
        )
    return classes


def _split(cell: str) -> tuple[str, ...]:
    """Split a cell of several values."""
    return tuple(cell.split("|")) if cell else ()
