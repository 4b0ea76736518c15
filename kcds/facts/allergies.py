"""Allergies and intolerances by concept and harm (C01, C21), and whether the list is known (CONVENTIONS 1)."""

from collections.abc import Iterable

from kcds.facts.medications import coding_tuples
from kcds.facts.observations import names_of
from kcds.facts.repaired import lost_of
from kcds.fhir.record import Allergy, Concept
from kcds.knowledge.medications import Formulary
from kcds.knowledge.value_sets import ValueSets
from kcds.model import facts

KETAMINE_SET = "ketamine-allergy-substances"
NONE_KNOWN_SET = "no-known-allergy"
KETAMINE_CONCEPTS = frozenset({"rx-ketamine", "rx-esketamine"})
VOID = frozenset({"refuted", "entered-in-error"})
HARMS = {
    "bladder": frozenset({"bladder-luts", "uti-acute"}),
    "liver": frozenset({"liver-any-chronic", "liver-severe", "liver-cirrhosis", "biliary-cholangitis", "screen-liver"}),
    "psychosis": frozenset({"psychosis-active", "psychosis-remission", "substance-induced-psychosis"}),
}
"""Harms of ketamine, and what shows them as a reaction (C21); "disorder of liver" is a health question elsewhere."""
STATES = {"active": "active", "inactive": "past", "resolved": "past"}
CONFIRMED = frozenset({None, "confirmed"})
TYPES = frozenset({"allergy", "intolerance"})


def valid_allergies(allergies: Iterable[Allergy]) -> tuple[Allergy, ...]:
    """Return the entries that are not refuted and not entered in error, sorted by reference."""
    return tuple(sorted((one for one in allergies if one.verification_status not in VOID), key=lambda a: a.reference))


def allergy_facts(
    allergies: Iterable[Allergy], value_sets: ValueSets, formulary: Formulary
) -> tuple[facts.Allergy, ...]:
    """Return one fact for each valid entry and each concept that its code or a reaction's substance belongs to."""
    return tuple(
        facts.Allergy(
            concept=concept,
            type=allergy.type if allergy.type in TYPES else "unknown",
            state=STATES.get(allergy.clinical_status or "", "unknown"),
            confirmed=allergy.verification_status in CONFIRMED and not lost_of(allergy, "verificationStatus"),
            harm=harm,
            label=label,
            sources=(allergy.reference,),
        )
        for allergy in valid_allergies(allergies)
        for concept, label in sorted(_concepts(allergy, value_sets, formulary).items())
        for harm in _harms(allergy, value_sets)
    )


def damaged_allergies(allergies: Iterable[Allergy]) -> tuple[str, ...]:
    """Return the entries that may be of ketamine, or may not hold, by what was repaired away of them."""
    return tuple(
        one.reference
        for one in valid_allergies(allergies)
        if STATES.get(one.clinical_status or "") != "past" and lost_of(one, "code", "reaction", "verificationStatus")
    )


def is_list_known(allergies: Iterable[Allergy], value_sets: ValueSets) -> bool:
    """Tell whether the record answers the question: any valid allergy, or the active statement that there is none."""
    return any(
        one.clinical_status == "active" or NONE_KNOWN_SET not in names_of(one.code, value_sets)
        for one in valid_allergies(allergies)
    )


def doubtful_ketamine_allergies(entries: Iterable[facts.Allergy]) -> tuple[str, ...]:
    """Return the entries that may be, but are not shown to be, a present and confirmed reaction to ketamine."""
    return tuple(
        source
        for entry in entries
        if entry.concept == KETAMINE_SET
        and entry.state != "past"
        and not (entry.state == "active" and entry.confirmed)
        and (entry.type != "intolerance" or entry.harm is not None)
        for source in entry.sources
    )


def names_ketamine_only_in_text(
    allergies: Iterable[Allergy], value_sets: ValueSets, formulary: Formulary
) -> tuple[str, ...]:
    """Return the entries that name ketamine or esketamine in words, without a code that says so."""
    return tuple(
        one.reference
        for one in valid_allergies(allergies)
        if STATES.get(one.clinical_status or "") != "past"
        and any(_named(concept, formulary) & KETAMINE_CONCEPTS for concept in (one.code, *one.substances))
        and KETAMINE_SET not in _concepts(one, value_sets, formulary)
    )


def _concepts(allergy: Allergy, value_sets: ValueSets, formulary: Formulary) -> dict[str, str]:
    """Return the concepts of an entry, each with a display of our own."""
    found: dict[str, str] = {}
    for concept in (allergy.code, *allergy.substances):
        for coding in concept.codings:
            for one in value_sets.memberships(coding.system, coding.code):
                if one.concept in {KETAMINE_SET, NONE_KNOWN_SET}:
                    found.setdefault(one.concept, one.display)
        product = formulary.identify(coding_tuples(concept)).product
        if product is not None:
            if product.concepts & KETAMINE_CONCEPTS:
                found.setdefault(KETAMINE_SET, product.label)
            for name in product.concepts:
                found.setdefault(name, product.label)
    return found


def _harms(allergy: Allergy, value_sets: ValueSets) -> tuple[str | None, ...]:
    """Return the harms of interest that the reactions show; None, once, if there is none."""
    names = frozenset().union(*(names_of(one, value_sets) for one in allergy.manifestations))
    return tuple(harm for harm, concepts in HARMS.items() if names & concepts) or (None,)


def _named(concept: Concept, formulary: Formulary) -> frozenset[str]:
    """Return the medicine concepts that the words of a concept name."""
    words = {concept.text, *[coding.display for coding in concept.codings]}
    return frozenset().union(*[formulary.named_in(text) for text in words if text])
