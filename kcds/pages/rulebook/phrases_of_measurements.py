"""What was measured, scored or done: its words."""

from collections.abc import Mapping

from kcds.pages.rulebook.phrase import PRELIMINARY, RANK, KindPhrase, Names, Phrase, day, truth

MEASUREMENTS: Mapping[str, KindPhrase] = {
    "blood-pressure": KindPhrase(
        "the latest blood pressure",
        "no latest blood pressure",
        "blood pressure",
        {
            "systolic": Phrase(noun="systolic", unit="mm[Hg]"),
            "diastolic": Phrase(noun="diastolic", unit="mm[Hg]"),
            "date": day(""),
            "preliminary": PRELIMINARY,
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
            "date": day(""),
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
            "date": day(""),
            "upper_limit": Phrase(noun="upper limit of the laboratory"),
            "lower_limit": Phrase(noun="lower limit of the laboratory"),
            "times_upper": Phrase(noun="", form="{limit} times the upper limit of the laboratory"),
            "below_range": truth("below the range of the laboratory", "not below the range of the laboratory"),
            "rank": RANK,
            "preliminary": PRELIMINARY,
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
            "date": day(""),
            "rank": RANK,
            "current": truth("recent enough to count", "too old to count", "age of the score", minor=(True,)),
            "preliminary": PRELIMINARY,
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
            "date": day(""),
            "rank": RANK,
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
            "date": day("done"),
            "value": Phrase(noun="result", free=True),
            "infusions_before": Phrase(
                noun="infusions before it", form="{limit} infusion|infusions of the course by then"
            ),
        },
    ),
}
