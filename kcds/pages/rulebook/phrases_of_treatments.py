"""Medicines and treatments, ordered, tried and given: their words."""

from collections.abc import Mapping

from kcds.pages.rulebook.phrase import DRUGS, LABEL, KindPhrase, Names, Phrase, day, truth

TREATMENTS: Mapping[str, KindPhrase] = {
    "treatment": KindPhrase(
        "a treatment under review",
        "no treatment under review",
        "treatment",
        {
            "drug": Phrase(noun="drug", form="with {value}", head=True, words=DRUGS, recorded="with a known drug"),
            "route": Phrase(
                noun="route",
                form="{value}",
                words={
                    "iv": "intravenous",
                    "im": "intramuscular",
                    "sc": "subcutaneous",
                },
            ),
            "drafted": truth("drafted as an order", "considered, not ordered", "draft"),
            "for_pain": truth("for pain", "not for pain", "reason"),
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
            "compounded": truth("compounded", "not compounded"),
            "take_home": truth("for use at home", "not for use at home"),
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
            "systemic": truth("acting on the whole body", "acting where it is applied only", minor=(True,)),
            "form": Phrase(noun="form"),
            "started": day("started"),
            "ended": Phrase(noun="ended", missing="without a recorded end", recorded="with a recorded end"),
            "daily_dose_mg": Phrase(noun="daily dose", unit="mg/d"),
            "as_needed": Phrase(
                noun="as needed",
                words={True: "taken only when needed", False: "taken regularly"},
                missing="regular or only when needed is not recorded",
            ),
            "named_only": truth("named in a text only", "identified by a code", minor=(False,)),
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
            "complete": truth("with every dose known", "with some dose not known"),
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
            "label": LABEL,
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
            "recorded": truth("with something on record", "with nothing on record"),
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
            "date": day(""),
            "label": LABEL,
        },
    ),
    "exposure": KindPhrase(
        "ketamine or esketamine so far",
        "no ketamine or esketamine so far",
        "earlier ketamine",
        {
            "on_treatment": truth("on treatment now", "not on treatment now"),
            "planned": truth("planned", "not planned"),
            "infusions": Phrase(noun="infusions", form="{limit} infusion|infusions within the last {exposure_window}"),
            "last": day("last infusion"),
            "drug": Phrase(noun="drug given last", form="{value} given last", words=DRUGS),
            "courses": Phrase(noun="courses", form="{limit} course|courses within the last {exposure_window}"),
            "course_start": day("start of the latest course"),
            "course_infusions": Phrase(noun="infusions", form="{limit} infusion|infusions in the latest course"),
            "course_interval_days": Phrase(noun="time between the last two courses", unit="d"),
        },
        once=True,
    ),
    "infusion-day": KindPhrase(
        "a day of infusion",
        "no day of infusion",
        "day of infusion",
        {"date": day(""), "number": Phrase(noun="its number in the latest course")},
    ),
    "response": KindPhrase(
        "the response of pain to the latest course",
        "no response of pain to the latest course",
        "response",
        {
            "before": Phrase(noun="score before the course", missing="without a pain score before the course"),
            "before_date": day("score before the course taken"),
            "after": Phrase(noun="latest score since", missing="without a pain score after the course"),
            "after_date": day("latest score since taken"),
            "relief_percent": Phrase(noun="relief by the latest score", unit="%"),
            "best_percent": Phrase(noun="best relief since the course", unit="%"),
            "lasted_days": Phrase(noun="length of relief", unit="d"),
            "ended": truth("relief over", "relief not over"),
        },
        once=True,
    ),
}
