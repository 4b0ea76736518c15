"""How much opioid is taken in a day, in morphine milligram equivalents (A24; CDC 2022 factors).

Only what is taken now counts: active medicines, not those on hold. What cannot be computed - no factor, no dose, an
opioid that is named only, treatment of opioid use disorder (whose doses the factors are not made for) - is never zero:
it leaves the sum incomplete, the least that is taken. As needed counts as the most that the order allows.

The same drug in a request and in a statement is one drug: the higher counts. Several entries of one product are taken
for renewals: the highest counts, and unless they are alike it is not certain that it is all. Different products add.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

from kcds.facts.doses import daily_dose_of
from kcds.facts.medications import Medicine
from kcds.facts.observations import names_of
from kcds.facts.plausible import are_usable
from kcds.facts.repaired import lost_of
from kcds.facts.units import counts_products, read_mass
from kcds.fhir.record import Dosage, MedicationUse
from kcds.knowledge.medications import Formulary, Ingredient, OpioidFactor, Product
from kcds.knowledge.products import UNKNOWN_FORM
from kcds.knowledge.value_sets import ValueSets
from kcds.model.facts import DataState, OpioidDose
from kcds.model.immutable import immutable

OPIOID_SET = "rx-opioids"
DISORDER_SETS = frozenset({"sud-opioid-active", "oud-on-agonist-therapy", "sud-remission-any"})
"""Reasons that say an opioid is given to treat opioid use disorder."""
FORM_OF_ROUTE = {
    "route-oral": "oral",
    "route-nasal": "nasal",
    "route-rectal": "rectal",
    "route-sublingual": "other",
    "route-buccal": "other",
}
MICROGRAMS = Decimal(1000)
STATEMENT = "MedicationStatement"


@immutable
class Opioid:
    """One entry of an opioid that is taken; its dose in MME a day, None where that cannot be computed."""

    ingredient: str
    product: str
    stated: bool
    mme: Decimal | None
    certain: bool


def opioid_facts(
    medicines: Iterable[Medicine], formulary: Formulary, value_sets: ValueSets, gap: str | None
) -> tuple[OpioidDose, DataState]:
    """Return the sum of all opioids taken, and how well it is known; `gap` is why the medicines are not all at hand."""
    involved = [one for one in medicines if one.state != "stopped" and _may_be_opioid(one)]
    taken = [one for one in involved if one.state == "active" and one.product is not None]
    opioids = [opioid for one in taken for opioid in _opioids(one, formulary, value_sets)]
    doubtful = any(one.state == "unknown" or OPIOID_SET in one.only_named for one in involved)
    complete = not doubtful and _is_complete(opioids)
    sources = tuple(sorted({one.use.reference for one in involved if one.state != "on-hold"}))
    found = ("known" if complete else "uncertain") if opioids or doubtful else "none-recorded"
    fact = OpioidDose(
        mme=_sum(opioids),
        complete=complete and gap is None,
        opioids=float(len({one.ingredient for one in opioids})),
        sources=sources,
    )
    return fact, DataState(domain="opioid-dose", state=gap or found, sources=sources)


def _may_be_opioid(medicine: Medicine) -> bool:
    """Tell whether a medicine is an opioid, or its text names one."""
    known = medicine.product.concepts if medicine.product is not None else frozenset()
    return OPIOID_SET in known or OPIOID_SET in medicine.only_named


def _opioids(medicine: Medicine, formulary: Formulary, value_sets: ValueSets) -> Iterator[Opioid]:
    """Give each opioid of a medicine with its dose."""
    use, product = medicine.use, medicine.product
    for ingredient in product.ingredients if product is not None else ():
        if product is None or OPIOID_SET not in ingredient.concepts:
            continue
        factor = formulary.opioid_factor(ingredient.rxcui, _form(use, product, value_sets))
        mme = None
        if factor is not None and not _treats_disorder(use, value_sets):
            mme = _mme(use.dosages, ingredient, product, factor)
        yield Opioid(
            ingredient=ingredient.rxcui,
            product=product.rxcui,
            stated=use.type == STATEMENT,
            mme=mme,
            certain=factor is not None and factor.current and not lost_of(use, "reason"),
        )


def _form(use: MedicationUse, product: Product, value_sets: ValueSets) -> str:
    """Return the dose form group of a medicine; of a bare ingredient by the route."""
    if product.form != UNKNOWN_FORM:
        return product.form
    names = {name for one in use.dosages if one.route is not None for name in names_of(one.route, value_sets)}
    forms = {form for route, form in FORM_OF_ROUTE.items() if route in names}
    return forms.pop() if len(forms) == 1 else UNKNOWN_FORM


def _treats_disorder(use: MedicationUse, value_sets: ValueSets) -> bool:
    """Tell whether the coded reason is opioid use disorder."""
    return any(names_of(reason, value_sets) & DISORDER_SETS for reason in use.reason)


def _mme(dosages: tuple[Dosage, ...], ingredient: Ingredient, product: Product, factor: OpioidFactor) -> Decimal | None:
    """Return what a dose is in morphine, in mg a day."""
    if factor.per == "ug/h":
        rates = [_released(one, ingredient) for one in dosages]
        worn = [rate for rate in rates if rate is not None]
        return sum(worn, Decimal(0)) * MICROGRAMS * factor.factor if worn and len(worn) == len(rates) else None
    dose = daily_dose_of(ingredient, product, dosages)
    if dose is None:
        return None
    return dose.most * factor.factor * (MICROGRAMS if factor.per == "ug/d" else 1)


def _released(dosage: Dosage, ingredient: Ingredient) -> Decimal | None:
    """Return the mg an hour that patches release: by their number and strength, or as the order says.

    A part of a patch is no number: what it releases is not known.
    """
    if dosage.damaged:
        return None
    strength = ingredient.strength
    doses = [quantity for one in dosage.amounts for quantity in (one.dose, one.rate) if quantity is not None]
    stated = [mass.value for one in doses if (mass := read_mass(one)) is not None and mass.per_hour and not mass.per_kg]
    if strength is not None and strength.per == "h" and dosage.frequency in (None, 1):
        numbers = [one.value for one in doses if counts_products(one, "h") and one.value is not None]
        stated += [number * strength.milligrams for number in numbers if _is_number_of_patches(number)]
    return max(stated, default=None)


def _is_number_of_patches(number: Decimal) -> bool:
    """Tell whether so many whole patches can be worn."""
    return number > 0 and number == number.to_integral_value() and are_usable(number)


def _is_complete(opioids: Iterable[Opioid]) -> bool:
    """Tell whether the dose of every opioid is known for certain."""
    doses: dict[tuple[str, bool], set[Decimal | None]] = defaultdict(set)
    certain = True
    for one in opioids:
        certain = certain and one.certain
        doses[one.product, one.stated].add(one.mme)
    return certain and all(None not in known and len(known) == 1 for known in doses.values())


def _sum(opioids: Iterable[Opioid]) -> float | None:
    """Return the MME a day of all opioids whose dose is known; None where there are opioids and no dose is known."""
    entries = tuple(opioids)
    highest: dict[tuple[str, bool, str], Decimal] = defaultdict(Decimal)
    for one in entries:
        if one.mme is not None:
            place = (one.ingredient, one.stated, one.product)
            highest[place] = max(highest[place], one.mme)
    sums: dict[str, dict[bool, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for (ingredient, stated, _), mme in highest.items():
        sums[ingredient][stated] += mme
    if entries and not sums:
        return None
    return float(sum((max(known.values()) for known in sums.values()), Decimal(0)))
