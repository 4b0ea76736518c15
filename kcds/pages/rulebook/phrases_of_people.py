"""People, and what is known of a record: their words."""

from collections.abc import Mapping

from kcds.pages.rulebook.phrase import KindPhrase, Names, Phrase, day, truth

PEOPLE: Mapping[str, KindPhrase] = {
    "patient": KindPhrase(
        "the patient",
        "not recorded of the patient:",
        "patient",
        {
            "age": Phrase(noun="age", unit="a"),
            "adult": truth("an adult", "not an adult", "adult age"),
            "sex": Phrase(noun="sex", form="{value}"),
            "deceased": truth("recorded as dead", "not recorded as dead", "death"),
            "future_birth": truth("with a birth date after today", "without a birth date after today", "birth date"),
        },
        once=True,
    ),
    "pregnancy": KindPhrase(
        "the pregnancy status",
        "no pregnancy status",
        "pregnancy status",
        {
            "possible": truth("pregnancy possible", "pregnancy not possible"),
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
            "conflict": truth("with entries that contradict each other", "without contradicting entries", "conflict"),
            "test_date": day("latest valid test"),
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
                    "none-recorded": "looked for, no entry found",
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
            "date": day("latest entry"),
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
