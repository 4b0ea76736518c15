"""Medicines of the record: which they are, whether they are taken, and which concepts they belong to (X18).

Only requests that order and statements are medicines; plans and proposals are not, nor is what must not be given. An
active request stays active after its period has ended, as real records leave it so. What a text names beyond what the
code says ("theophylline" without a code, lidocaine shown as "lidocaine with epinephrine") is marked `named_only`: it is
enough for "cannot tell", never for a rule to apply.
"""

from collections.abc import Iterable
from operator import attrgetter

from kcds.facts.doses import daily_dose_of
from kcds.facts.observations import names_of
from kcds.facts.periods import period_of
from kcds.facts.repaired import lost_of
from kcds.facts.shown_text import shown_text
from kcds.fhir.record import Concept, MedicationUse
from kcds.knowledge.medications import CodingTuple, Formulary, Identification
from kcds.knowledge.products import UNKNOWN_FORM, Ingredient, Product
from kcds.knowledge.value_sets import ValueSets
from kcds.model.code_systems import RXNORM, normalise_system
from kcds.model.dates import Span
from kcds.model.facts import Medication, UnidentifiedMedication
from kcds.model.immutable import immutable

ORDER_INTENTS = frozenset({"order", "original-order", "reflex-order", "filler-order", "instance-order"})
STATES: dict[str, dict[str, str]] = {
    "MedicationRequest": {
        "active": "active",
        "on-hold": "on-hold",
        "stopped": "stopped",
        "completed": "stopped",
        "ended": "stopped",
    },
    "MedicationStatement": {
        "active": "active",
        "on-hold": "on-hold",
        "stopped": "stopped",
        "completed": "stopped",
        "not-taken": "stopped",
    },
}
UNKNOWN = "unknown"
VOID_ORDERS = frozenset({"entered-in-error", "cancelled"})
NEVER_TAKEN = frozenset({"entered-in-error", "cancelled", "draft", "proposed", "intended"})
LOCAL_FORMS = frozenset({"topical", "ophthalmic"})
TOPICAL_ROUTE = "route-topical"
LONGEST_TEXT = 60


@immutable
class IdentifiedUse:
    """One request, statement or administration, identified as far as possible."""

    use: MedicationUse
    identification: Identification


@immutable
class Medicine(IdentifiedUse):
    """One medicine of the record, and its state: active, on-hold, stopped or unknown."""

    state: str
    period: Span  # from when to when it was taken

    @property
    def product(self) -> Product | None:
        """The product of our map, if the medicine was identified."""
        return self.identification.product

    @property
    def only_named(self) -> frozenset[str]:
        """The concepts that the text names and the code does not confirm."""
        named = self.identification.named
        return named - self.product.concepts if named and self.product is not None else named


def identify(use: MedicationUse, formulary: Formulary) -> Identification:
    """Identify what is ordered, given or taken, by its codes and those of its ingredients.

    An ingredient that is named in words only names a medicine, as the text of the whole does.
    """
    medication = use.medication
    parts = [one for concept in use.ingredients for one in coding_tuples(concept)]
    found = formulary.identify(coding_tuples(medication), parts, medication.text)
    if not use.ingredients and not use.unresolved:
        return found
    words = (formulary.named_in(concept.text) for concept in use.ingredients if not concept.codings)
    named = found.named.union(*words)
    reason = "unresolved-reference" if found.product is None and use.unresolved else found.reason
    return Identification(found.product, reason, named)


def identify_all(uses: Iterable[MedicationUse], formulary: Formulary) -> tuple[IdentifiedUse, ...]:
    """Identify all of these, each medicine once however often it was ordered; sorted by reference."""
    known: dict[tuple[object, ...], Identification] = {}
    found = []
    for use in sorted(uses, key=attrgetter("reference")):
        named = (*coding_tuples(use.medication), use.medication.text, use.ingredients, use.unresolved)
        identification = known.get(named)
        if identification is None:
            identification = known[named] = identify(use, formulary)
        found.append(IdentifiedUse(use, identification))
    return tuple(found)


def coding_tuples(concept: Concept) -> list[CodingTuple]:
    """Return the codings of a concept as the formulary takes them."""
    return [(one.system, one.code, one.display) for one in concept.codings]


def read_medicines(identified: Iterable[IdentifiedUse]) -> tuple[Medicine, ...]:
    """Return the requests and statements that are medicines."""
    return tuple(_medicine(one, _state(one.use)) for one in identified if _is_medicine(one.use))


def read_given(identified: Iterable[IdentifiedUse]) -> tuple[Medicine, ...]:
    """Return what is being given now: an administration in progress is as active as a medicine can be."""
    return tuple(
        _medicine(one, "active")
        for one in identified
        if one.use.type == "MedicationAdministration" and one.use.status == "in-progress"
    )


def read_ordered(identified: Iterable[IdentifiedUse]) -> tuple[Medicine, ...]:
    """Return medicines ordered together with the treatment under review: about to be taken, so as good as active."""
    return tuple(
        _medicine(one, UNKNOWN if may_be_forbidden(one.use) else "active")
        for one in identified
        if not one.use.do_not_perform and one.use.status not in VOID_ORDERS
    )


def _medicine(one: IdentifiedUse, state: str) -> Medicine:
    """Return a medicine in its state."""
    return Medicine(one.use, one.identification, state, period_of(one.use))


def medication_facts(medicines: Iterable[Medicine], value_sets: ValueSets) -> tuple[Medication, ...]:
    """Return one fact for each medicine and each concept it belongs to, or that its text names."""
    facts: list[Medication] = []
    for medicine in medicines:
        if medicine.product is not None:
            facts += _product_facts(medicine, medicine.product, value_sets)
        if medicine.identification.named:
            facts += _named_facts(medicine)
    return tuple(facts)


def unidentified_facts(medicines: Iterable[Medicine]) -> tuple[UnidentifiedMedication, ...]:
    """Return one fact for each medicine that may be taken now and could not be identified."""
    return tuple(
        UnidentifiedMedication(
            reason=medicine.identification.reason or "contradiction",
            text=_shown_text(medicine.use),
            sources=(medicine.use.reference,),
        )
        for medicine in medicines
        if is_unidentified(medicine)
    )


def in_question(medicines: Iterable[Medicine]) -> tuple[Medicine, ...]:
    """Return the medicines of which it may be open what they are, or whether they are taken: mostly none."""
    return tuple(
        [
            one
            for one in medicines
            if one.state == UNKNOWN
            or one.identification.product is None
            or one.identification.named
            or one.use.repaired
        ]
    )


def is_unidentified(medicine: Medicine) -> bool:
    """Tell whether a medicine may be taken now and is not, or not wholly, known to us."""
    return medicine.state != "stopped" and (medicine.product is None or bool(medicine.only_named))


def says_nothing(medicine: Medicine) -> bool:
    """Tell whether not even words say what a medicine is, as where it is a reference that leads nowhere."""
    medication = medicine.use.medication
    return medicine.product is None and not (medication.codings or medication.text or medicine.use.ingredients)


def is_outside_our_map(medicine: Medicine) -> bool:
    """Tell whether an unknown medicine is most likely just none of ours: an RxNorm code that our map does not hold."""
    codings = medicine.use.medication.codings
    coded = any(normalise_system(coding.system) == RXNORM and coding.code for coding in codings)
    return medicine.identification.reason == "unknown-code" and coded and not medicine.identification.named


def may_be_forbidden(use: MedicationUse) -> bool:
    """Tell whether a use said whether it is an order or a prohibition, and that is lost."""
    return lost_of(use, "doNotPerform")


def _state(use: MedicationUse) -> str:
    """Return whether a medicine is taken, as its status says it."""
    return UNKNOWN if may_be_forbidden(use) else STATES[use.type].get(use.status or "", UNKNOWN)


def _is_medicine(use: MedicationUse) -> bool:
    """Tell whether a resource says that a medicine is, or was, taken or ordered."""
    if use.type not in STATES or use.do_not_perform or use.status in NEVER_TAKEN:
        return False
    return use.type != "MedicationRequest" or use.intent is None or use.intent in ORDER_INTENTS


def _product_facts(medicine: Medicine, product: Product, value_sets: ValueSets) -> list[Medication]:
    """Return the facts of an identified medicine."""
    if not product.belongs:
        return []
    use, period = medicine.use, medicine.period
    started = period.start.earliest if period.start is not None else None
    ended = period.end.latest if period.end is not None else None
    systemic, as_needed, sources = _is_systemic(use, product, value_sets), _is_as_needed(use), (use.reference,)
    doses: dict[str, float | None] = {}
    for _, _, ingredient in product.belongs:
        if ingredient is not None and ingredient.rxcui not in doses:
            doses[ingredient.rxcui] = _most_a_day(ingredient, product, use)
    return [
        Medication(
            concept=concept,
            drug=drug,
            state=medicine.state,
            systemic=systemic,
            form=product.form,
            started=started,
            ended=ended,
            daily_dose_mg=doses[ingredient.rxcui] if ingredient is not None else None,
            as_needed=as_needed,
            named_only=False,
            sources=sources,
        )
        for concept, drug, ingredient in product.belongs
    ]


def _is_as_needed(use: MedicationUse) -> bool | None:
    """Tell whether a medicine is taken only as needed; None where that is not said, or may be lost."""
    if not use.dosages or any(one.damaged for one in use.dosages):
        return None
    return all(one.as_needed for one in use.dosages)


def _most_a_day(ingredient: Ingredient, product: Product, use: MedicationUse) -> float | None:
    """Return the most a day of an ingredient that is ordered."""
    dose = daily_dose_of(ingredient, product, use.dosages)
    return float(dose.most) if dose is not None else None


def _named_facts(medicine: Medicine) -> tuple[Medication, ...]:
    """Return the facts of what only the text says."""
    return tuple(
        Medication(concept=concept, state=medicine.state, named_only=True, sources=(medicine.use.reference,))
        for concept in sorted(medicine.only_named)
    )


def _is_systemic(use: MedicationUse, product: Product, value_sets: ValueSets) -> bool:
    """Tell whether a medicine reaches the circulation: not a cream, not eye drops. Unknown counts as systemic."""
    if product.form != UNKNOWN_FORM:
        return product.form not in LOCAL_FORMS
    routes = [names_of(dosage.route, value_sets) for dosage in use.dosages if dosage.route is not None]
    lost = any(dosage.damaged and dosage.route is None for dosage in use.dosages)
    return lost or not routes or any(TOPICAL_ROUTE not in names for names in routes)


def _shown_text(use: MedicationUse) -> str | None:
    """Return what the record calls the medicine, shortened, for the card only."""
    displays = [coding.display for coding in use.medication.codings if coding.display]
    return shown_text(use.medication.text or (displays[0] if displays else None), LONGEST_TEXT)
