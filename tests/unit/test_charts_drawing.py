"""The charts: every value of the timeline is a mark with its words, in bounds; the picture holds nothing else."""

import itertools
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from xml.etree import ElementTree as ET

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from knowledge_builders import real_knowledge
from record_builders import TODAY, concept, dosage, medicine, problem, procedure, record, retrievals, span
from service_builders import SAMPLE_NAMES, SAMPLES, noon, real_service
from timeline_builders import AST, KETAMINE, NUMERIC, PAST_WEEK, enzyme, pain, pressure, timeline
from timeline_builders import given as infusion

from kcds.fhir.record import Record, Retrieval
from kcds.pages.charts.draw import DrawnTimeline, charts_of, draw_timeline
from kcds.pages.charts.marks import Chart
from kcds.pages.charts.process import Renderer
from kcds.pages.charts.safe_svg import safe
from kcds.pages.html import render, say_day
from kcds.pages.site import Site
from kcds.pages.timeline.make import make_timeline
from kcds.pages.timeline.model import Timeline
from kcds.reading import parse_content, review_content

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert(1)</script>\"'&]]>{{7*7}}"


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    """One renderer for all pictures of this module; the timeout is that of a machine with other work."""
    one = Renderer(timeout=60, patience=60, start=60)
    yield one
    one.stop()


def of_sample(name: str) -> Timeline:
    content = parse_content((SAMPLES / name / "request.json").read_bytes())
    moment = noon()
    _, review = review_content(real_service(), content, None, moment)
    return make_timeline(review, real_knowledge(), today=moment.today, now=moment.now)


def marks(svg: str, kind: str) -> list[ET.Element]:
    """The marks of one layer that a tooltip can name."""
    groups = [one for one in ET.fromstring(svg).iter(f"{SVG}g") if f"mark-{kind} " in one.get("class", "")]  # noqa: S314
    return [path for group in groups for path in group.iter(f"{SVG}path") if path.get("aria-label")]


def drawn(of: Timeline, renderer: Renderer) -> DrawnTimeline:
    done = draw_timeline(of, renderer)
    assert done.is_drawn
    return done


# ---- what is drawn


def test_the_picture_of_a_lane_has_one_named_mark_for_each_value(renderer: Renderer) -> None:
    scores = [pain(7, "2026-11-01"), pain(4, "2026-11-10")]

    of = drawn(timeline(observations=scores, medications=[infusion("2026-10-01")]), renderer)

    svg = str(of.lanes[0].svg)
    assert [mark.get("aria-label") for mark in marks(svg, "symbol")] == [
        "Infusion 1: ketamine, dose not recorded, 1 Oct 2026",
        "Pain score 7 of 10 on 1 Nov 2026",
        "Pain score 4 of 10 on 10 Nov 2026",
    ]


def test_the_picture_says_in_words_what_it_shows_and_takes_its_size_from_the_page(renderer: Renderer) -> None:
    of = drawn(of_sample("a-year-of-infusions"), renderer)

    for lane in of.lanes:
        root = ET.fromstring(str(lane.svg))  # noqa: S314 - ours
        assert root.get("role") == "img"
        assert root.get("aria-label") == lane.lane.summary
        assert root.get("width") is None
        assert root.get("viewBox", "").startswith("0 0 1108 ")


def test_colours_are_variables_of_the_style_sheet_and_nothing_has_a_style(renderer: Renderer) -> None:
    pictures = "".join(str(lane.svg) for lane in drawn(of_sample("a-year-of-infusions"), renderer).lanes)

    assert "style=" not in pictures
    assert "#" not in pictures
    assert set(re.findall(r'(?:fill|stroke)="([^"]*)"', pictures)) - {"none", "transparent"} <= {
        f"var(--{name})"
        for name in (
            *("viz-bp", "viz-inf", "viz-a", "viz-b", "viz-c", "ink", "ink-2", "ink-3", "grid", "surface"),
            *("stop", "caution", "unk", "band-stop", "band-unk"),
            *("g-ae", "g-none", "g-some", "ge-ae", "ge-none", "ge-some"),
        )
    }


def test_every_bar_of_a_trial_says_its_words(renderer: Renderer) -> None:
    of = drawn(of_sample("a-year-of-infusions"), renderer)

    words = {mark.get("aria-label") for mark in marks(str(of.lanes[-1].svg), "rect")}
    assert words == {bar.words for one in of.timeline.trials.treatments for bar in one.bars}


def test_what_is_missing_is_drawn(renderer: Renderer) -> None:
    of = drawn(timeline(retrieved=retrievals(liverTests=Retrieval.FAILED)), renderer)

    assert "Liver tests could not be read: the EHR did not give them" in str(of.lanes[2].svg)
    assert "No pain scores on record" in str(of.lanes[0].svg)


# ---- hostile words, and what may stand in a page


def test_hostile_words_stay_words(renderer: Renderer) -> None:
    (chart, *_) = charts_of(timeline(observations=[pain(7, "2026-11-01")]))
    sent = orjson.loads(orjson.dumps(chart))
    sent["summary"] = HOSTILE
    sent["dots"][-1]["label"] = HOSTILE
    sent["words"][-1]["text"] = HOSTILE

    (picture,) = renderer.draw([sent]) or []

    assert safe(picture) is not None
    root = ET.fromstring(picture)  # noqa: S314 - ours
    assert root.get("aria-label") == HOSTILE
    assert HOSTILE in [mark.get("aria-label") for mark in marks(picture, "symbol")]
    assert HOSTILE in [text.text for text in root.iter(f"{SVG}text")]
    assert "<script" not in picture


@pytest.mark.parametrize(
    "inside",
    [
        "<script>x</script>",
        "<foreignObject/>",
        "<style>x</style>",
        "<a href='x'><path d=''/></a>",
        "<image href='x'/>",
        "<use href='#x'/>",
        "<g onclick='x'/>",
        "<g style='x'/>",
        "<g href='x'/>",
        "<path fill='url(#x)'/>",
        "<path fill='red;x'/>",
        "<g xmlns:x='y' x:href='z'/>",
        "<script xmlns='http://www.w3.org/1999/xhtml'/>",
        "<!DOCTYPE svg><g/>",
        "<?x?>",
        "<g>",
    ],
)
def test_anything_else_than_plain_shapes_and_words_is_refused(inside: str) -> None:
    assert safe(f'<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>') is None


def test_a_plain_picture_is_kept_as_it_is() -> None:
    picture = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0,0" fill="var(--ink-2)"/><text>x</text></svg>'

    assert safe(picture) == picture


# ---- bounds


def places(mark: object, *names: str) -> list[float]:
    """Where a mark begins and ends on one axis."""
    return [getattr(mark, name) for name in names if hasattr(mark, name)]


def outside(chart: Chart) -> list[object]:
    """The marks that are off the axis of days, or more than a few pixels beside the ends of the other one."""
    low, high = sorted(chart.values)
    beside = abs(chart.value_units(26))
    layers: tuple[Sequence[object], ...] = (
        chart.boxes,
        chart.rules,
        chart.bars,
        chart.corners,
        chart.dots,
        chart.words,
    )
    return [
        mark
        for mark in itertools.chain(*layers)
        if not all(chart.days[0] <= at <= chart.days[1] for at in places(mark, "x", "x2"))
        or not all(low - beside <= at <= high + beside for at in places(mark, "y", "y2"))
    ]


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_all_marks_of_the_samples_are_in_bounds(name: str) -> None:
    assert [outside(chart) for chart in charts_of(of_sample(name))] == [[]] * 4


DAYS = st.integers(-3, 500).map(lambda back: (TODAY - timedelta(back)).isoformat())
MORE = {"status": st.sampled_from(["final", "preliminary", "entered-in-error"])}
NUMBERS = st.decimals(Decimal(0), Decimal(1000), places=2).map(float)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Any invented record of what the timeline shows."""
    observations = []
    for place in range(draw(st.integers(0, 25))):
        kind, when, status = draw(st.integers(0, 3)), draw(DAYS), draw(MORE["status"])
        named = {"id_": f"o{place}", "status": status}
        if kind == 0:
            observations.append(pain(draw(NUMBERS) % 12, when, draw(st.sampled_from([NUMERIC, PAST_WEEK])), **named))
        elif kind == 1:
            observations.append(pressure(draw(NUMBERS), draw(NUMBERS), when, **named))
        else:
            high = draw(st.none() | st.just(40.0))
            observations.append(enzyme(draw(NUMBERS), when, draw(st.sampled_from(["1742-6", AST])), high, **named))
    uses = [
        medicine(
            ("rxnorm", draw(st.sampled_from(["596926", "25480", "187832", "7531"]))),
            id_=f"m{place}",
            status=draw(st.sampled_from(["active", "stopped", "completed", "unknown", "draft"])),
            status_reason=[concept(text=draw(st.sampled_from(["ineffective", HOSTILE])))],
            authored=draw(st.none() | DAYS),
            dosages=[dosage(bounds=span(draw(st.none() | DAYS), draw(st.none() | DAYS)))]
            if draw(st.booleans())
            else [],
        )
        for place in range(draw(st.integers(0, 12)))
    ]
    uses += [infusion(draw(DAYS), id_=f"i{place}") for place in range(draw(st.integers(0, 30)))]
    done = [procedure(("snomed", "91251008"), id_=f"p{place}", performed=draw(st.none() | DAYS)) for place in range(2)]
    orders = [medicine(KETAMINE, id_="draft", status="draft", dosages=[dosage(bounds=span(draw(DAYS)))])]
    became = draw(st.sampled_from(list(Retrieval)))
    return record(
        conditions=[problem(("icd-10-cm", "G90.50"))],
        observations=observations,
        medications=uses,
        procedures=done,
        orders=orders if draw(st.booleans()) else [],
        retrieved=retrievals(liverTests=became, medicationRequests=became),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(of=records())
def test_any_record_gives_a_timeline_whose_marks_are_in_bounds_and_whose_values_are_in_the_table(of: Record) -> None:
    made = timeline(of)

    assert [outside(chart) for chart in charts_of(made)] == [[]] * 4
    listed = {(row.when, row.sources) for row in made.all_rows}
    for lane in made.measured:
        assert {(say_day(point.day), point.sources) for one in lane.series for point in one.points} <= listed
        assert lane.is_empty == (not lane.series)
        assert lane.state or not lane.is_empty
        assert lane.summary


# ---- the template


def shown(of: DrawnTimeline) -> str:
    return render("timeline.html.j2", Site(), timeline=of)


def test_the_page_shows_lanes_with_their_latest_value_chart_and_table(renderer: Renderer) -> None:
    html = shown(drawn(of_sample("a-year-of-infusions"), renderer))

    assert re.findall(r"<h3>([^<]*)", html) == ["Pain score", "Blood pressure", "Liver tests", "Treatment trials"]
    assert html.count('<svg xmlns="http://www.w3.org/2000/svg"') == 4
    assert html.count('role="region"') == 5
    assert '<span class="now">7 of 10</span> <span class="nw">12 Nov 2026</span>' in html
    assert "<caption" in html
    assert "Observation/observation-15" in html
    assert "style=" not in html


def test_without_pictures_the_page_says_so_and_opens_the_table() -> None:
    made = of_sample("a-year-of-infusions")

    html = shown(draw_timeline(made, Renderer(("/nonexistent",))))

    assert "The charts could not be drawn here." in html
    assert '<details class="vals" open>' in html
    assert made.measured[0].summary in html
    assert "<svg xmlns" not in html


def test_where_the_pictures_were_not_ready_the_page_says_to_load_it_again() -> None:
    slow = Renderer((sys.executable, "-I", "-c", "import time; time.sleep(600)"), patience=0.01)
    try:
        html = shown(draw_timeline(of_sample("a-year-of-infusions"), slow))
    finally:
        slow.stop()

    assert "The charts were not ready: load the page again to see them." in html


def test_no_group_of_a_picture_has_a_role_without_a_name(renderer: Renderer) -> None:
    of = drawn(of_sample("a-year-of-infusions"), renderer)

    roles = [one for lane in of.lanes for one in ET.fromstring(str(lane.svg)).iter() if one.get("role")]  # noqa: S314
    assert [one.get("class") for one in roles if not one.get("aria-label")] == []


def test_words_of_the_timeline_are_escaped() -> None:
    made = of_sample("a-year-of-infusions")
    (row, *_) = made.rows
    hostile = type(row)(when=HOSTILE, measure=HOSTILE, value=HOSTILE, sources=(HOSTILE,))
    html = shown(draw_timeline(replace(made, rows=(hostile,)), Renderer(("/nonexistent",))))

    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == 4
