"""Products: what a medicine holds, which concepts that makes it, and what is known of its drug class as a trial."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from kcds.knowledge.ndc import NdcTable
from kcds.knowledge.remembered import MOST, Remembered
from kcds.knowledge.value_sets import ValueSets
from kcds.model.code_systems import NDC, RXNORM, normalise_code, normalise_system

UNKNOWN_FORM = "unknown"
_STRENGTH = re.compile(r"(\d+):(\d+(?:\.\d+)?|\.\d+)/(unit|mL|h|actuation)")
STRENGTHS = re.compile(rf"{_STRENGTH.pattern}(?:;{_STRENGTH.pattern})*")
"""How the strengths of a product are written: `161:325/unit;7804:5/unit`, RxCUI of the ingredient, mg, of what."""


@dataclass(frozen=True, slots=True)
class Strength:
    """How many mg of an ingredient are in one unit of a product: a `unit` (tablet), an `mL`, an `actuation`, an `h`."""

    milligrams: Decimal
    per: str


@dataclass(frozen=True, slots=True)
class Ingredient:
    """An ingredient (RxNorm), the concepts (value sets `rx-*`) it belongs to, and how much of it the product holds."""

    rxcui: str
    name: str
    concepts: frozenset[str]
    strength: Strength | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """A medicine that was recognised.

    `concepts` are those of its ingredients and those that list the product itself (`rx-topical-analgesics`).
    `form` is a dose form group: oral, injectable, nasal, topical, transdermal, rectal, ophthalmic, inhaled, other,
    or unknown. A mixture of several coded ingredients has their RxCUIs joined by "+".
    """

    rxcui: str
    name: str
    ingredients: tuple[Ingredient, ...]
    form: str
    concepts: frozenset[str]
    label: str = field(init=False, compare=False)  # the names of its ingredients
    ingredient_codes: frozenset[str] = field(init=False, compare=False)  # their RxCUIs
    belongs: tuple["Belonging", ...] = field(init=False, compare=False)  # to each of its concepts, in their order

    def __post_init__(self) -> None:
        """Say once what every order of the medicine asks."""
        object.__setattr__(self, "label", _names(self.ingredients))
        object.__setattr__(self, "ingredient_codes", frozenset(one.rxcui for one in self.ingredients))
        object.__setattr__(self, "belongs", tuple(_belonging(self, concept) for concept in sorted(self.concepts)))

    def __hash__(self) -> int:
        """Count as different what has different codes: quickly, since much is remembered of each product."""
        return hash(self.rxcui)


class Belonging(NamedTuple):
    """How a product belongs to a concept: by which ingredients (all, where the product as such is listed)."""

    concept: str
    drug: str  # the names of these ingredients
    ingredient: Ingredient | None  # the only one


@dataclass(frozen=True, slots=True)
class TrialClass:
    """The pharmacological class of an ingredient, and whether and how taking it is a trial of a pain treatment."""

    code: str
    label: str
    pain_therapy: bool
    conditions: tuple[str, ...]  # any, neuropathic, msk, headache, crps; empty if it is no pain treatment
    min_daily_dose_mg: Decimal | None  # None: no dose is known, so none is judged
    verified: bool  # False: never more than a possible trial
    forms: tuple[str, ...]  # dose form groups that count
    bare_code: str  # what a code without a form is worth: counts | possible | "" (no pain treatment)
    indication_check: bool  # often given for something else: look at the reason
    note: str


class ProductRow(NamedTuple):
    """A line of the product table."""

    name: str
    ingredients: str  # RxCUIs, joined by ";"
    form: str
    strengths: str = ""  # as in `STRENGTHS`


class Products:
    """Every product we know, by RxNorm code or NDC."""

    def __init__(
        self,
        rows: Mapping[str, ProductRow],
        ingredient_names: Mapping[str, str],
        ndc: NdcTable,
        value_sets: ValueSets,
    ) -> None:
        """Keep the tables; products are made when asked for, and remembered by their code."""
        self._rows = rows
        self._names = ingredient_names
        self._ndc = ndc
        self._value_sets = value_sets
        self.find = Remembered(self._find)
        self.concepts_of = lru_cache(maxsize=MOST)(self._concepts_of)  # asked for codes of our tables only

    def _find(self, system: str | None, code: str | None) -> Product | None:
        """Say which product a code means; None if we do not know it."""
        canonical = normalise_system(system)
        written = normalise_code(canonical, code)
        if written is not None and canonical == NDC:
            written, canonical = self._ndc.rxcui(written), RXNORM
        return self._make(written) if written is not None and canonical == RXNORM else None

    def _concepts_of(self, rxcui: str) -> frozenset[str]:
        """List the medicine concepts that hold this very code."""
        memberships = self._value_sets.memberships(RXNORM, rxcui)
        return frozenset(membership.concept for membership in memberships if membership.concept.startswith("rx-"))

    def knows_content(self, product: Product) -> bool:
        """Say whether the ingredients of a product are known; a value set may hold a code of which only that is known.

        Such a code adds a concept to what other codes of the medicine say, and never contradicts them.
        """
        return all(ingredient.rxcui in self._names for ingredient in product.ingredients)

    def mix(self, parts: Iterable[Product]) -> Product:
        """Make one product of several codes that agree: all their ingredients, and the one form they know.

        Its name is that of the most telling code: one with a form before one without, then more ingredients.
        """
        codes = tuple(parts)
        if len(codes) == 1:
            return codes[0]
        known = sorted(codes, key=lambda part: (part.form == UNKNOWN_FORM, -len(part.ingredients), part.name))
        forms = {part.form for part in known} - {UNKNOWN_FORM}
        ingredients = _united(ingredient for part in known for ingredient in part.ingredients)
        return Product(
            rxcui=known[0].rxcui,
            name=known[0].name,
            ingredients=tuple(ingredients[code] for code in sorted(ingredients, key=int)),
            form=forms.pop() if len(forms) == 1 else UNKNOWN_FORM,
            concepts=frozenset().union(*(part.concepts for part in known)),
        )

    def compound(self, parts: Iterable[Product]) -> Product:
        """Make one product of the coded ingredients of a medicine that has no code of its own."""
        distinct = sorted({part.rxcui: part for part in parts}.values(), key=lambda part: part.name)
        mixed = self.mix(distinct)
        if len(distinct) == 1:
            return mixed
        return Product(
            rxcui="+".join(part.rxcui for part in distinct),
            name=" / ".join(part.name for part in distinct),
            ingredients=mixed.ingredients,
            form=mixed.form,
            concepts=mixed.concepts,
        )

    def _make(self, rxcui: str) -> Product | None:
        """Make the product of an RxNorm code; a value set may hold a code that the product table lacks."""
        row = self._rows.get(rxcui)
        if row is None:
            memberships = self._value_sets.memberships(RXNORM, rxcui)
            if not self._concepts_of(rxcui):
                return None
            row = ProductRow(memberships[0].display, rxcui, UNKNOWN_FORM)
        codes = sorted({*row.ingredients.split(";")}, key=int) if ";" in row.ingredients else [row.ingredients]
        strengths = _strengths_in(row.strengths)
        ingredients = tuple(
            Ingredient(code, self._names.get(code, row.name), self.concepts_of(code), strengths.get(code))
            for code in codes
        )
        concepts = self.concepts_of(rxcui).union(*(ingredient.concepts for ingredient in ingredients))
        return Product(rxcui, row.name, ingredients, row.form, concepts)


def _belonging(product: Product, concept: str) -> Belonging:
    """Say by which of its ingredients a product belongs to a concept."""
    members = [one for one in product.ingredients if concept in one.concepts]
    return Belonging(concept, _names(members or product.ingredients), members[0] if len(members) == 1 else None)


def _names(ingredients: Iterable[Ingredient]) -> str:
    """Name ingredients, in the order of the alphabet."""
    return " / ".join(sorted(one.name for one in ingredients))


def _strengths_in(cell: str) -> dict[str, Strength]:
    """Read how much of each ingredient there is, by its RxCUI."""
    return {code: Strength(Decimal(amount), per) for code, amount, per in _STRENGTH.findall(cell)}


def _united(ingredients: Iterable[Ingredient]) -> dict[str, Ingredient]:
    """Keep each ingredient once, with its strength unless codes disagree about it."""
    united: dict[str, Ingredient] = {}
    strengths: dict[str, set[Strength]] = {}
    for one in ingredients:
        united.setdefault(one.rxcui, one)
        strengths.setdefault(one.rxcui, set()).update([one.strength] if one.strength is not None else [])
    return {
        code: replace(one, strength=next(iter(strengths[code])) if len(strengths[code]) == 1 else None)
        for code, one in united.items()
    }
