# ruff: noqa: S311 - seeded test data
"""Every problem that the knowledge base weighs against ketamine is weighed: nobody who may have one is a candidate.

The concepts are those of the rule to value-set map of the knowledge base, in the rows of the contraindications and the
cautions.
"""

from random import Random

import pytest
from builders import SNOMED, concept, condition, observation
from knowledge_builders import real_knowledge
from law_stories import CANDIDATE, TERMS, add, assess, story, told
from terminology import value_sets

from kcds.knowledge.rule import Comparison, Pattern, Rule
from kcds.model.advice import Disposition
from kcds.model.facts import Condition
from kcds.model.findings import Effect
from kcds.model.queries import Query

HEART_AND_VESSELS = (
    "hypertension",
    "hypertension-resistant",
    "hypertensive-crisis",
    "acs-unstable",
    "cad-chronic",
    "heart-failure",
    "heart-failure-decompensated",
    "arrhythmia",
    "severe-valve-pulmonary-htn",
    "stroke-ischemic-tia",
    "catecholamine-depletion-shock",
    "aneurysmal-vascular-disease",
    "arterial-dissection",
    "arteriovenous-malformation",
    "intracerebral-hemorrhage",
    "other-intracranial-hemorrhage",
)
MIND_AND_BRAIN = (
    "psychosis-active",
    "psychosis-remission",
    "psychosis-risk-schizotypal",
    "substance-induced-psychosis",
    "mania-active",
    "bipolar",
    "ptsd",
    "dissociative-disorder",
    "suicidality",
    "delirium",
    "dementia",
    "seizure-disorder",
    "raised-icp",
    "intracranial-mass-or-injury",
)
OTHER_ORGANS = (
    "liver-severe",
    "liver-cirrhosis",
    "liver-any-chronic",
    "chronic-viral-hepatitis",
    "biliary-cholangitis",
    "ascites",
    "glaucoma-raised-iop",
    "glaucoma-angle-closure-acute",
    "open-globe-injury",
    "bladder-luts",
    "uti-acute",
    "ckd-advanced",
    "hyperthyroidism",
    "pheochromocytoma",
    "adrenal-neoplasm-ask",
    "porphyria",
    "sleep-apnea",
    "copd",
    "respiratory-severe",
    "respiratory-infection-acute",
    "lactation",
)
PROBLEMS = (*HEART_AND_VESSELS, *MIND_AND_BRAIN, *OTHER_ORGANS)
BY_OTHER_FACTS = (
    "sud-active-any",
    "sud-ketamine-hallucinogen-active",
    "sud-remission-any",
    "sud-ketamine-hallucinogen-remission",
    "sud-history-findings",
    "oud-on-agonist-therapy",
)
"""Weighed by the facts on substance use, not by the fact on the problem. Pregnancy has a negative test here."""

NO_CONCERN = {"porphyria-non-acute": "not the acute type that C23 is about"}
"""Concepts of the same rows that are there to tell them apart."""

FOR_LIFE = (
    "acs-unstable",
    "cad-chronic",
    "stroke-ischemic-tia",
    "heart-failure-decompensated",
    "hypertensive-crisis",
    "aneurysmal-vascular-disease",
    "arterial-dissection",
    "arteriovenous-malformation",
    "intracerebral-hemorrhage",
    "other-intracranial-hemorrhage",
    "psychosis-active",
    "psychosis-remission",
    "substance-induced-psychosis",
    "mania-active",
    "bipolar",
    "delirium",
    "dementia",
    "glaucoma-raised-iop",
    "glaucoma-angle-closure-acute",
    "porphyria",
    "sud-active-any",
    "sud-ketamine-hallucinogen-active",
)
"""What counts although it is over."""

WORDS = (
    "Acute delirium",
    "Manic episode",
    "Hyperthyroidism, untreated",
    "Acute intermittent porphyria",
    "Phaeochromocytoma",
    "Myocardial infarction",
    "Raised intracranial pressure",
    "Acute angle-closure glaucoma",
)
"""Names of stops, as a record without codes may hold them."""

RECORDED = {
    "certain": ("active", "confirmed", "2026-11-10"),
    "provisional": ("active", "provisional", "2026-11-10"),
    "one of several": ("active", "differential", "2026-11-10"),
    "without a status": (None, "confirmed", "2026-11-10"),
    "without a date": ("active", "confirmed", None),
    "without anything": (None, None, None),
}
"""How a record may hold a problem that is there, or may be: clinical status, verification status, onset."""


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_stop_or_a_caution_reads_every_problem_of_the_knowledge_base(name: str) -> None:
    judging = [rule for rule in real_knowledge().active_rules if rule.effect in (Effect.STOP, Effect.CAUTION)]

    assert any(name in concepts_read(rule) for rule in judging)


@pytest.mark.parametrize("how", RECORDED)
@pytest.mark.parametrize("name", [*PROBLEMS, *BY_OTHER_FACTS])
def test_nobody_who_may_have_such_a_problem_is_a_candidate(name: str, how: str) -> None:
    clinical, verification, onset = RECORDED[how]

    assert Disposition.CANDIDATE not in dispositions(name, clinical, verification, onset)


@pytest.mark.parametrize("onset", ["2015-03-01", None])
@pytest.mark.parametrize("name", FOR_LIFE)
def test_nobody_who_had_a_problem_that_counts_for_life_is_a_candidate(name: str, onset: str | None) -> None:
    assert Disposition.CANDIDATE not in dispositions(name, "resolved", "confirmed", onset)


@pytest.mark.parametrize("words", WORDS)
def test_nobody_is_a_candidate_while_a_text_alone_names_a_stop(words: str) -> None:
    request = story(CANDIDATE)
    add(request, Query.CONDITIONS, condition(id="more", code={"text": words}))

    assert assess(request).advice.disposition is not Disposition.CANDIDATE


@pytest.mark.parametrize("question", ["271719001", "23986001"], ids=["pressure in the skull", "pressure in the eye"])
def test_nobody_who_said_yes_to_a_raised_pressure_is_a_candidate(question: str) -> None:
    request = story(CANDIDATE)
    answer = observation(question, SNOMED, id="more", effectiveDateTime="2026-11-19", valueBoolean=True)
    add(request, Query.HEALTH_SCREENS, answer)

    assert assess(request).advice.disposition is not Disposition.CANDIDATE


@pytest.mark.parametrize("name", NO_CONCERN)
def test_a_problem_that_only_looks_like_one_of_them_is_no_concern(name: str) -> None:
    assert dispositions(name, "active", "confirmed", "2020-03-01") == {Disposition.CANDIDATE}


def test_without_such_a_problem_the_patient_is_a_candidate() -> None:
    assert told(CANDIDATE).advice.disposition is Disposition.CANDIDATE


def dispositions(name: str, clinical: str | None, verification: str | None, onset: str | None) -> set[Disposition]:
    """What is said of the candidate with one more problem, by a code that is verified, and by one that is not."""
    codes = sorted(value_sets().codes_of(name), key=lambda code: (code.system, code.code))
    alike = [[code for code in codes if code.verified is verified] for verified in (True, False)]
    said = set()
    for code in (Random(name).choice(few) for few in alike if few):
        request = story(CANDIDATE)
        more = condition(
            code.code,
            code.system,
            id="more",
            clinicalStatus=clinical and concept(f"{TERMS}condition-clinical", clinical),
            verificationStatus=verification and concept(f"{TERMS}condition-ver-status", verification),
            onsetDateTime=onset,
        )
        add(request, Query.CONDITIONS, more)
        said.add(assess(request).advice.disposition)
    return said


def concepts_read(rule: Rule) -> set[str]:
    """The concepts of problems that a rule asks for."""
    patterns = [part for part in rule.when if isinstance(part, Pattern) and part.fact == Condition.kind]
    asked = [part.where.get("concept") for part in patterns]
    lists = [(one.in_ or ()) if isinstance(one, Comparison) else (one,) for one in asked]
    return {str(name) for names in lists for name in names}
