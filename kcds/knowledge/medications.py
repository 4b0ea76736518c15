"""Medicines: which product a coded medicine is, or why that cannot be said.

A medicine is identified by codes only (RxNorm, or an NDC that means an RxNorm product). Codes that disagree with each
other, or with a display or text that names another medicine, identify nothing: we report that and do not guess.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeAlias

from kcds.knowledge.drug_names import DrugNames, NamedDrug
from kcds.knowledge.opioid_factors import OpioidFactor
from kcds.knowledge.products import Ingredient, Product, Products, Strength, TrialClass
from kcds.knowledge.remembered import MOST
from kcds.model.immutable import immutable

__all__ = [
    "CodingTuple",
    "Formulary",
    "Identification",
    "Ingredient",
    "OpioidFactor",
    "Product",
    "Strength",
    "TrialClass",
]

CodingTuple: TypeAlias = tuple[str | None, str | None, str | None]
"""System, code and display, as in a record."""


@immutable
class Identification:
    """What a medicine is.

    `reason` (when there is no product): text-only | unknown-code | contradiction | no-medication.
    `named`: concepts that displays or text name and that the product does not have. After a contradiction they
    include those of the codes, since either side may be right. They allow "cannot tell", never more.
    """

    product: Product | None
    reason: str | None
    named: frozenset[str]


class Formulary:
    """What we know about medicines."""

    def __init__(
        self,
        products: Products,
        names: DrugNames,
        classes: Mapping[str, TrialClass],
        factors: Mapping[str, OpioidFactor],
    ) -> None:
        """Keep products, names, drug classes and the factors of opioids."""
        self._products = products
        self._names = names
        self._classes = classes
        self._factors = factors
        self.pain_therapies = lru_cache(maxsize=MOST)(self._pain_therapies)
        self._names_of_product = lru_cache(maxsize=MOST)(self._names_in_our_own)

    def product(self, system: str | None, code: str | None) -> Product | None:
        """Say which product one code means; None if we do not know it."""
        return self._products.find(system, code)

    def named_in(self, text: str | None) -> frozenset[str]:
        """List the concepts (`rx-*`) of the medicines that a text names."""
        return self._concepts(self._names.find(text or ""))

    def trial_classes(self, ingredient_rxcui: str) -> TrialClass | None:
        """Say which drug class an ingredient is; None if it has none of interest."""
        return self._classes.get(ingredient_rxcui)

    def class_titles(self) -> Mapping[str, str]:
        """Return what people call the drug classes, by their codes."""
        return {one.code: one.label for one in self._classes.values()}

    def _pain_therapies(self, product: Product) -> tuple[TrialClass, ...]:
        """List the drug classes of a product's ingredients that are pain therapies; asked for every order."""
        found = [self.trial_classes(one.rxcui) for one in product.ingredients]
        return tuple(one for one in found if one is not None and one.pain_therapy)

    def opioid_factor(self, ingredient_rxcui: str, form: str) -> OpioidFactor | None:
        """Say what an opioid in a dose form group is in morphine; None if that cannot be computed, never zero."""
        return self._factors.get(f"{ingredient_rxcui}:{form}")

    def identify(
        self,
        codings: Iterable[CodingTuple],
        ingredient_codings: Iterable[CodingTuple] = (),
        text: str | None = None,
    ) -> Identification:
        """Say what a medicine is, from its codes, those of its ingredients, and (to contradict only) its text."""
        own, parts = list(codings), list(ingredient_codings)
        whole = [product for system, code, _ in own if (product := self.product(system, code))]
        if len(whole) == 1 and not parts and _is_only_called(whole[0], own, text):
            return Identification(whole[0], None, frozenset())
        return self._compare(own, whole, parts, text)

    def _compare(
        self, own: list[CodingTuple], whole: list[Product], parts: list[CodingTuple], text: str | None
    ) -> Identification:
        """Say what a medicine is, where codes, displays and text may differ; `whole` are the products of its codes."""
        texts = list(dict.fromkeys([*(display for _, _, display in own + parts if display), *([text] if text else [])]))
        spoken = [self._names.find(words) for words in texts]
        named = self._concepts(drug for drugs in spoken for drug in drugs)
        pieces = [product for system, code, _ in parts if (product := self.product(system, code))]
        if not whole and not pieces:
            return Identification(None, _why_unknown(own + parts, texts), named)
        known = whole + ([self._products.compound(pieces)] if pieces else [])
        product = self._products.mix(known)
        other = self._other_drugs(known, product, spoken)
        denied = any(drugs and len(drugs) == len(others) for drugs, others in zip(spoken, other, strict=True))
        if denied or not self._agree(known):
            return Identification(None, "contradiction", named | product.concepts)
        also_named = self._concepts(drug for drugs in other for drug in drugs)
        return Identification(product, None, also_named - product.concepts)

    def _other_drugs(
        self, known: list[Product], product: Product, spoken: list[tuple[NamedDrug, ...]]
    ) -> list[list[NamedDrug]]:
        """List, for each display or text, the medicines it names that are not this product."""
        if not any(spoken):
            return [[] for _ in spoken]
        own_names = frozenset().union(*(self._names_of_product(one.name) for one in known))
        own_codes = product.ingredient_codes
        return [
            [drug for drug in drugs if drug.name not in own_names and not drug.ingredients & own_codes]
            for drugs in spoken
        ]

    def _agree(self, known: list[Product]) -> bool:
        """Say whether several codes can mean one medicine: one of them holds every ingredient of the others."""
        if len(known) == 1:
            return True
        sure = [one for one in known if self._products.knows_content(one)] or known
        mixed = self._products.mix(sure)
        return any(one.ingredient_codes == mixed.ingredient_codes for one in sure)

    def _names_in_our_own(self, name_of_product: str) -> frozenset[str]:
        """List the names of medicines in the name that our table gives a product."""
        return frozenset(drug.name for drug in self._names.find(name_of_product))

    def _concepts(self, drugs: Iterable[NamedDrug]) -> frozenset[str]:
        """List the concepts of named medicines."""
        codes = {code for drug in drugs for code in drug.ingredients}
        if not codes:
            return frozenset()
        return frozenset().union(*(self._products.concepts_of(code) for code in codes))


def _is_only_called(product: Product, codings: list[CodingTuple], text: str | None) -> bool:
    """Say whether displays and text, where there are any, are just our own name of a product: they name no other."""
    name = product.name
    for words in (text, *[display for _, _, display in codings]):
        if words and words != name and words.casefold() != name.casefold():
            return False
    return True


def _why_unknown(codings: list[CodingTuple], texts: list[str]) -> str:
    """Say why no code identifies a medicine."""
    if any(code and code.strip() for _, code, _ in codings):
        return "unknown-code"
    return "text-only" if texts else "no-medication"
