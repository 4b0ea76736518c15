"""A library of proofs against ketamine: for every stop a patient can have, how a record would show it.

The codes are drawn from the value sets at random, so that a stop holds for every verified code of its concepts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from builders import (
    LOINC,
    SNOMED,
    Json,
    allergy,
    blood_pressure,
    concept,
    condition,
    medication_request,
    observation,
    quantity,
)
from terminology import value_sets

from kcds.knowledge.value_sets import Code
from kcds.model.queries import Query

Proof = list[tuple[Query, Json]]
RESOLVED = concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "resolved")
POSITIVE = concept(SNOMED, "10828004", "Positive")
RECENT = "2026-11-01"
HARMS = (
    "bladder-luts",
    "liver-any-chronic",
    "liver-severe",
    "biliary-cholangitis",
    "screen-liver",
    "psychosis-active",
    "substance-induced-psychosis",
)
"""Of the bladder, the liver and the mind (C21); "disorder of liver", a question elsewhere, is a reaction here."""


@dataclass(frozen=True)
class Stop:
    """One way to be barred: the claim that says so, how a record shows it, and the drug that is ordered."""

    name: str
    claim: str
    draw: Callable[[Random], Proof]
    drug: str = "ketamine"


def verified(random: Random, *concepts: str) -> Code:
    """Any code of these value sets that a public source confirmed."""
    return random.choice([code for name in concepts for code in value_sets().codes_of(name) if code.verified])


def by_problem(*concepts: str, **elements: object) -> Callable[[Random], Proof]:
    """An active, confirmed problem of one of these concepts."""

    def draw(random: Random) -> Proof:
        code = verified(random, *concepts)
        known = {"id": f"stop-{code.code.replace('.', '-')}", "onsetDateTime": RECENT}
        return [(Query.CONDITIONS, condition(code.code, code.system, **known | elements))]

    return draw


def by_medicine(concept_name: str) -> Callable[[Random], Proof]:
    """An active order for a medicine of this concept, by its ingredient or as a product to swallow or inject."""

    def draw(random: Random) -> Proof:
        ingredient = verified(random, concept_name).code
        return [(Query.MEDICATION_REQUESTS, medication_request(ingredient, id="stop-medicine", authoredOn=RECENT))]

    return draw


def by_allergy(**elements: object) -> Callable[[Random], Proof]:
    """An entry about ketamine, esketamine or a product of theirs."""

    def draw(random: Random) -> Proof:
        code = verified(random, "ketamine-allergy-substances")
        return [(Query.ALLERGIES, allergy(code.code, code.system, id="stop-allergy", **elements))]

    return draw


def by_harm(random: Random) -> Proof:
    """An intolerance with a reaction of bladder, liver or mind."""
    harm = verified(random, random.choice(HARMS))
    reaction = [{"manifestation": [concept(harm.system, harm.code)]}]
    return by_allergy(type="intolerance", reaction=reaction)(random)


def by_pressure(*readings: tuple[int, int, str]) -> Callable[[Random], Proof]:
    """Blood pressures by systolic, diastolic and day."""
    return lambda _: [
        (Query.BLOOD_PRESSURE, blood_pressure(systolic, diastolic, day, id=f"stop-bp-{day}"))
        for systolic, diastolic, day in readings
    ]


def laboratory(code: str, value: float, unit: str, high: float, key: Query = Query.LIVER_TESTS) -> tuple[Query, Json]:
    """A result of this month with its upper limit."""
    measured = {"valueQuantity": quantity(value, unit), "referenceRange": [{"high": quantity(high, unit)}]}
    return key, observation(code, LOINC, id=f"stop-{code}", effectiveDateTime=RECENT, **measured)


def by_results(*results: tuple[Query, Json]) -> Callable[[Random], Proof]:
    """Laboratory results."""
    return lambda _: list(results)


def by_pregnancy_test(random: Random) -> Proof:
    """A positive pregnancy test of the day before yesterday."""
    code = verified(random, "obs-hcg").code
    known = {"effectiveDateTime": "2026-11-19", "valueCodeableConcept": POSITIVE}
    return [(Query.PREGNANCY_TESTS, observation(code, id="stop-hcg", **known))]


def by_suppressed_thyrotropin(random: Random) -> Proof:
    """Thyrotoxicosis and a TSH below its range."""
    limits = [{"low": quantity(0.4, "m[IU]/L"), "high": quantity(4.5, "m[IU]/L")}]
    measured = {"valueQuantity": quantity(0.01, "m[IU]/L"), "referenceRange": limits}
    low = observation("3016-3", id="stop-tsh", effectiveDateTime=RECENT, **measured)
    return [*by_problem("hyperthyroidism")(random), (Query.THYROID_TESTS, low)]


def by_child_pugh(random: Random) -> Proof:
    """Cirrhosis whose results make ten points and more, whatever the rest."""
    cirrhosis = by_problem("liver-cirrhosis")(random)
    bilirubin = laboratory("1975-2", 3.5, "mg/dL", 1.2)
    albumin, clotting = laboratory("1751-7", 2.5, "g/dL", 5.2), laboratory("6301-6", 2.6, "{INR}", 1.2)
    return [*cirrhosis, bilirubin, albumin, clotting]


STOPS = (
    Stop("allergy", "C01", by_allergy(type="allergy")),
    Stop("allergy or intolerance", "C01", by_allergy()),
    Stop("unstable coronary disease of this month", "C04", by_problem("acs-unstable")),
    Stop("stroke of this month", "C04", by_problem("stroke-ischemic-tia")),
    Stop("hypertensive crisis", "C05", by_problem("hypertensive-crisis")),
    Stop("very high systolic pressure", "C05", by_pressure((181, 80, "2026-11-21"))),
    Stop("very high diastolic pressure", "C05", by_pressure((130, 121, "2026-11-21"))),
    Stop("high pressure on two days", "C06", by_pressure((161, 90, "2026-11-20"), (150, 101, "2026-11-12"))),
    Stop("decompensated heart failure", "C07", by_problem("heart-failure-decompensated")),
    Stop("shock", "C07", by_problem("catecholamine-depletion-shock")),
    Stop("aneurysm", "C08", by_problem("aneurysmal-vascular-disease"), "esketamine"),
    Stop("malformation", "C08", by_problem("arteriovenous-malformation"), "esketamine"),
    Stop("brain bleed", "C09", by_problem("intracerebral-hemorrhage"), "esketamine"),
    Stop("aneurysm", "C10", by_problem("aneurysmal-vascular-disease")),
    Stop("malformation", "C10", by_problem("arteriovenous-malformation")),
    Stop("brain bleed", "C10", by_problem("intracerebral-hemorrhage")),
    Stop("torn artery", "C10", by_problem("arterial-dissection")),
    Stop("other bleed in the skull", "C10", by_problem("other-intracranial-hemorrhage")),
    Stop("pregnancy on the problem list", "C11", by_problem("pregnancy")),
    Stop("positive pregnancy test", "C11", by_pregnancy_test),
    Stop("psychosis", "C12", by_problem("psychosis-active")),
    Stop("psychosis by a substance", "C12", by_problem("substance-induced-psychosis")),
    Stop("mania", "C13", by_problem("mania-active")),
    Stop("severe liver disease", "C14", by_problem("liver-severe")),
    Stop("Child-Pugh C", "C14", by_child_pugh),
    Stop("Child-Pugh C", "C14", by_child_pugh, "esketamine"),
    Stop("raised intracranial pressure", "C15", by_problem("raised-icp")),
    Stop("angle closure", "C16", by_problem("glaucoma-angle-closure-acute")),
    Stop("open globe", "C16", by_problem("open-globe-injury")),
    Stop("substance use disorder", "C17", by_problem("sud-active-any")),
    Stop("alcohol use disorder", "C17", by_problem("sud-alcohol-active")),
    Stop("opioid use disorder", "C17", by_problem("sud-opioid-active")),
    Stop("sedative use disorder", "C17", by_problem("sud-sedative-active")),
    Stop("stimulant use disorder", "C17", by_problem("sud-stimulant-active")),
    Stop("ketamine or hallucinogen use disorder", "C18", by_problem("sud-ketamine-hallucinogen-active")),
    Stop("delirium", "C19", by_problem("delirium")),
    Stop("harm by ketamine", "C21", by_harm),
    Stop("earlier psychosis by ketamine", "C21", by_problem("psychosis-by-ketamine", clinicalStatus=RESOLVED)),
    Stop("thyrotoxicosis", "C22", by_problem("hyperthyroidism")),
    Stop("thyroid storm", "C22", by_problem("thyroid-storm")),
    Stop("thyrotoxicosis and a low TSH", "C22", by_suppressed_thyrotropin),
    Stop("pheochromocytoma", "C02", by_problem("pheochromocytoma")),
    Stop("acute porphyria", "C23", by_problem("porphyria")),
    Stop("theophylline", "X01", by_medicine("rx-xanthines")),
    Stop("transaminase", "A05", by_results(laboratory("1742-6", 201, "U/L", 40))),
    Stop(
        "transaminase and bilirubin",
        "A05",
        by_results(laboratory("1920-8", 121, "U/L", 40), laboratory("1975-2", 2.5, "mg/dL", 1.2)),
    ),
)
