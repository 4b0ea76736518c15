"""Facts in words: every kind, any values; with units and days, and never markup."""

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from knowledge_builders import real_knowledge

from kcds.model.enumerations import ENUMERATIONS
from kcds.model.facts import (
    FACT_KINDS,
    Allergy,
    BloodPressure,
    Check,
    ChildPugh,
    Condition,
    DataState,
    Exposure,
    Fact,
    FindingFact,
    Measurement,
    Medication,
    OpioidDose,
    PainProblem,
    Patient,
    Pregnancy,
    PriorTreatment,
    Procedure,
    Response,
    Score,
    StudyDone,
    SubstanceUse,
    Treatment,
    Trial,
    UnidentifiedMedication,
    UnidentifiedProblem,
    schema_of,
)
from kcds.pages.review.fact_words import fact_in_words
from kcds.pages.review.words import readable

DAY = date(2026, 11, 6)
_OF_TYPE = {
    str: st.text(max_size=80).map("x".__add__),  # labels are our own: never blank
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    date: st.dates(),
}


def words(fact: Fact) -> str:
    said = fact_in_words(fact, real_knowledge())
    return f"{said.text} | {said.when}"


@st.composite
def any_fact(draw: st.DrawFn) -> Fact:
    kind = draw(st.sampled_from(sorted(FACT_KINDS)))
    values = {}
    for name, of_type in schema_of(kind).items():
        listed = ENUMERATIONS.get((kind, name))
        strategy = st.sampled_from(sorted(listed)) if listed else _OF_TYPE[of_type]
        values[name] = draw(st.none() | strategy)
    return FACT_KINDS[kind](**values)


@settings(max_examples=400, deadline=None)
@given(any_fact())
def test_any_fact_gives_words(fact: Fact) -> None:
    said = fact_in_words(fact, real_knowledge())

    assert said.text.strip()
    assert said.when is None or said.when.strip()


@given(st.text(max_size=200))
def test_text_of_a_record_is_said_without_markup(text: str) -> None:
    for fact in (
        UnidentifiedProblem(reason="text-only", text=text),
        UnidentifiedMedication(reason="text-only", text=text),
    ):
        assert not re.search(r"[<>\[\]`*_|&]", fact_in_words(fact, real_knowledge()).text)


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (Patient(age=44.0, sex="female"), "age 44, female | None"),
        (Patient(sex="male", deceased=True), "age not known, male, deceased | None"),
        (
            Treatment(drafted=True, label="ketamine, intravenous", rate_mg_per_kg_h=0.4, rate_mg_h=28.4, hours=4.0),
            "order of ketamine, intravenous, 0.4 mg/kg/h (28.4 mg/h) for 4 h | None",
        ),
        (Treatment(drafted=True, label="ketamine, oral"), "order of ketamine, oral, dose not stated | None"),
        (
            Treatment(drafted=False, label="ketamine, intravenous"),
            "ketamine, intravenous is considered; no order | None",
        ),
        (
            Condition(label="Glaucoma", state="active", onset_earliest=DAY, onset_latest=DAY),
            "Glaucoma, active | since 6 Nov 2026",
        ),
        (
            Condition(
                label="Asthma",
                state="past",
                confirmed=False,
                onset_earliest=date(2024, 1, 1),
                onset_latest=date(2024, 1, 31),
            ),
            "Asthma, in the past, not confirmed | onset Jan 2024",
        ),
        (PainProblem(label="Low back pain", chronic="unknown"), "Low back pain, how long is not known | None"),
        (
            SubstanceUse(substance="opioid", state="early-remission", since=DAY),
            "substance use: opioid, early remission | since 6 Nov 2026",
        ),
        (
            Allergy(label="ketamine", type="allergy", harm="liver", confirmed=True),
            "ketamine, allergy, harm to the liver | None",
        ),
        (
            Medication(drug="clonazepam", state="active", started=DAY, daily_dose_mg=0.5),
            "clonazepam, up to 0.5 mg a day, taken | since 6 Nov 2026",
        ),
        (Medication(drug="phenelzine", state="stopped", ended=DAY), "phenelzine, stopped | until 6 Nov 2026"),
        (OpioidDose(mme=60.0, complete=False, opioids=2.0), "at least 60 MME a day, 2 opioids | None"),
        (OpioidDose(mme=0.0, complete=True, opioids=0.0), "no opioid on the medication list | None"),
        (
            Trial(treatment="drug", label="gabapentin", outcome="ineffective", verdict="failed", days=100.0),
            "gabapentin, 100 days, did not help, counts as failed | None",
        ),
        (
            PriorTreatment(failed_classes=1.0, possible_classes=2.0, non_drug=0.0, recorded=True),
            "1 drug class failed, 2 more may have, 0 non-drug treatments done | None",
        ),
        (BloodPressure(systolic=172.0, diastolic=104.0, date=DAY), "172/104 mmHg | 6 Nov 2026"),
        (BloodPressure(systolic=172.0, date=DAY, preliminary=True), "172/? mmHg, preliminary | 6 Nov 2026"),
        (
            Measurement(concept="alt", value=130.0, unit="U/L", times_upper=3.25, date=DAY),
            "ALT 130 U/L, 3.25 times the upper limit | 6 Nov 2026",
        ),
        (
            Measurement(concept="egfr", value=28.0, unit="mL/min/{1.73_m2}", date=DAY),
            "eGFR 28 mL/min/1.73 m² | 6 Nov 2026",
        ),
        (Score(scale="audit-c", value=5.0, date=DAY, current=False), "AUDIT-C 5 of 12, too old | 6 Nov 2026"),
        (Score(scale="pain", value=7.0, date=DAY), "pain 7 of 10 | 6 Nov 2026"),
        (ChildPugh(points_low=6.0, points_high=9.0), "Child-Pugh class open, 6 to 9 points, as far as known | None"),
        (StudyDone(concept="obs-ecg", date=DAY), "ECG done | 6 Nov 2026"),
        (Check(item="liver-tests", state="never"), "Liver tests: none on record | None"),
        (Procedure(label="Nerve block", state="completed", date=DAY), "Nerve block, completed | 6 Nov 2026"),
        (Pregnancy(status="pregnant", basis="test", test_date=DAY), "pregnant, by test | 6 Nov 2026"),
        (Pregnancy(possible=True, status="unknown"), "pregnancy status not known | None"),
        (Exposure(on_treatment=False, infusions=0.0), "no ketamine on record in the last 12 months | None"),
        (Exposure(), "earlier ketamine not known | None"),
        (
            Response(before=8.0, after=4.0, relief_percent=50.0, best_percent=62.0, after_date=DAY),
            "pain 8 before the course, 4 at last, best relief 62%, relief now 50% | 6 Nov 2026",
        ),
        (DataState(domain="liver", state="none-recorded"), "Liver history: looked for, no entry found | None"),
        (DataState(domain="ecg", state="none-recorded", date=DAY), "ECG: nothing recent enough | 6 Nov 2026"),
        (DataState(domain="liver-tests", state="stale", date=DAY), "Liver tests: too old | 6 Nov 2026"),
        (FindingFact(rule="no such rule", answer="applies"), "another rule: applies | None"),
    ],
)
def test_a_fact_is_said_as_a_clinician_writes_it(fact: Fact, expected: str) -> None:
    assert words(fact) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pain 7 on 2026-11-06.", "Pain 7 on 6 Nov 2026."),
        ("onset: 2024-02", "onset: Feb 2024"),
        ("between 2024-02-01 and 2025-03-05", "between 1 Feb 2024 and 5 Mar 2025"),
        ("2024-13-40 and 2024-13", "2024-13-40 and 2024-13"),
        ("8-12 weeks, 160/100", "8-12 weeks, 160/100"),
    ],
)
def test_days_of_a_cards_text_are_written_as_on_the_page(text: str, expected: str) -> None:
    assert readable(text) == expected
