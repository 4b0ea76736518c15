"""The lanes of measured values: they hold what the facts hold, say what is missing, and mark what a rule speaks of."""

from datetime import date
from decimal import Decimal

import pytest
from knowledge_builders import real_knowledge
from record_builders import TODAY, observation, quantity, record, retrievals, unreadable, value
from timeline_builders import AST, PAST_WEEK, enzyme, facts_of, given, lane, pain, pressure, timeline

from kcds.fhir.record import Retrieval
from kcds.model.facts import BloodPressureDay, Measurement, Score
from kcds.pages.html import say_day
from kcds.pages.timeline.thinned import MOST

PAIN, PRESSURE, LIVER = "pain-score", "blood-pressure", "liver-tests"


def values(of: object) -> list[tuple[date, float]]:
    return [(point.day, point.value) for series in of.series for point in series.points]  # type: ignore[attr-defined]


# ---- the same as the facts


def test_pain_scores_are_those_of_the_facts() -> None:
    scores = [pain(7, "2026-11-01"), pain(4, "2026-11-10"), pain(6, "2026-11-20", status="preliminary")]

    drawn = lane(timeline(observations=scores), PAIN)

    facts = [fact for fact in facts_of(record(observations=scores), real_knowledge()) if isinstance(fact, Score)]
    assert sorted(values(drawn)) == sorted((fact.date, fact.value) for fact in facts)
    assert [point.preliminary for point in drawn.series[0].points] == [False, False, True]


def test_pressures_are_the_highest_of_each_day_as_in_the_facts() -> None:
    readings = [pressure(150, 95, "2026-11-01T08:00:00Z"), pressure(140, 99, "2026-11-01T09:00:00Z")]

    (point,) = lane(timeline(observations=readings), PRESSURE).series[0].points

    facts = facts_of(record(observations=readings), real_knowledge())
    (fact,) = (one for one in facts if isinstance(one, BloodPressureDay))
    assert (point.value, point.lower) == (fact.systolic, fact.diastolic) == (150, 99)
    assert point.sources == fact.sources


def test_liver_tests_are_the_multiples_of_the_facts() -> None:
    tests = [enzyme(100, "2026-11-01"), enzyme(60, "2026-11-01", AST)]

    drawn = lane(timeline(observations=tests), LIVER)

    facts = facts_of(record(observations=tests), real_knowledge())
    times = {fact.concept: fact.times_upper for fact in facts if isinstance(fact, Measurement)}
    assert {series.name: series.points[-1].value for series in drawn.series} == {
        "ALT": times["alt"],
        "AST": times["ast"],
    }


def test_values_older_than_twelve_months_are_not_drawn_and_the_last_is_named() -> None:
    drawn = lane(timeline(observations=[pain(8, "2025-03-02")]), PAIN)

    assert drawn.is_empty
    assert drawn.state == "No pain scores on record in the last 12 months; the last on 2 Mar 2025"
    assert drawn.latest is not None
    assert drawn.latest.day == date(2025, 3, 2)


def test_what_was_entered_in_error_is_nowhere() -> None:
    drawn = timeline(observations=[pain(9, "2026-11-01", status="entered-in-error")])

    assert lane(drawn, PAIN).state == "No pain scores on record"
    assert drawn.all_rows == ()


def test_scores_of_two_scales_are_two_series() -> None:
    scores = [pain(7, "2026-10-01"), pain(4, "2026-11-10"), pain(9, "2026-09-01", PAST_WEEK)]

    drawn = lane(timeline(observations=scores), PAIN)

    assert [len(series.points) for series in drawn.series] == [2, 1]
    assert len({(series.name, series.shape) for series in drawn.series}) == 2


def test_a_second_value_of_a_day_is_a_point_off_the_line() -> None:
    scores = [pain(9, "2026-11-01T08:00:00Z"), pain(5, "2026-11-01T20:00:00Z")]

    points = lane(timeline(observations=scores), PAIN).series[0].points

    assert [(point.value, point.joined) for point in points] == [(9, False), (5, True)]


def test_a_result_without_its_range_is_listed_and_not_drawn() -> None:
    drawn = lane(timeline(observations=[enzyme(150, "2026-11-01", high=None)]), LIVER)

    assert drawn.is_empty
    assert [(row.measure, row.value, row.note) for row in drawn.rows] == [
        ("ALT", "150 U/L", "no upper limit on the result")
    ]
    assert drawn.latest is not None
    assert drawn.latest.value == "ALT 150 U/L"


def test_a_value_in_an_unknown_unit_is_counted_and_not_drawn() -> None:
    odd = observation(value(("loinc", "72514-3"), quantity_=quantity(30, "%")), effective="2026-11-01")

    assert lane(timeline(observations=[odd]), PAIN).notes == ("1 result left out: no usable value, unit or date.",)


# ---- the lines of the rules


def rule_number(rule: str, parameter: str) -> float:
    return float(real_knowledge().rules_by_id[rule].parameters[parameter].value)


def test_the_lines_of_the_pressure_are_the_numbers_of_the_rule() -> None:
    drawn = lane(timeline(observations=[pressure(120, 80, "2026-11-01")]), PRESSURE)

    assert [line.value for line in drawn.lines] == [
        rule_number("repeated-high-blood-pressure", "systolic"),
        rule_number("repeated-high-blood-pressure", "diastolic"),
    ]


def test_the_higher_line_is_drawn_where_a_reading_comes_up_to_it() -> None:
    stop = rule_number("very-high-blood-pressure", "systolic")

    drawn = lane(timeline(observations=[pressure(stop, 80, "2026-11-01")]), PRESSURE)

    assert stop in [line.value for line in drawn.lines]


def test_a_reading_on_the_line_is_not_marked_and_one_above_it_is() -> None:
    on = rule_number("repeated-high-blood-pressure", "systolic")
    readings = [pressure(on, 80, "2026-11-01"), pressure(on + 1, 80, "2026-11-02")]

    points = lane(timeline(observations=readings), PRESSURE).series[0].points

    assert [point.tone for point in points] == ["neutral", "stop"]
    assert points[1].words.endswith(f"on 2 Nov 2026, above {on:g} systolic")


def test_the_line_of_the_liver_tests_marks_alt_and_ast_only() -> None:
    over = 40 * (rule_number("transaminases-raised", "hold_above") + 1)
    tests = [enzyme(over, "2026-11-01"), enzyme(over, "2026-11-01", "6768-6")]

    drawn = lane(timeline(observations=tests), LIVER)

    assert {series.name: series.points[0].tone for series in drawn.series} == {"ALT": "caution", "ALP": "neutral"}
    assert {line.words for line in drawn.lines} >= {"upper limit of normal"}


def test_the_line_of_the_pain_is_so_many_percent_below_the_score_before_the_course() -> None:
    scores = [pain(8, "2026-09-28"), pain(4, "2026-10-10")]

    drawn = lane(timeline(observations=scores, medications=[given("2026-10-01")]), PAIN)

    percent = Decimal(str(rule_number("response-was-positive", "relief")))
    (line,) = drawn.lines
    assert line.value == pytest.approx(float(8 - 8 * percent / 100))
    assert line.since == date(2026, 9, 28)
    assert drawn.notes == ("Baseline, before the latest course: 8, 28 Sep 2026",)


def test_without_a_course_there_is_no_line_of_the_pain() -> None:
    assert lane(timeline(observations=[pain(8, "2026-11-01")]), PAIN).lines == ()


# ---- gaps and states


def test_there_is_a_gap_from_the_last_liver_test_once_it_no_longer_holds() -> None:
    drawn = lane(timeline(observations=[enzyme(30, "2026-06-01")]), LIVER)

    assert drawn.gap is not None
    assert (drawn.gap.start, drawn.gap.end) == (date(2026, 6, 1), TODAY)
    assert drawn.gap.words == f"No ALT or AST for {(TODAY - date(2026, 6, 1)).days} days"


def test_on_the_last_day_of_the_window_there_is_no_gap_and_on_the_next_there_is() -> None:
    window = real_knowledge().timeline[LIVER].gap.window
    last = TODAY - window

    assert lane(timeline(observations=[enzyme(30, last.isoformat())]), LIVER).gap is None
    before = date.fromordinal(last.toordinal() - 1)
    assert lane(timeline(observations=[enzyme(30, before.isoformat())]), LIVER).gap is not None


def test_a_preliminary_result_closes_no_gap() -> None:
    tests = [enzyme(30, "2026-05-01"), enzyme(30, "2026-11-20", status="preliminary")]

    assert lane(timeline(observations=tests), LIVER).gap is not None


@pytest.mark.parametrize(
    ("became", "words"),
    [
        (Retrieval.GIVEN, "No liver tests on record"),
        (Retrieval.FAILED, "Liver tests could not be read: the EHR did not give them"),
        (Retrieval.ABSENT, "Liver tests were not asked for"),
        (Retrieval.INCOMPLETE, "Liver tests were not read in full"),
    ],
)
def test_none_on_record_is_told_from_not_read(became: Retrieval, words: str) -> None:
    drawn = lane(timeline(retrieved=retrievals(liverTests=became)), LIVER)

    assert drawn.is_empty
    assert drawn.state == words
    assert words in drawn.summary


def test_a_result_that_could_not_be_read_is_said_beside_those_that_could() -> None:
    lost = unreadable("Observation", "liverTests", ("loinc", "1742-6"))

    drawn = lane(timeline(observations=[enzyme(30, "2026-11-01")], not_read=[lost]), LIVER)

    assert not drawn.is_empty
    assert drawn.state == "Liver tests are there in part, in a form that could not be read"


# ---- the table, and bounds


def test_every_value_drawn_stands_in_the_table_with_its_source() -> None:
    of = timeline(
        observations=[pain(7, "2026-11-01"), pressure(170, 90, "2026-11-02"), enzyme(130, "2026-11-03")],
        medications=[given("2026-10-01")],
    )

    for one in of.measured:
        for series in one.series:
            for point in series.points:
                row = next(row for row in one.rows if row.sources == point.sources)
                assert (row.when, row.measure) == (say_day(point.day), series.name)
                assert row.value.startswith(point.measured)
    assert len(of.rows) == len(of.infusions) == 1


def test_of_many_readings_the_gravest_and_the_latest_are_kept() -> None:
    readings = [pressure(120, 80, f"2026-{month:02}-{day:02}") for month in range(1, 11) for day in range(1, 29)]
    readings += [pressure(185, 80, "2026-03-15", id_="grave"), pressure(118, 79, "2026-11-20", id_="latest")]

    drawn = lane(timeline(observations=readings), PRESSURE)

    points = drawn.series[0].points
    assert len(points) <= MOST
    assert max(point.value for point in points) == 185
    assert points[-1].shown == "118/79"
    assert drawn.notes[0].startswith("Many values: of every ")
    assert len(drawn.rows) == len(points)


def test_the_summary_says_what_the_line_does_and_when_ketamine_was_given() -> None:
    scores = [pain(8, "2026-09-28"), pain(4, "2026-10-10"), pain(6, "2026-11-15")]

    summary = lane(timeline(observations=scores, medications=[given("2026-10-01")]), PAIN).summary

    assert summary == (
        "Pain score 0 to 10, 21 Nov 2025 to 21 Nov 2026. Pain score (of 10): 3 values on 3 days, "
        "first 8 on 28 Sep 2026, lowest 4 on 10 Oct 2026, highest 8 on 28 Sep 2026, latest 6 on 15 Nov 2026. "
        "Line: 30% below baseline (5.6). One ketamine infusion: 1 Oct 2026."
    )
