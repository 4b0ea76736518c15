"""How conditions on facts are said: one entry for each kind of fact, and one for each of its properties.

A phrase stands in the sentence "a problem in “Thyroid storm”, active, confirmed": the noun of the kind, what is
attached to it, and the rest behind commas. A name in braces is a number of parameters.yaml.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Names(StrEnum):
    """Of what the values of a text property are names."""

    SETS = "sets"
    DOMAINS = "domains"
    RULES = "rules"
    ITEMS = "items"
    CLASSES = "classes"  # of drugs, or value sets


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """How conditions on one property are said."""

    noun: str  # "systolic pressure": before a comparison
    form: str = ""  # instead: "{limit} infusions", "in {value}"; "one|many" is chosen by the number
    words: Mapping[Any, str] = field(default_factory=dict)  # values, by how they are said
    names: Names | None = None
    unit: str = ""  # UCUM, where a number is typed without one
    head: bool = False  # belongs to the noun of the kind, before the comma
    recorded: str = ""  # of "known: true"; without it "... recorded"
    missing: str = ""  # of "known: false"; without it "... not recorded"
    free: bool = False  # any text, said as it is written
    derived: bool = False  # follows from the others: left out of a fact
    minor: tuple[object, ...] = ()  # values that a short sentence leaves out


@dataclass(frozen=True, slots=True)
class KindPhrase:
    """How facts of one kind are called, and their properties."""

    noun: str  # "a problem"
    none: str  # "no problem"
    short: str  # "problem", to point back to one
    properties: Mapping[str, Phrase]
    once: bool = False  # there is one of a patient, which is then described


def _truth(yes: str, no: str, noun: str = "", *, minor: tuple[object, ...] = ()) -> Phrase:
    return Phrase(noun=noun or yes, words={True: yes, False: no}, minor=minor)


def _day(noun: str) -> Phrase:
    return Phrase(noun=noun)


_ENTRY_STATES = {"active": "active", "past": "past", "unknown": "of unknown state"}
_CONFIRMED = _truth("confirmed", "not confirmed (provisional or differential)", "confirmation", minor=(True,))
_VERIFIED = _truth("by a verified code", "only by codes that are not verified", "verified code", minor=(True,))
_PRELIMINARY = _truth("preliminary", "not preliminary", minor=(False,))
_RANK = Phrase(noun="place counted from the latest", words={0: "the latest"}, minor=(0,))
_LABEL = Phrase(noun="name", form="named “{value}”", free=True)
_DRUGS = {"ketamine": "ketamine", "esketamine": "esketamine"}
_ONSET = {"onset_earliest": _day("earliest possible onset"), "onset_latest": _day("latest possible onset")}

KINDS: Mapping[str, KindPhrase] = {
    "patient": KindPhrase(
        "the patient",
        "not recorded of the patient:",
        "patient",
        {
            "age": Phrase(noun="age", unit="a"),
            "adult": _truth("an adult", "not an adult", "adult age"),
            "sex": Phrase(noun="sex", form="{value}"),
            "deceased": _truth("recorded as dead", "not recorded as dead", "death"),
            "future_birth": _truth("with a birth date after today", "without a birth date after today", "birth date"),
        },
        once=True,
    ),
    "pregnancy": KindPhrase(
        "the pregnancy status",
        "no pregnancy status",
        "pregnancy status",
        {
            "possible": _truth("pregnancy possible", "pregnancy not possible"),
            "status": Phrase(
                noun="status",
                form="{value}",
                words={
                    "pregnant": "pregnant",
                    "not-pregnant": "not pregnant by a valid test",
                    "excluded": "pregnancy excluded",
                    "not-applicable": "not applicable",
                    "unknown": "not known",
                },
            ),
            "basis": Phrase(noun="basis", form="resting on {value}"),
            "conflict": _truth("with entries that contradict each other", "without contradicting entries", "conflict"),
            "test_date": _day("latest valid test"),
        },
        once=True,
    ),
    "blood-pressure": KindPhrase(
        "the latest blood pressure",
        "no latest blood pressure",
        "blood pressure",
        {
            "systolic": Phrase(noun="systolic", unit="mm[Hg]"),
            "diastolic": Phrase(noun="diastolic", unit="mm[Hg]"),
            "date": _day(""),
            "preliminary": _PRELIMINARY,
        },
        once=True,
    ),
    "blood-pressure-day": KindPhrase(
        "a day's highest blood pressure",
        "no day's blood pressure",
        "blood pressure",
        {
            "systolic": Phrase(noun="systolic", unit="mm[Hg]"),
            "diastolic": Phrase(noun="diastolic", unit="mm[Hg]"),
            "date": _day(""),
        },
        once=True,
    ),
    "measurement": KindPhrase(
        "a measurement",
        "no measurement",
        "measurement",
        {
            "concept": Phrase(
                noun="what was measured",
                form="of {value}",
                head=True,
                words={
                    "alt": "ALT",
                    "ast": "AST",
                    "alp": "alkaline phosphatase",
                    "ggt": "GGT",
                    "inr": "INR",
                    "weight": "body weight",
                    "spo2": "oxygen saturation",
                    "egfr": "eGFR",
                    "tsh": "TSH",
                    "free-t4": "free T4",
                },
            ),
            "value": Phrase(noun="value"),
            "unit": Phrase(noun="unit", free=True),
            "date": _day(""),
            "upper_limit": Phrase(noun="upper limit of the laboratory"),
            "lower_limit": Phrase(noun="lower limit of the laboratory"),
            "times_upper": Phrase(noun="", form="{limit} times the upper limit of the laboratory"),
            "below_range": _truth("below the range of the laboratory", "not below the range of the laboratory"),
            "rank": _RANK,
            "preliminary": _PRELIMINARY,
        },
    ),
    "score": KindPhrase(
        "a score",
        "no score",
        "score",
        {
            "scale": Phrase(
                noun="scale",
                form="of {value}",
                head=True,
                words={
                    "pain": "pain",
                    "phq-9": "PHQ-9",
                    "phq-9-item-9": "item 9 of PHQ-9",
                    "audit-c": "AUDIT-C",
                    "dast-10": "DAST-10",
                },
            ),
            "value": Phrase(noun="value"),
            "code": Phrase(noun="code of the scale", free=True),
            "date": _day(""),
            "rank": _RANK,
            "current": _truth("recent enough to count", "too old to count", "age of the score", minor=(True,)),
            "preliminary": _PRELIMINARY,
        },
    ),
    "child-pugh": KindPhrase(
        "the Child-Pugh class",
        "no Child-Pugh class",
        "Child-Pugh class",
        {
            "grade": Phrase(noun="class", form="{value}"),
            "points_low": Phrase(
                noun="points",
                form="{limit} point|points on the least reading of the record",
                recorded="with points that can be counted",
            ),
            "points_high": Phrase(
                noun="points",
                form="{limit} point|points on the worst reading of the record",
                recorded="with points that can be counted",
            ),
        },
        once=True,
    ),
    "test-done": KindPhrase(
        "a test or study done",
        "no test or study done",
        "test",
        {
            "concept": Phrase(noun="kind of test", form="in {value}", names=Names.SETS, head=True),
            "date": _day(""),
            "rank": _RANK,
        },
    ),
    "check": KindPhrase(
        "a check of the monitoring plan",
        "no check of the monitoring plan",
        "check",
        {
            "item": Phrase(noun="check", form="{value}", names=Names.ITEMS, head=True),
            "state": Phrase(
                noun="state",
                form="{value}",
                words={"current": "still in date", "outdated": "out of date", "never": "never done"},
            ),
            "date": _day("done"),
            "value": Phrase(noun="result", free=True),
            "infusions_before": Phrase(
                noun="infusions before it", form="{limit} infusion|infusions of the course by then"
            ),
        },
    ),
    "condition": KindPhrase(
        "a problem",
        "no problem",
        "problem",
        {
            "concept": Phrase(noun="kind of problem", form="in {value}", names=Names.SETS, head=True),
            "code": Phrase(noun="code", free=True),
            "label": _LABEL,
            "state": Phrase(noun="state", form="{value}", words=_ENTRY_STATES),
            "remission": _truth("in remission", "not in remission"),
            "confirmed": _CONFIRMED,
            "verified_code": _VERIFIED,
            **_ONSET,
            "abated_earliest": _day("earliest possible end"),
            "abated_latest": _day("latest possible end"),
            "entry": Phrase(noun="entry of the problem list", free=True),
        },
    ),
    "pain-problem": KindPhrase(
        "a pain problem",
        "no pain problem",
        "pain problem",
        {
            "chronic": Phrase(
                noun="chronic pain",
                form="{value}",
                words={"yes": "chronic", "no": "not chronic", "unknown": "of unknown duration"},
            ),
            "explicit": _truth("coded as chronic", "not coded as chronic"),
            "asserts_pain": _truth(
                "with a code that states pain", "with a code that does not state pain", minor=(True,)
            ),
            "confirmed": _CONFIRMED,
            "onset_recorded": _truth("with a recorded onset", "without a recorded onset"),
            **_ONSET,
            "label": _LABEL,
        },
    ),
    "substance-use": KindPhrase(
        "a substance problem",
        "no substance problem",
        "substance problem",
        {
            "substance": Phrase(
                noun="substance",
                form="with {value}",
                head=True,
                words={
                    "ketamine-or-hallucinogen": "ketamine or a hallucinogen",
                    "opioid": "opioids",
                    "sedative": "sedatives",
                    "stimulant": "stimulants",
                    "other": "another substance",
                },
            ),
            "state": Phrase(
                noun="state",
                form="{value}",
                words={
                    "on-agonist-therapy": "on agonist therapy",
                    "early-remission": "in early remission",
                    "sustained-remission": "in sustained remission",
                    "remission": "in remission",
                    "history": "in the history",
                    "unspecified-use": "use not specified",
                    "unknown": "of unknown state",
                },
            ),
            "confirmed": _CONFIRMED,
            "verified_code": _VERIFIED,
            "label": _LABEL,
            "since": _day("in remission since"),
            **_ONSET,
        },
    ),
    "unidentified-problem": KindPhrase(
        "a problem that could not be identified",
        "no problem that could not be identified",
        "problem",
        {"reason": Phrase(noun="reason"), "text": Phrase(noun="text", form="written as “{value}”", free=True)},
    ),
    "allergy": KindPhrase(
        "an allergy or intolerance",
        "no allergy or intolerance",
        "allergy",
        {
            "concept": Phrase(noun="what it is to", form="to {value}", names=Names.SETS, head=True),
            "type": Phrase(
                noun="type",
                form="recorded as {value}",
                words={"unknown": "either, not said which", "allergy": "allergy"},
            ),
            "state": Phrase(noun="state", form="{value}", words=_ENTRY_STATES),
            "confirmed": _CONFIRMED,
            "harm": Phrase(
                noun="harm",
                form="with harm to the {value}",
                recorded="with a recorded harm to bladder, liver or mind",
                missing="without a recorded harm to bladder, liver or mind",
            ),
            "label": _LABEL,
        },
    ),
    "treatment": KindPhrase(
        "a treatment under review",
        "no treatment under review",
        "treatment",
        {
            "drug": Phrase(noun="drug", form="with {value}", head=True, words=_DRUGS, recorded="with a known drug"),
            "route": Phrase(
                noun="route",
                form="{value}",
                words={
                    "iv": "intravenous",
                    "im": "intramuscular",
                    "sc": "subcutaneous",
                },
            ),
            "drafted": _truth("drafted as an order", "considered, not ordered", "draft"),
            "for_pain": _truth("for pain", "not for pain", "reason"),
            "product": Phrase(noun="product", free=True),
            "indication": Phrase(noun="reason", form="for {value}", missing="without a stated reason"),
            "bolus_mg": Phrase(noun="dose given at once", unit="mg"),
            "rate_mg_h": Phrase(noun="infusion rate", unit="mg/h"),
            "bolus_mg_per_kg": Phrase(noun="dose given at once", unit="mg/kg"),
            "rate_mg_per_kg_h": Phrase(noun="infusion rate", unit="mg/kg/h"),
            "per_kg": Phrase(
                noun="dose per kg",
                form="dose per kg {value}",
                words={
                    "stated": "as stated",
                    "weighed": "by a recent weight",
                    "no-weight": "not known without a weight",
                },
            ),
            "hours": Phrase(noun="length of one infusion", unit="h"),
            "total_mg": Phrase(noun="dose of one session", unit="mg"),
            "infusions": Phrase(noun="number of infusions", form="{limit} infusion|infusions ordered"),
            "strength_mg_ml": Phrase(noun="strength of the product", unit="mg/mL"),
            "compounded": _truth("compounded", "not compounded"),
            "take_home": _truth("for use at home", "not for use at home"),
            "label": Phrase(noun="name", form="named “{value}”", free=True, derived=True),
        },
    ),
    "medication": KindPhrase(
        "a medicine",
        "no medicine",
        "medicine",
        {
            "concept": Phrase(noun="kind of medicine", form="in {value}", names=Names.SETS, head=True),
            "drug": Phrase(noun="ingredient", free=True),
            "state": Phrase(
                noun="state",
                form="{value}",
                words={
                    "active": "taken now",
                    "on-hold": "on hold",
                    "stopped": "stopped",
                    "unknown": "of unknown state",
                },
            ),
            "systemic": _truth("acting on the whole body", "acting where it is applied only", minor=(True,)),
            "form": Phrase(noun="form"),
            "started": _day("started"),
            "ended": Phrase(noun="ended", missing="without a recorded end", recorded="with a recorded end"),
            "daily_dose_mg": Phrase(noun="daily dose", unit="mg/d"),
            "as_needed": Phrase(
                noun="as needed",
                words={True: "taken only when needed", False: "taken regularly"},
                missing="regular or only when needed is not recorded",
            ),
            "named_only": _truth("named in a text only", "identified by a code", minor=(False,)),
        },
    ),
    "unidentified-medication": KindPhrase(
        "a medicine that could not be identified",
        "no medicine that could not be identified",
        "medicine",
        {"reason": Phrase(noun="reason"), "text": Phrase(noun="text", form="written as “{value}”", free=True)},
    ),
    "opioid-dose": KindPhrase(
        "the daily dose of all opioids",
        "no daily dose of opioids",
        "dose of opioids",
        {
            "mme": Phrase(noun="morphine equivalents", unit="mg/d"),
            "complete": _truth("with every dose known", "with some dose not known"),
            "opioids": Phrase(noun="number of opioids", form="{limit} opioid|opioids"),
        },
        once=True,
    ),
    "trial": KindPhrase(
        "a trial",
        "no trial",
        "trial",
        {
            "treatment": Phrase(
                noun="kind of treatment",
                form="of {value}",
                head=True,
                words={"drug": "a drug", "non-drug": "a treatment without drugs"},
            ),
            "group": Phrase(noun="class", form="in {value}", names=Names.CLASSES, head=True),
            "label": _LABEL,
            "outcome": Phrase(noun="outcome", form="{value}"),
            "verdict": Phrase(
                noun="verdict",
                form="{value}",
                words={
                    "failed": "failed (an adequate trial, or not tolerated)",
                    "possible": "possibly failed",
                    "inadequate": "not an adequate trial",
                    "ongoing": "still going on",
                },
            ),
            "days": Phrase(noun="certain length", unit="d"),
        },
    ),
    "prior-treatment": KindPhrase(
        "the treatments tried before",
        "no record of treatments tried before",
        "treatments",
        {
            "failed_classes": Phrase(noun="failed classes", form="{limit} drug class|classes certainly failed"),
            "possible_classes": Phrase(noun="classes", form="{limit} further drug class|classes possibly failed"),
            "non_drug": Phrase(noun="other treatments", form="{limit} kind|kinds of non-drug treatment completed"),
            "possible_non_drug": Phrase(
                noun="other treatments", form="{limit} kind|kinds of non-drug treatment possibly completed"
            ),
            "recorded": _truth("with something on record", "with nothing on record"),
        },
        once=True,
    ),
    "procedure": KindPhrase(
        "a procedure",
        "no procedure",
        "procedure",
        {
            "concept": Phrase(noun="kind of procedure", form="in {value}", names=Names.SETS, head=True),
            "state": Phrase(noun="state", form="{value}"),
            "date": _day(""),
            "label": _LABEL,
        },
    ),
    "exposure": KindPhrase(
        "ketamine or esketamine so far",
        "no ketamine or esketamine so far",
        "earlier ketamine",
        {
            "on_treatment": _truth("on treatment now", "not on treatment now"),
            "planned": _truth("planned", "not planned"),
            "infusions": Phrase(noun="infusions", form="{limit} infusion|infusions within the last {exposure_window}"),
            "last": _day("last infusion"),
            "drug": Phrase(noun="drug given last", form="{value} given last", words=_DRUGS),
            "courses": Phrase(noun="courses", form="{limit} course|courses within the last {exposure_window}"),
            "course_start": _day("start of the latest course"),
            "course_infusions": Phrase(noun="infusions", form="{limit} infusion|infusions in the latest course"),
            "course_interval_days": Phrase(noun="time between the last two courses", unit="d"),
        },
        once=True,
    ),
    "infusion-day": KindPhrase(
        "a day of infusion",
        "no day of infusion",
        "day of infusion",
        {"date": _day(""), "number": Phrase(noun="its number in the latest course")},
    ),
    "response": KindPhrase(
        "the response of pain to the latest course",
        "no response of pain to the latest course",
        "response",
        {
            "before": Phrase(noun="score before", missing="without a pain score before the course"),
            "before_date": _day("score before"),
            "after": Phrase(noun="score after", missing="without a pain score after the course"),
            "after_date": _day("score after"),
            "relief_percent": Phrase(noun="relief by the latest score", unit="%"),
            "best_percent": Phrase(noun="best relief since the course", unit="%"),
            "lasted_days": Phrase(noun="length of relief", unit="d"),
            "ended": _truth("relief over", "relief not over"),
        },
        once=True,
    ),
    "data": KindPhrase(
        "data",
        "no data",
        "data",
        {
            "domain": Phrase(noun="subject", form="({value})", names=Names.DOMAINS, head=True),
            "state": Phrase(
                noun="state",
                form="{value}",
                words={
                    "known": "known",
                    "none-recorded": "none recorded (which counts as none)",
                    "stale": "too old",
                    "missing": "not on record",
                    "failed": "could not be loaded",
                    "incomplete": "only partly loaded",
                    "uncertain": "recorded, but not clear",
                    "conflicting": "contradictory",
                    "unreadable": "could not be read",
                },
            ),
            "basis": Phrase(
                noun="because of",
                form="because {value}",
                words={
                    "answered-yes": "a question was answered with yes",
                    "named-in-text": "it is named in a text",
                    "screen": "a question was answered",
                    "unconfirmed-entry": "an entry is not confirmed",
                    "high-score": "a score is high",
                    "unspecified-entry": "an entry does not say enough",
                    "unclear-test": "a test is unclear",
                    "unusable-value": "a value cannot be used",
                    "status-unknown": "the status of an entry is not known",
                    "none": "it does not concern this patient",
                },
            ),
            "date": _day("latest entry"),
        },
        once=True,
    ),
    "finding": KindPhrase(
        "a finding",
        "no finding",
        "finding",
        {
            "rule": Phrase(noun="rule", form="of {value}", names=Names.RULES, head=True),
            "category": Phrase(noun="category", form="about {value}", derived=True),
            "effect": Phrase(noun="effect", form="with the effect {value}", derived=True),
            "answer": Phrase(
                noun="answer", form="{value}", words={"applies": "which applies", "data-required": "which cannot tell"}
            ),
        },
    ),
}
"""Every kind of fact, and every property of each."""
