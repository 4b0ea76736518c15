from dataclasses import replace

import pytest
from record_builders import TODAY, concept, observation, problem, record, retrievals, unreadable, value
from terminology import CLOCK, parameters, value_sets

from kcds.errors import Fault
from kcds.facts.health_domains import History, health_domain_state
from kcds.facts.observations import read_reports
from kcds.facts.problems import read_problems
from kcds.facts.substance_scores import ScoreLimits, ScreeningScores, read_screening_scores
from kcds.fhir.record import Condition, Observation, ObservationValue, Record, Retrieval
from kcds.knowledge.domains import Domain, load_domains
from kcds.knowledge.paths import rules_directory
from kcds.model.facts import DataState, Score

VALUE_SETS = value_sets()
DOMAINS = load_domains(rules_directory(), list[Fault]())

QUESTIONS = {
    "psychosis": ("snomed", "69322001"),
    "cardiovascular": ("snomed", "49601007"),
    "liver": ("snomed", "235856003"),
    "substance-use": ("snomed", "66214007"),
    "intracranial-pressure": ("snomed", "271719001"),
    "eye-pressure": ("snomed", "23986001"),
}
PROBLEMS = {
    "psychosis": ("icd-10-cm", "F20.0"),
    "cardiovascular": ("icd-10-cm", "I10"),
    "liver": ("icd-10-cm", "K74.60"),
    "substance-use": ("icd-10-cm", "F11.20"),
    "intracranial-pressure": ("icd-10-cm", "G93.2"),
    "eye-pressure": ("icd-10-cm", "H40.9"),
}
PSYCHOSIS = QUESTIONS["psychosis"]
SCHIZOPHRENIA = PROBLEMS["psychosis"]
SCHIZOPHRENIA_REMISSION = ("snomed", "4926007")
SPRAIN = problem(("icd-10-cm", "S93.401A"), id_="sprain")
NO = concept(("snomed", "373067005"))
YES = concept(("snomed", "373066001"))


def state_of(
    domain: str | Domain, seen: Record, scores: ScreeningScores | None = None, *, explicit: bool = False
) -> DataState:
    history = History(
        record=seen,
        problems=read_problems(seen.conditions, VALUE_SETS, TODAY),
        reports=read_reports(seen.observations, VALUE_SETS, CLOCK),
        value_sets=VALUE_SETS,
        clock=CLOCK,
        window=parameters().duration("screen_window"),
        explicit=explicit,
    )
    return health_domain_state(DOMAINS[domain] if isinstance(domain, str) else domain, history, scores)


def psychosis(
    *found: Condition | Observation, retrieved: dict[str, Retrieval] | None = None, sprain: bool = True
) -> DataState:
    """Ask about psychosis; unless said otherwise the problem list holds some other problem too."""
    seen = record(
        conditions=[*(one for one in found if isinstance(one, Condition)), *([SPRAIN] if sprain else [])],
        observations=[one for one in found if isinstance(one, Observation)],
        retrieved=retrievals(**(retrieved or {})),
    )
    return state_of("psychosis", seen)


def answered(answer: ObservationValue, **more: object) -> Observation:
    return observation(answer, **more)  # type: ignore[arg-type]


def said_no(**more: object) -> Observation:
    return answered(value(PSYCHOSIS, answer=NO), **more)


def said_yes(**more: object) -> Observation:
    return answered(value(PSYCHOSIS, answer=YES), **more)


# ---- the six domains


@pytest.mark.parametrize("domain", QUESTIONS)
def test_a_coded_problem_makes_its_domain_known(domain: str) -> None:
    state = state_of(domain, record(conditions=[problem(PROBLEMS[domain])]))

    assert (state.domain, state.state, state.basis) == (domain, "known", "coded-problem")
    assert state.sources == ("Condition/c1",)


@pytest.mark.parametrize("domain", QUESTIONS)
def test_an_explicit_no_makes_its_domain_known(domain: str) -> None:
    answer = observation(value(QUESTIONS[domain], answer=NO))

    state = state_of(domain, record(observations=[answer]))

    assert (state.state, state.basis, state.sources) == ("known", "screen", ("Observation/o1",))


@pytest.mark.parametrize("domain", QUESTIONS)
def test_with_neither_problem_nor_answer_a_problem_list_with_an_entry_has_no_record_of_it(domain: str) -> None:
    state = state_of(domain, record(conditions=[SPRAIN]))

    assert (state.state, state.basis) == ("none-recorded", "problem-list")


@pytest.mark.parametrize("domain", QUESTIONS)
def test_an_answer_to_another_question_says_nothing(domain: str) -> None:
    other = next(code for name, code in QUESTIONS.items() if name != domain)

    state = state_of(domain, record(observations=[observation(value(other, answer=NO))]))

    assert state.state == "missing"


def test_every_concept_and_question_of_the_domains_is_a_value_set() -> None:
    named = {
        name for domain in DOMAINS.values() for name in (*domain.concepts, *domain.doubtful, domain.screen) if name
    }

    assert named <= VALUE_SETS.names()


# ---- how an answer may be written


@pytest.mark.parametrize(
    "answer",
    [
        value(PSYCHOSIS, answer=concept(("snomed", "373067005"))),
        value(PSYCHOSIS, answer=concept(("snomed", "2667000"))),
        value(PSYCHOSIS, answer=concept(("snomed", "260385009"))),
        value(PSYCHOSIS, answer=concept(("loinc", "LA32-8"))),
        value(PSYCHOSIS, boolean=False),
        value(("local", "Q1"), PSYCHOSIS, boolean=False),
    ],
)
def test_no_may_be_written_as_one_of_four_codes_or_as_false(answer: ObservationValue) -> None:
    assert psychosis(answered(answer)).basis == "screen"


def test_a_panel_answers_one_question_a_component() -> None:
    panel = observation(
        value(("local", "health-history-screen")),
        components=[value(QUESTIONS["liver"], answer=YES), value(PSYCHOSIS, answer=NO)],
    )

    assert psychosis(panel).state == "known"
    assert state_of("liver", record(conditions=[SPRAIN], observations=[panel])).state == "uncertain"


@pytest.mark.parametrize(
    "answer",
    [
        value(PSYCHOSIS, answer=concept(text="no")),  # text never clears
        value(PSYCHOSIS, text="no"),
        value(PSYCHOSIS, answer=concept(("snomed", "261665006"))),  # unknown
        value(PSYCHOSIS, number=0),
        value(PSYCHOSIS, answer=NO, absent=True),
        value(PSYCHOSIS),
    ],
)
def test_anything_else_is_no_answer(answer: ObservationValue) -> None:
    assert psychosis(answered(answer)).basis == "problem-list"


# ---- which answers count


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_final_answers_count(status: str) -> None:
    assert psychosis(said_no(status=status)).state == "known"


@pytest.mark.parametrize("status", ["preliminary", "registered", "cancelled", "entered-in-error", "unknown", None])
def test_a_no_that_is_not_final_clears_nothing(status: str | None) -> None:
    assert psychosis(said_no(status=status), sprain=False).state == "missing"


@pytest.mark.parametrize(
    ("effective", "state"),
    [
        ("2026-11-21", "known"),
        ("2025-11-21", "known"),  # exactly twelve months
        ("2025-11-20", "stale"),
        ("2026-11-22", "known"),  # clocks may differ by a day
        ("2026-11-23", "missing"),  # in the future: an error, unused
        (None, "missing"),
        ("2025-11", "stale"),  # perhaps too old
    ],
)
def test_a_no_counts_for_twelve_months(effective: str | None, state: str) -> None:
    assert psychosis(said_no(effective=effective), sprain=False).state == state


def test_an_old_no_does_not_hide_that_there_is_no_record() -> None:
    assert psychosis(said_no(effective="2024-01-01")).state == "none-recorded"


def test_a_damaged_no_clears_nothing() -> None:
    assert psychosis(said_no(repaired=["effectiveDateTime"]), sprain=False).state == "missing"


def test_the_day_of_the_answer_is_kept() -> None:
    state = psychosis(said_no(effective="2026-11-07"), said_no(id_="o2", effective="2026-10-07"))

    assert state.date == TODAY.replace(day=7)


@pytest.mark.parametrize(
    "answer",
    [
        said_yes(),
        answered(value(PSYCHOSIS, boolean=True)),
        said_yes(status="preliminary"),
        said_yes(effective="2026-12-24"),  # dated in the future
        said_yes(effective=None),
        said_yes(effective="2019-01-01"),  # old, and no newer answer
        said_yes(repaired=["effectiveDateTime"]),
    ],
)
def test_any_yes_without_a_coded_problem_asks(answer: Observation) -> None:
    state = psychosis(answer)

    assert (state.state, state.basis, state.sources) == ("uncertain", "answered-yes", ("Observation/o1",))


def test_a_yes_that_was_entered_in_error_does_not_ask() -> None:
    assert psychosis(said_yes(status="entered-in-error")).state == "none-recorded"


@pytest.mark.parametrize("effective", ["2026-11-20", "2026-03-01"])
def test_yes_and_no_within_the_year_conflict(effective: str) -> None:
    state = psychosis(said_no(), said_yes(id_="o2", effective=effective))

    assert (state.state, state.sources) == ("conflicting", ("Observation/o1", "Observation/o2"))


def test_a_yes_of_former_years_ends_with_a_no_of_this_year() -> None:
    assert psychosis(said_no(), said_yes(id_="o2", effective="2019-01-01")).state == "known"


# ---- coded problems


@pytest.mark.parametrize(
    "coded",
    [
        problem(SCHIZOPHRENIA),
        problem(SCHIZOPHRENIA_REMISSION, clinical="remission"),
        problem(SCHIZOPHRENIA, clinical="resolved"),
    ],
)
def test_a_coded_problem_present_or_past_wins_over_any_answer(coded: Condition) -> None:
    state = psychosis(coded, said_no(), said_yes(id_="o2"))

    assert (state.state, state.basis, state.sources) == ("known", "coded-problem", ("Condition/c1",))


@pytest.mark.parametrize("verification", ["refuted", "entered-in-error"])
def test_a_void_problem_proves_nothing_either_way(verification: str) -> None:
    assert psychosis(problem(SCHIZOPHRENIA, verification=verification)).state == "none-recorded"


def test_a_void_problem_is_no_entry_of_the_problem_list() -> None:
    assert psychosis(problem(SCHIZOPHRENIA, verification="refuted"), sprain=False).state == "missing"


@pytest.mark.parametrize(
    "doubtful",
    [
        problem(SCHIZOPHRENIA, verification="provisional"),
        problem(SCHIZOPHRENIA, clinical=None),
        problem(SCHIZOPHRENIA, clinical="active", abatement="2020-01-01"),
    ],
)
def test_a_doubtful_problem_asks_even_after_a_no(doubtful: Condition) -> None:
    assert psychosis(doubtful).state == "uncertain"
    assert psychosis(doubtful, said_no()).state == "uncertain"


def test_a_doubtful_problem_beside_a_certain_active_one_of_the_same_concept_changes_nothing() -> None:
    assert psychosis(problem(SCHIZOPHRENIA), problem(SCHIZOPHRENIA, id_="c2", clinical=None)).state == "known"


def test_a_doubtful_problem_beside_a_past_one_asks() -> None:
    past = problem(SCHIZOPHRENIA_REMISSION, clinical="remission")

    assert psychosis(past, problem(SCHIZOPHRENIA, id_="c2", verification="unconfirmed")).state == "uncertain"


def test_a_certain_problem_does_not_settle_a_doubtful_one_of_another_concept() -> None:
    hypertension = problem(("icd-10-cm", "I10"))
    aneurysm = problem(("icd-10-cm", "I71.40"), id_="c2", verification="provisional")

    state = state_of("cardiovascular", record(conditions=[hypertension, aneurysm]))

    assert (state.state, state.sources) == ("uncertain", ("Condition/c2",))


# ---- text never clears, at most it asks


@pytest.mark.parametrize("text", ["Schizophrenia, see letter", "?psychotic episode", "PSYCHOSIS"])
def test_an_uncoded_problem_that_names_the_disorder_asks(text: str) -> None:
    state = psychosis(problem(text=text), said_no())

    assert (state.state, state.basis, state.sources) == ("uncertain", "named-in-text", ("Condition/c1",))


def test_a_snomed_code_outside_our_sets_that_names_the_disorder_asks_unless_the_answer_is_no() -> None:
    unknown = problem(("snomed", "999000001", "Schizophreniform disorder"))

    state = psychosis(unknown)

    assert (state.state, state.basis, state.sources) == ("uncertain", "named-in-text", ("Condition/c1",))
    assert psychosis(unknown, said_no()).state == "known"


def test_the_display_of_a_code_that_nobody_knows_asks_too() -> None:
    assert psychosis(problem(("icd-9-cm", "295.30", "Paranoid schizophrenia"))).state == "uncertain"


@pytest.mark.parametrize(
    "harmless",
    [
        problem(text="sprained ankle"),
        problem(text="Schizophrenia", clinical="resolved"),
        problem(("icd-10-cm", "S93.401A"), text="Schizophrenia"),  # the code says what it is
        problem(("snomed", "430679000", "Family history of schizophrenia")),
        problem(("snomed", "999000001", "Schizophreniform disorder"), clinical="resolved"),
        problem(text="Schizophrenia", verification="refuted"),
    ],
)
def test_other_texts_do_not_ask(harmless: Condition) -> None:
    assert psychosis(harmless).state == "none-recorded"


def test_a_stem_stands_for_all_its_endings_and_a_word_only_for_itself() -> None:
    heartburn = record(conditions=[problem(text="heartburn")])
    hypertensive = record(conditions=[problem(text="hypertensive for years")])

    assert state_of("cardiovascular", heartburn).state == "none-recorded"
    assert state_of("cardiovascular", hypertensive).state == "uncertain"


# ---- what could not be had


@pytest.mark.parametrize(
    ("retrieval", "state"),
    [(Retrieval.ABSENT, "missing"), (Retrieval.FAILED, "failed"), (Retrieval.INCOMPLETE, "incomplete")],
)
@pytest.mark.parametrize("key", ["conditions", "healthScreens"])
def test_no_record_found_needs_the_problem_list_and_the_answers(key: str, retrieval: Retrieval, state: str) -> None:
    assert psychosis(retrieved={key: retrieval}).state == state


def test_an_explicit_no_counts_even_if_the_problem_list_failed() -> None:
    assert psychosis(said_no(), retrieved={"conditions": Retrieval.FAILED}).state == "known"


@pytest.mark.parametrize("coded", [problem(SCHIZOPHRENIA), problem(SCHIZOPHRENIA_REMISSION, clinical="remission")])
def test_a_coded_problem_does_not_rule_out_another_on_a_missing_page(coded: Condition) -> None:
    assert psychosis(coded, retrieved={"conditions": Retrieval.INCOMPLETE}).state == "incomplete"


def test_a_coded_problem_makes_its_domain_known_even_if_the_answers_failed() -> None:
    assert psychosis(problem(SCHIZOPHRENIA), retrieved={"healthScreens": Retrieval.FAILED}).state == "known"


@pytest.mark.parametrize(
    "lost",
    [
        unreadable("Condition", "conditions", SCHIZOPHRENIA),
        unreadable("Condition", "conditions"),
        unreadable("Observation", "healthScreens", PSYCHOSIS),
        unreadable("Observation", "scores", PSYCHOSIS),
    ],
)
def test_an_unreadable_problem_or_answer_of_the_domain_leaves_it_open(lost: object) -> None:
    seen = replace(record(conditions=[SPRAIN]), unreadable=(lost,))

    assert state_of("psychosis", seen).state == "unreadable"


def test_an_unreadable_problem_of_another_domain_does_not_matter() -> None:
    seen = record(conditions=[SPRAIN], not_read=[unreadable("Condition", "conditions", ("icd-10-cm", "I10"))])

    assert state_of("psychosis", seen).state == "none-recorded"


# ---- substance use: scores, and use that is no disorder

LIMITS = ScoreLimits(
    audit_c_below_male=parameters().number("audit_c_negative_below_male"),
    audit_c_below_other=parameters().number("audit_c_negative_below_other"),
    dast_10_up_to=parameters().number("dast_10_negative_up_to"),
)
SUBSTANCES = QUESTIONS["substance-use"]
PRESCRIBED_OPIOID = problem(("icd-10-cm", "F11.920"))


def score(scale: str, points: float, *, current: bool = True, preliminary: bool = False, rank: int = 0) -> Score:
    return Score(
        scale=scale,
        value=points,
        date=TODAY,
        rank=rank,
        current=current,
        preliminary=preliminary,
        sources=(f"Observation/{scale}",),
    )


def substance_use(
    *scores: Score, sex: str | None = "male", found: tuple[Condition | Observation, ...] = (), **changed: Retrieval
) -> DataState:
    seen = record(
        conditions=[SPRAIN, *(one for one in found if isinstance(one, Condition))],
        observations=[one for one in found if isinstance(one, Observation)],
        retrieved=retrievals(**changed),
    )
    return state_of("substance-use", seen, read_screening_scores(scores, sex, LIMITS))


@pytest.mark.parametrize(
    ("sex", "audit_c", "dast_10", "state"),
    [
        ("male", 3, 2, "known"),
        ("male", 4, 2, "uncertain"),
        ("male", 3, 3, "uncertain"),
        ("female", 2, 2, "known"),
        ("female", 3, 2, "uncertain"),
        ("other", 3, 0, "uncertain"),
        (None, 3, 0, "uncertain"),
        (None, 2, 0, "known"),
    ],
)
def test_low_scores_on_both_scales_are_as_good_as_a_no(sex: str | None, audit_c: int, dast_10: int, state: str) -> None:
    found = substance_use(score("audit-c", audit_c), score("dast-10", dast_10), sex=sex)

    assert (found.state, found.basis) == (state, "screen" if state == "known" else "high-score")


@pytest.mark.parametrize(
    "scores",
    [
        [score("audit-c", 0)],
        [score("dast-10", 0)],
        [score("audit-c", 0), score("dast-10", 0, current=False)],
        [score("audit-c", 0), score("dast-10", 0, preliminary=True)],
        [score("audit-c", 0), score("dast-10", 0, rank=1)],
        [score("audit-c", 0), score("phq-9", 0)],
        [score("audit-c", 0), replace(score("dast-10", 0), value=None)],
    ],
)
def test_one_low_score_alone_does_not_clear(scores: list[Score]) -> None:
    assert substance_use(*scores).basis == "problem-list"


def test_a_high_preliminary_score_asks() -> None:
    assert substance_use(score("audit-c", 9, preliminary=True)).state == "uncertain"


def test_an_old_high_score_does_not_ask() -> None:
    assert substance_use(score("audit-c", 9, current=False)).state == "none-recorded"


def test_a_high_score_and_an_explicit_no_conflict() -> None:
    no = observation(value(SUBSTANCES, answer=NO))

    assert substance_use(score("audit-c", 9), found=(no,)).state == "conflicting"


def test_a_low_score_never_clears_a_coded_disorder() -> None:
    coded = problem(PROBLEMS["substance-use"])

    state = substance_use(score("audit-c", 0), score("dast-10", 0), found=(coded,))

    assert (state.state, state.basis) == ("known", "coded-problem")


def test_low_scores_and_an_explicit_yes_still_ask() -> None:
    yes = observation(value(SUBSTANCES, answer=YES))

    assert substance_use(score("audit-c", 0), score("dast-10", 0), found=(yes,)).state == "uncertain"


def test_no_record_found_needs_the_scores_too() -> None:
    assert substance_use(scores=Retrieval.FAILED).state == "failed"


def test_unspecified_use_asks() -> None:
    assert substance_use(found=(PRESCRIBED_OPIOID,)).state == "uncertain"


def test_unspecified_use_is_cleared_by_an_explicit_no_and_by_low_scores() -> None:
    no = observation(value(SUBSTANCES, answer=NO))

    assert substance_use(found=(PRESCRIBED_OPIOID, no)).state == "known"
    assert substance_use(score("audit-c", 0), score("dast-10", 0), found=(PRESCRIBED_OPIOID,)).state == "known"


def test_unspecified_use_of_the_past_does_not_ask() -> None:
    assert substance_use(found=(replace(PRESCRIBED_OPIOID, clinical_status="resolved"),)).state == "none-recorded"


@pytest.mark.parametrize("domain", sorted(QUESTIONS))
def test_where_a_site_wants_explicit_answers_no_record_found_is_not_enough(domain: str) -> None:
    answered = observation(value(QUESTIONS[domain], answer=NO))

    assert state_of(domain, record(conditions=[SPRAIN])).state == "none-recorded"
    assert state_of(domain, record(conditions=[SPRAIN]), explicit=True).state == "missing"
    assert state_of(domain, record(conditions=[SPRAIN], observations=[answered]), explicit=True).state == "known"
    assert state_of(domain, record(conditions=[problem(PROBLEMS[domain])]), explicit=True).state == "known"


def test_where_a_site_wants_explicit_answers_one_that_is_too_old_is_said_to_be_so() -> None:
    old = observation(value(PSYCHOSIS, answer=NO), effective="2025-06-01")

    assert state_of("psychosis", record(conditions=[SPRAIN], observations=[old]), explicit=True).state == "stale"


def test_a_domain_without_a_question_rests_on_the_problem_list_alone() -> None:
    domain = Domain("other", "other", blocks_candidate=True, ask="Ask.", concepts=("psychosis-active",))
    unanswered = retrievals(healthScreens=Retrieval.FAILED)

    assert state_of(domain, record(conditions=[SPRAIN], retrieved=unanswered)).state == "none-recorded"
    assert state_of(domain, record(conditions=[SPRAIN]), explicit=True).state == "none-recorded"
    assert state_of(domain, record(conditions=[problem(SCHIZOPHRENIA)])).state == "known"
    assert state_of(domain, record(conditions=[SPRAIN], retrieved=retrievals(conditions=Retrieval.FAILED))).state == (
        "failed"
    )
