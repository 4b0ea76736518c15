"""Make the terminology that kcds ships: `rules/value_sets/*.json` and `rules/terminology/*.csv`.

Reads the knowledge base (a directory, default `../shared/knowledge`) and, beside this script, `own_value_sets.yaml` and
`displays.yaml`.
The output is the same for the same input, byte for byte. ATC codes are never written (WHO copyright).

    python scripts/make_value_sets.py [KNOWLEDGE]
"""

import csv
import json
import re
import sys
from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, NamedTuple

import yaml

HERE = Path(__file__).resolve().parent
RULES = HERE.parent / "rules"
VERSION: str = yaml.safe_load((RULES / "version.yaml").read_text(encoding="utf-8"))["version"]
URL = "urn:kcds:value-set:"
VERIFIED = "urn:kcds:verified"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
SNOMED_TAG = re.compile(r" \((disorder|finding|situation|procedure|regime/therapy|qualifier value)\)$")
"""What SNOMED CT appends to the name of a concept; it tells a reader of a card nothing."""

STRENGTH = re.compile(r"(?P<what>.*?) (?P<amount>[\d.]+) MG(?P<per>/ML|/HR|/ACTUAT)?(?![\w/])", re.IGNORECASE)
"""How RxNorm names what is in a product: "12 HR oxycodone hydrochloride 10 MG", "ketamine 50 MG/ML"."""
PER = {"": "unit", "/ML": "mL", "/HR": "h", "/ACTUAT": "actuation"}
WITH_STRENGTH = frozenset({"SCD", "SBD", "SCDC", "SBDC"})
OPIOID_FORMS = {
    "oral": ("oral",),
    "transdermal system (72 h patch)": ("transdermal",),
    "transdermal iontophoretic (1666831, MG/ACTUAT)": (),  # no factor; its strength is not one of a patch
    "buccal or sublingual tablet; lozenge": ("oral", "other"),
    "buccal film; oral (sublingual) spray": (),  # same dose form group as the tablets, whose factor is the lower
    "nasal spray": ("nasal",),
    "nasal": ("nasal",),
    "injectable, epidural, intrathecal": ("injectable",),
    "injectable": ("injectable",),
    "rectal": ("rectal",),
    "oral or rectal": ("oral", "rectal"),
    "all": ("all",),  # has no factor
}
"""The dose form groups that a row of the factors is about."""
FACTOR_UNITS = {"MME per mg/day": "mg/d", "MME per mcg/day": "ug/d", "MME per day per mcg/h": "ug/h"}

SYSTEMS = {
    "snomed": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
    "interpretation": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
    "status-reason": "http://terminology.hl7.org/CodeSystem/medicationrequest-status-reason",
    "request-category": "http://terminology.hl7.org/CodeSystem/medicationrequest-category",
}
COPYRIGHT = {
    "http://snomed.info/sct": (
        "Includes SNOMED Clinical Terms (SNOMED CT), used by permission of SNOMED International; "
        "use outside member countries needs an affiliate licence."
    ),
    "http://loinc.org": (
        "Contains LOINC codes, copyright Regenstrief Institute, Inc. and the LOINC Committee, "
        "available at no cost under the licence at http://loinc.org/license."
    ),
    RXNORM: (
        "RxNorm prescribable content, courtesy of the U.S. National Library of Medicine, "
        "which does not endorse this product."
    ),
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD-10-CM is in the public domain (CDC/NCHS and CMS).",
}


class Code(NamedTuple):
    """A code as the sets hold it."""

    system: str
    code: str
    display: str
    verified: bool


Sets = dict[str, tuple[Code, ...]]


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    """Read a CSV file with a header."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def read_displays() -> dict[tuple[str, str], dict[str, str]]:
    """Read the displays that replace those of the knowledge base."""
    rows = yaml.safe_load((HERE / "displays.yaml").read_text(encoding="utf-8"))
    return {(SYSTEMS[row["system"]], str(row["code"])): row for row in rows}


def display_of(row: dict[str, str], displays: dict[tuple[str, str], dict[str, str]]) -> str:
    """Say what a code of the knowledge base is called on a card."""
    better = displays.get((row["system"], row["code"]))
    if better is None:
        return SNOMED_TAG.sub("", row["display"]) if row["system"] == SYSTEMS["snomed"] else row["display"]
    if row["display"] not in (better["instead_of"], better["display"]):
        sys.exit(f"displays.yaml: {row['code']} is {row['display']!r} in the knowledge base. Look at the entry again.")
    return better["display"]


def read_source_sets(knowledge: Path) -> Sets:
    """Read the value sets of the knowledge base, without ATC, with readable displays."""
    displays = read_displays()
    sets: Sets = {}
    for row in read_rows(knowledge / "valuesets" / "INDEX.csv"):
        codes = (
            Code(code["system"], code["code"], display_of(code, displays), code["verified"] == "yes")
            for code in read_rows(knowledge / "valuesets" / row["file"])
            if code["system"] != ATC
        )
        name = row["file"].removesuffix(".csv")
        sets[name] = tuple(sorted(codes))
        if not sets[name]:
            sys.exit(f"{name}: empty without ATC. Give it a code of another system, or leave the set out.")
    if unused := displays.keys() - {(code.system, code.code) for codes in sets.values() for code in codes}:
        sys.exit(f"displays.yaml: no set holds {sorted(unused)}. Take it out.")
    return sets


def pick(name: str, own: dict[str, Any], sets: Sets) -> Iterator[Code]:
    """Take single codes out of sets of the knowledge base."""
    for source, reasons in own.get("pick", {}).items():
        held = {code.code: code for code in sets[source]}
        for wanted in map(str, reasons):
            if wanted not in held:
                sys.exit(f"{name}: {source} does not hold {wanted}.")
            if not held[wanted].verified and not own.get("unverified"):
                sys.exit(f"{name}: {wanted} of {source} is not verified. Leave it out, or say `unverified: true`.")
            yield held[wanted]


def make_own_set(name: str, own: dict[str, Any], sets: Sets) -> tuple[Code, ...]:
    """Make one set of `own_value_sets.yaml`."""
    codes = set(pick(name, own, sets))
    codes |= {Code(SYSTEMS[c["system"]], str(c["code"]), c["display"], c["verified"]) for c in own.get("add", [])}
    for source in own.get("union", []):
        codes |= set(sets[source])
    left_out = {str(code) for code in own.get("except", {})}
    if missing := left_out - {code.code for code in codes}:
        sys.exit(f"{name}: except names {sorted(missing)}, which the set does not hold.")
    return unite(code for code in codes if code.code not in left_out)


def unite(codes: Iterable[Code]) -> tuple[Code, ...]:
    """Keep each code once (sets may differ in its display): a verified one if there is one, the first by display."""
    united: dict[tuple[str, str], Code] = {}
    for code in sorted(codes):
        held = united.setdefault((code.system, code.code), code)
        if code.verified and not held.verified:
            united[code.system, code.code] = code
    return tuple(sorted(united.values()))


def one_line(value: object) -> str:
    """Write JSON on one line."""
    return json.dumps(value, ensure_ascii=False)


def write_value_set(name: str, title: str, description: str, codes: tuple[Code, ...]) -> str:
    """Write one FHIR R4 ValueSet, one concept a line."""
    systems = sorted({code.system for code in codes})
    head = {
        "resourceType": "ValueSet",
        "id": name,
        "url": URL + name,
        "version": VERSION,
        "name": "".join(part.capitalize() for part in name.split("-")),
        "title": title,
        "status": "active",
        "description": description,
        "copyright": " ".join(COPYRIGHT[system] for system in systems if system in COPYRIGHT),
    }
    includes = []
    for system in systems:
        lines = []
        for code in codes:
            if code.system == system:
                concept: dict[str, object] = {"code": code.code, "display": code.display}
                if not code.verified:
                    concept["extension"] = [{"url": VERIFIED, "valueBoolean": False}]
                lines.append("        " + one_line(concept))
        joined = ",\n".join(lines)
        includes.append(f'      {{"system": {one_line(system)}, "concept": [\n{joined}\n      ]}}')
    fields = "".join(f"  {one_line(key)}: {one_line(value)},\n" for key, value in head.items() if value)
    return f'{{\n{fields}  "compose": {{\n    "include": [\n' + ",\n".join(includes) + "\n    ]\n  }\n}\n"


def write_csv(path: Path, header: tuple[str, ...], rows: Iterable[Iterable[str]]) -> None:
    """Write a CSV file with a header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def make_value_sets(knowledge: Path, target: Path) -> None:
    """Write every value set anew; a file of a set that is no more is removed."""
    sets = read_source_sets(knowledge)
    texts = {
        row["file"].removesuffix(".csv"): (row["title"], row["meaning"])
        for row in read_rows(knowledge / "valuesets" / "INDEX.csv")
    }
    own = yaml.safe_load((HERE / "own_value_sets.yaml").read_text(encoding="utf-8"))
    parts_first = TopologicalSorter({name: [one for one in own[name].get("union", []) if one in own] for name in own})
    for name in parts_first.static_order():
        if name in sets:
            sys.exit(f"{name}: the knowledge base has a set of that name.")
        sets[name] = make_own_set(name, own[name], sets)
        texts[name] = (own[name]["title"], own[name]["description"])
    target.mkdir(parents=True, exist_ok=True)
    for path in target.glob("*.json"):
        if path.stem not in sets:
            path.unlink()
    for name, codes in sets.items():
        (target / f"{name}.json").write_text(write_value_set(name, *texts[name], codes), encoding="utf-8")
    print(f"{len(sets)} value sets, {sum(map(len, sets.values()))} codes")


def name_ingredients(products: list[dict[str, str]], displays: dict[str, str]) -> dict[str, str]:
    """Say what every ingredient is called: by its own row, a value set, or as the one unnamed part of a combination."""
    names = {row["rxcui"]: row["name"].lower() for row in products if row["tty"] in {"IN", "PIN"}}
    names |= {code: display for code, display in displays.items() if code not in names}
    wanted = {code for row in products for code in row["ingredient_rxcui"].split(";")}
    found = True
    while found:
        found = False
        known = set(names.values())
        for row in products:
            parts = row["name"].lower().split(" / ")
            codes = row["ingredient_rxcui"].split(";")
            unnamed_codes = [code for code in codes if code not in names]
            unnamed_parts = [part for part in parts if part not in known]
            if row["tty"] == "MIN" and len(parts) == len(codes) and len(unnamed_codes) == len(unnamed_parts) == 1:
                names[unnamed_codes[0]] = unnamed_parts[0]
                found = True
    return {code: names[code] for code in sorted(wanted & names.keys(), key=int)}


def strengths_of(product: dict[str, str], names: dict[str, set[str]]) -> dict[str, str]:
    """Say how much of each ingredient a product holds, from its name; nothing where a part cannot be told."""
    codes = product["ingredient_rxcui"].split(";")
    found: dict[str, str] = {}
    for part in product["name"].split(" / "):
        strength = STRENGTH.match(part)
        if strength is None:
            return {}
        what = f" {strength['what'].lower()} "
        meant = codes if len(codes) == 1 else [c for c in codes if any(f" {name} " in what for name in names[c])]
        if len(meant) != 1 or meant[0] in found:
            return {}
        found[meant[0]] = f"{strength['amount']}/{PER[(strength['per'] or '').upper()]}"
    return found if len(found) == len(codes) else {}


def make_strengths(products: list[dict[str, str]], ingredients: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Say of each product what it holds: "161:325/unit;7804:5/unit"."""
    names: dict[str, set[str]] = {code: {name.lower()} for code, name in ingredients.items()}
    for row in products:
        if row["tty"] in {"IN", "PIN"}:
            names.setdefault(row["ingredient_rxcui"], set()).add(row["name"].lower())
        for code in row["ingredient_rxcui"].split(";"):
            names.setdefault(code, set())
    for row in products:
        found = strengths_of(row, names) if row["tty"] in WITH_STRENGTH else {}
        if found:
            yield row["rxcui"], ";".join(f"{code}:{found[code]}" for code in sorted(found, key=int))


def make_factors(knowledge: Path) -> Iterator[tuple[str, ...]]:
    """Give the MME factor of each opioid and dose form group; empty where there is none."""
    for row in read_rows(knowledge / "mme-factors.csv"):
        per = FACTOR_UNITS[row["unit"]] if row["factor"] else ""
        current = "yes" if row["basis"] == "cdc-2022" else "no"
        for form in OPIOID_FORMS[row["route_form"]]:
            yield f"{row['ingredient_rxcui']}:{form}", row["ingredient"], row["factor"], per, current


def make_terminology(knowledge: Path, target: Path) -> None:
    """Write the medicine tables, with the columns that kcds reads."""
    target.mkdir(parents=True, exist_ok=True)
    products = list(read_rows(knowledge / "rxnorm-products.csv"))
    columns = ("rxcui", "tty", "name", "ingredient_rxcui", "dose_form_group")
    write_csv(target / "rxnorm_products.csv", columns, ([row[c] for c in columns] for row in products))
    sets = read_source_sets(knowledge)
    displays = {
        code.code: code.display
        for name in sets
        if name.startswith("rx-")
        for code in sets[name]
        if code.system == RXNORM
    }
    names = name_ingredients(products, displays)
    write_csv(target / "rxnorm_ingredients.csv", ("rxcui", "name"), names.items())
    write_csv(target / "rxnorm_strengths.csv", ("rxcui", "strengths"), make_strengths(products, names))
    factor_columns = ("opioid", "ingredient", "factor", "per", "current")
    write_csv(target / "mme_factors.csv", factor_columns, make_factors(knowledge))
    ndc = ((row["ndc11"], row["rxcui"]) for row in read_rows(knowledge / "rxnorm-ndc.csv"))
    write_csv(target / "rxnorm_ndc.csv", ("ndc11", "rxcui"), sorted(ndc))
    class_columns = (
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
    classes = ([row[c] for c in class_columns] for row in read_rows(knowledge / "drug-classes.csv"))
    write_csv(target / "drug_classes.csv", class_columns, classes)
    print(f"{len(products)} products, {len(names)} ingredient names")


def main() -> None:
    """Make everything, from the knowledge directory given or the usual one."""
    knowledge = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parents[1] / "shared" / "knowledge"
    make_value_sets(knowledge, RULES / "value_sets")
    make_terminology(knowledge, RULES / "terminology")


if __name__ == "__main__":
    main()
