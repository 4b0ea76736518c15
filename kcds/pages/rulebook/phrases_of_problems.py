"""Problems and allergies: their words."""

from collections.abc import Mapping

from kcds.pages.rulebook.phrase import (
    CONFIRMED,
    ENTRY_STATES,
    LABEL,
    ONSET,
    VERIFIED,
    KindPhrase,
    Names,
    Phrase,
    day,
    truth,
)

PROBLEMS: Mapping[str, KindPhrase] = {
    "condition": KindPhrase(
        "a problem",
        "no problem",
        "problem",
        {
            "concept": Phrase(noun="kind of problem", form="in {value}", names=Names.SETS, head=True),
            "code": Phrase(noun="code", free=True),
            "label": LABEL,
            "state": Phrase(noun="state", form="{value}", words=ENTRY_STATES),
            "remission": truth("in remission", "not in remission"),
            "confirmed": CONFIRMED,
            "verified_code": VERIFIED,
            **ONSET,
            "abated_earliest": day("earliest possible end"),
            "abated_latest": day("latest possible end"),
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
            "explicit": truth("coded as chronic", "not coded as chronic"),
            "asserts_pain": truth(
                "with a code that states pain", "with a code that does not state pain", minor=(True,)
            ),
            "confirmed": CONFIRMED,
            "onset_recorded": truth("with a recorded onset", "without a recorded onset"),
            **ONSET,
            "label": LABEL,
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
            "confirmed": CONFIRMED,
            "verified_code": VERIFIED,
            "label": LABEL,
            "since": day("in remission since"),
            **ONSET,
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
            "state": Phrase(noun="state", form="{value}", words=ENTRY_STATES),
            "confirmed": CONFIRMED,
            "harm": Phrase(
                noun="harm",
                form="with harm to the {value}",
                recorded="with a recorded harm to bladder, liver or mind",
                missing="without a recorded harm to bladder, liver or mind",
            ),
            "label": LABEL,
        },
    ),
}
