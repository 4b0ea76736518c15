"""Trial facts: which treatments failed for certain, which possibly, and whether that settles the requirement."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

import pytest
from record_builders import TODAY, Code, allergy, concept, dosage, medicine, problem, procedure, quantity, span
from terminology import answers, formulary, value_sets

from kcds.facts.medications import identify_all, read_medicines
from kcds.facts.trial_attempts import TrialTerms, allergy_attempts, drug_attempts, non_drug_attempts, read_pain_kinds
from kcds.facts.trials import Requirement, count_trials, therapy_state, trial_facts
from kcds.fhir.record import Allergy, Concept, Condition, Dosage, MedicationUse, Procedure
from kcds.model.dates import Span
from kcds.model.facts import PriorTreatment, Trial

GABAPENTIN, PREGABALIN = ("rxnorm", "310433"), ("rxnorm", "483440")
NAPROXEN, DULOXETINE = ("rxnorm", "198014"), ("rxnorm", "596934")
SUMATRIPTAN, SUMATRIPTAN_WITH_NAPROXEN = ("rxnorm", "313161"), ("rxnorm", "849450")
PROPRANOLOL, CYCLOBENZAPRINE = ("rxnorm", "856481"), ("rxnorm", "21949")
INEFFECTIVE = concept(("snomed", "395007004"))
SIDE_EFFECT = concept(("snomed", "395009001"))
PHYSICAL_THERAPY = ("snomed", "91251008")
CRPS, MIGRAINE, PAIN_SYNDROME = ("icd-10-cm", "G90.521"), ("icd-10-cm", "G43.709"), ("icd-10-cm", "G89.4")
NEEDED = Requirement(Decimal(2), Decimal(1))


def terms(*conditions: Condition) -> TrialTerms:
    return TrialTerms(
        value_sets=value_sets(),
        formulary=formulary(),
        phrases=answers().stop_phrases,
        pain=read_pain_kinds(conditions or (problem(CRPS),), value_sets()),
        adequate_days=Decimal(28),
        today=TODAY,
    )


def trials(
    *uses: MedicationUse, conditions: tuple[Condition, ...] = (), allergies: tuple[Allergy, ...] = ()
) -> tuple[Trial, ...]:
    by = terms(*conditions)
    drugs = drug_attempts(read_medicines(identify_all(uses, formulary())), by)
    return trial_facts((*drugs, *allergy_attempts(allergies, by)), ())


def non_drug(*procedures: Procedure) -> tuple[Trial, ...]:
    return trial_facts((), non_drug_attempts(procedures, terms()))


def daily(milligrams: float, times: int = 1, *, as_needed: bool = False) -> Dosage:
    return dosage(dose=quantity(milligrams, "mg"), frequency=times, period=1, period_unit="d", as_needed=as_needed)


def stopped(  # noqa: PLR0913 - one argument for each thing that decides a trial
    code: Code,
    *,
    dose: Dosage | None = None,
    days: tuple[str, str | None] | None = ("2026-01-01", "2026-03-01"),
    why: Iterable[Concept] = (INEFFECTIVE,),
    status: str = "stopped",
    id_: str = "m1",
    reason: Iterable[Concept] = (),
) -> MedicationUse:
    return medicine(
        code,
        id_=id_,
        status=status,
        status_reason=why,
        validity=span(*days) if days else None,
        dosages=[dose or daily(600, 3)],
        reason=reason,
    )


def test_an_ineffective_drug_at_an_effective_dose_for_long_enough_failed() -> None:
    (trial,) = trials(stopped(GABAPENTIN))

    assert (trial.group, trial.label, trial.outcome, trial.verdict) == (
        "gabapentinoid",
        "gabapentin",
        "ineffective",
        "failed",
    )
    assert trial.days == 59
    assert trial.sources == ("MedicationRequest/m1",)


@pytest.mark.parametrize(("end", "verdict"), [("2026-01-29", "failed"), ("2026-01-28", "inadequate")])
def test_an_adequate_trial_lasts_twenty_eight_days(end: str, verdict: str) -> None:
    (trial,) = trials(stopped(GABAPENTIN, days=("2026-01-01", end)))

    assert trial.verdict == verdict


@pytest.mark.parametrize(("dose", "verdict"), [(daily(400, 3), "failed"), (daily(300, 3), "inadequate")])
def test_an_adequate_trial_reaches_the_least_effective_dose(dose: Dosage, verdict: str) -> None:
    (trial,) = trials(stopped(GABAPENTIN, dose=dose))

    assert trial.verdict == verdict


@pytest.mark.parametrize(("tablets", "verdict"), [(1, "failed"), (Decimal("0.5"), "inadequate")])
def test_a_dose_in_tablets_counts_by_the_strength_of_the_product(tablets: int | Decimal, verdict: str) -> None:
    dose = dosage(dose=quantity(tablets, "{tbl}"), frequency=3, period=1, period_unit="d")

    (trial,) = trials(stopped(GABAPENTIN, dose=dose))

    assert trial.verdict == verdict


@pytest.mark.parametrize(
    "use",
    [
        stopped(GABAPENTIN, dose=dosage(dose=quantity(2, "{dose}"), frequency=3, period=1, period_unit="d")),
        stopped(GABAPENTIN, dose=daily(600, 3, as_needed=True)),
        stopped(GABAPENTIN, days=("2026-01-01", None)),
        stopped(GABAPENTIN, days=None),
        stopped(GABAPENTIN, why=()),
        stopped(GABAPENTIN, why=[concept(text="not ineffective")]),
        stopped(GABAPENTIN, status="completed", why=()),
        stopped(GABAPENTIN, status="unknown"),
        stopped(GABAPENTIN, days=("2026-01", "2026-02")),
    ],
    ids=[
        "dose in a unit without a meaning",
        "dose as needed",
        "end unknown",
        "dates unknown",
        "outcome unknown",
        "phrase not on the list",
        "completed says nothing",
        "status unknown",
        "partial dates",
    ],
)
def test_what_the_record_leaves_open_is_possible(use: MedicationUse) -> None:
    (trial,) = trials(use)

    assert trial.verdict == "possible"


@pytest.mark.parametrize(
    ("second", "verdict"),
    [(span("2026-01-01", "2026-03-01"), "failed"), (span("2026-02-01", "2026-03-01"), "possible"), (None, "possible")],
    ids=["at the same time", "one after the other", "not said"],
)
def test_instructions_for_the_same_period_add_up(second: Span | None, verdict: str) -> None:
    first = span("2026-01-01", "2026-03-01") if second is not None else None
    twice = [
        dosage(dose=quantity(300, "mg"), frequency=2, period=1, period_unit="d", bounds=one) for one in (first, second)
    ]
    gabapentin = medicine(
        GABAPENTIN,
        status="stopped",
        status_reason=[INEFFECTIVE],
        validity=span("2026-01-01", "2026-03-01"),
        dosages=twice,
    )

    (trial,) = trials(gabapentin)

    assert trial.verdict == verdict


@pytest.mark.parametrize(
    ("bounds", "validity", "verdict"),
    [
        (span("2026-01-01", "2026-03-01"), span("2026-01-01", "2026-01-08"), "failed"),
        (span("2026-01-01", "2026-01-08"), span("2026-01-01", "2026-12-31"), "inadequate"),
        (span("2026-01-01"), span("2026-01-01", "2026-03-01"), "possible"),
        (span(None, "2026-03-01"), span("2026-01-01", "2026-03-01"), "possible"),
    ],
    ids=["both", "a prescription is valid for longer than it is taken", "no end stated", "no start stated"],
)
def test_the_period_of_the_instruction_counts_before_that_of_the_prescription(
    bounds: Span, validity: Span, verdict: str
) -> None:
    instruction = dosage(dose=quantity(600, "mg"), frequency=3, period=1, period_unit="d", bounds=bounds)
    gabapentin = medicine(
        GABAPENTIN, status="stopped", status_reason=[INEFFECTIVE], validity=validity, dosages=[instruction]
    )

    (trial,) = trials(gabapentin)

    assert trial.verdict == verdict


@pytest.mark.parametrize(("start", "verdict"), [("2026-01-01", "possible"), ("2026-11-01", "inadequate")])
def test_a_stopped_drug_whose_period_ends_in_the_future_ended_on_an_unknown_day(start: str, verdict: str) -> None:
    (trial,) = trials(stopped(GABAPENTIN, days=(start, "2027-06-01")))

    assert (trial.verdict, trial.days) == (verdict, None)


def test_what_was_never_taken_is_no_trial() -> None:
    assert trials(medicine(GABAPENTIN, type_="MedicationStatement", status="not-taken")) == ()


def test_a_drug_without_a_known_least_dose_is_not_judged_by_dose() -> None:
    (trial,) = trials(stopped(NAPROXEN, dose=dosage()))

    assert trial.verdict == "failed"


def test_a_short_trial_without_effect_is_inadequate() -> None:
    (trial,) = trials(stopped(NAPROXEN, days=("2026-01-01", "2026-01-15")))

    assert (trial.verdict, trial.days) == ("inadequate", 14)


def test_a_drug_that_was_not_tolerated_failed_at_any_length_and_dose() -> None:
    (trial,) = trials(stopped(GABAPENTIN, dose=daily(100), days=("2026-01-01", "2026-01-03"), why=[SIDE_EFFECT]))

    assert (trial.outcome, trial.verdict) == ("not-tolerated", "failed")


@pytest.mark.parametrize("phrase", ["Lack of efficacy", " ineffective ", "NO BENEFIT"])
def test_a_listed_phrase_is_read_as_a_whole(phrase: str) -> None:
    (trial,) = trials(stopped(GABAPENTIN, why=[concept(text=phrase)]))

    assert (trial.outcome, trial.verdict) == ("ineffective", "failed")


def test_a_coded_reason_wins_over_its_text() -> None:
    reason = concept(("snomed", "395007004"), text="side effects")

    (trial,) = trials(stopped(GABAPENTIN, why=[reason], days=("2026-01-01", "2026-01-05")))

    assert trial.verdict == "inadequate"


@pytest.mark.parametrize("status", ["active", "on-hold"])
def test_a_drug_that_is_taken_has_not_failed(status: str) -> None:
    (trial,) = trials(stopped(GABAPENTIN, status=status))

    assert trial.verdict == "ongoing"


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error", "draft"])
def test_a_drug_that_was_never_taken_is_no_trial(status: str) -> None:
    assert trials(stopped(GABAPENTIN, status=status)) == ()


def test_two_drugs_of_a_class_count_once_by_the_better_proof() -> None:
    open_question = stopped(PREGABALIN, why=(), id_="a")
    failed = stopped(GABAPENTIN, id_="b")

    (trial,) = trials(open_question, failed)

    assert (trial.verdict, trial.label) == ("failed", "gabapentin")
    assert count_trials([trial]).failed_classes == 1


def test_a_combination_counts_for_one_class() -> None:
    oxycodone_with_acetaminophen = ("rxnorm", "1049221")

    (trial,) = trials(stopped(oxycodone_with_acetaminophen, dose=dosage()))

    assert trial.group == "opioid"


def test_a_combination_adds_nothing_to_a_class_that_another_order_proved() -> None:
    both = trials(
        stopped(("rxnorm", "1049221"), dose=dosage(), id_="a"), stopped(("rxnorm", "161"), dose=dosage(), id_="b")
    )

    assert [trial.group for trial in both] == ["acetaminophen"]


@pytest.mark.parametrize("certain", [NAPROXEN, SUMATRIPTAN])
def test_a_combination_counts_for_the_class_that_failed_without_it(certain: Code) -> None:
    possible = SUMATRIPTAN if certain == NAPROXEN else NAPROXEN
    uses = [
        stopped(SUMATRIPTAN_WITH_NAPROXEN, dose=dosage(), id_="both"),
        stopped(certain, dose=dosage(), id_="certain"),
        stopped(possible, dose=dosage(), why=(), id_="possible"),
    ]

    tried = count_trials(trials(*uses, conditions=(problem(MIGRAINE),)))

    assert (tried.failed_classes, tried.possible_classes) == (1, 1)


def test_a_drug_for_another_kind_of_pain_is_no_trial() -> None:
    assert trials(stopped(CYCLOBENZAPRINE, dose=dosage()), conditions=(problem(MIGRAINE),)) == ()


def test_a_drug_for_one_kind_of_pain_is_possible_where_the_kind_is_not_stated() -> None:
    (trial,) = trials(stopped(CYCLOBENZAPRINE, dose=dosage()), conditions=(problem(PAIN_SYNDROME),))

    assert trial.verdict == "possible"


@pytest.mark.parametrize(
    ("conditions", "verdict"),
    [
        ((problem(MIGRAINE, verification="provisional"),), "possible"),
        ((problem(MIGRAINE, verification="provisional"), problem(MIGRAINE, id_="sure")), "failed"),
        ((problem(CRPS), problem(MIGRAINE, verification="provisional", id_="c2")), "possible"),
    ],
)
def test_a_drug_for_a_kind_of_pain_that_is_not_confirmed_is_possible(
    conditions: tuple[Condition, ...], verdict: str
) -> None:
    (trial,) = trials(stopped(PROPRANOLOL, dose=dosage()), conditions=conditions)

    assert trial.verdict == verdict


def test_a_beta_blocker_counts_for_migraine() -> None:
    (trial,) = trials(stopped(PROPRANOLOL, dose=dosage()), conditions=(problem(MIGRAINE),))

    assert trial.verdict == "failed"


@pytest.mark.parametrize(("code", "verdict"), [(PROPRANOLOL, "possible"), (NAPROXEN, "failed")])
def test_a_drug_with_other_uses_whose_reason_is_not_at_hand_is_possible(code: Code, verdict: str) -> None:
    (trial,) = trials(replace(stopped(code, dose=dosage()), reason_unresolved=True), conditions=(problem(MIGRAINE),))

    assert trial.verdict == verdict


def test_a_drug_given_for_something_else_is_no_trial() -> None:
    for_hypertension = stopped(PROPRANOLOL, dose=dosage(), reason=[concept(("icd-10-cm", "I10"))])

    assert trials(for_hypertension, conditions=(problem(MIGRAINE),)) == ()

    (trial,) = trials(replace(for_hypertension, reason_unresolved=True), conditions=(problem(MIGRAINE),))
    assert trial.verdict == "possible"  # the other reason may be pain


@pytest.mark.parametrize(
    ("reason", "why", "tried"),
    [
        ("10509002", (), False),  # acute bronchitis
        ("10509002", (INEFFECTIVE,), False),
        ("10509002", (SIDE_EFFECT,), True),
        ("44465007", (), True),  # sprain
        ("82423001", (), True),  # chronic pain
    ],
)
def test_an_analgesic_for_a_cold_is_a_trial_only_if_it_was_not_tolerated(
    reason: str,
    why: tuple[Concept, ...],
    tried: bool,  # noqa: FBT001
) -> None:
    acetaminophen = ("rxnorm", "313782")

    found = trials(stopped(acetaminophen, why=why, reason=[concept(("snomed", reason))]))

    assert bool(found) is tried


def test_an_eye_drop_is_no_trial() -> None:
    diclofenac_eye_drops = ("rxnorm", "854801")

    assert [
        one.product.form
        for one in read_medicines(identify_all([medicine(diclofenac_eye_drops)], formulary()))
        if one.product
    ] == ["ophthalmic"]
    assert trials(stopped(diclofenac_eye_drops, dose=dosage())) == ()


def test_ketamine_itself_is_never_a_failed_treatment() -> None:
    assert trials(stopped(("rxnorm", "238082"))) == ()


def test_an_allergy_to_a_drug_makes_its_class_contraindicated() -> None:
    (trial,) = trials(allergies=(allergy(("rxnorm", "7258")),))

    assert (trial.group, trial.outcome, trial.verdict) == ("nsaid", "contraindicated", "failed")


@pytest.mark.parametrize(
    ("clinical", "verification", "verdicts"),
    [("active", "unconfirmed", ["possible"]), ("resolved", "confirmed", []), (None, "entered-in-error", [])],
)
def test_only_an_active_confirmed_allergy_is_certain(
    clinical: str | None, verification: str, verdicts: list[str]
) -> None:
    found = trials(allergies=(allergy(("rxnorm", "7258"), clinical=clinical, verification=verification),))

    assert [trial.verdict for trial in found] == verdicts


@pytest.mark.parametrize(
    ("status", "verdict"),
    [("completed", "failed"), ("in-progress", "ongoing"), ("stopped", "inadequate"), ("unknown", "possible")],
)
def test_a_non_drug_treatment_counts_once_completed(status: str, verdict: str) -> None:
    (trial,) = non_drug(procedure(PHYSICAL_THERAPY, status=status, performed=span("2026-01-01", "2026-02-01")))

    assert (trial.treatment, trial.group, trial.verdict) == ("non-drug", "proc-physical-therapy", verdict)


@pytest.mark.parametrize("status", ["not-done", "preparation", "entered-in-error"])
def test_a_treatment_that_was_not_given_is_none(status: str) -> None:
    assert non_drug(procedure(PHYSICAL_THERAPY, status=status)) == ()


def test_a_referral_is_no_treatment() -> None:
    assert non_drug(procedure(("snomed", "444831000124102"))) == ()


def test_an_unverified_code_is_a_possible_treatment() -> None:
    (trial,) = non_drug(procedure(("snomed", "44868003")))

    assert (trial.group, trial.verdict) == ("proc-acupuncture", "possible")


def test_the_counts_keep_certain_and_possible_apart() -> None:
    found = (
        *trials(stopped(GABAPENTIN, id_="a"), stopped(DULOXETINE, why=(), id_="b")),
        *non_drug(procedure(PHYSICAL_THERAPY)),
    )

    tried = count_trials(found)

    assert (tried.failed_classes, tried.possible_classes) == (1, 1)
    assert (tried.non_drug, tried.possible_non_drug) == (1, 0)
    assert tried.recorded is True


@pytest.mark.parametrize(
    ("counts", "gap", "unidentified", "state"),
    [
        ((2, 0, 1, 0), "failed", 0, "known"),
        ((1, 0, 1, 0), None, 0, "known"),
        ((1, 0, 1, 0), "missing", 0, "missing"),
        ((1, 0, 1, 0), "incomplete", 0, "incomplete"),
        ((1, 1, 1, 0), None, 0, "uncertain"),
        ((2, 0, 0, 1), None, 0, "uncertain"),
        ((2, 0, 0, 0), None, 0, "known"),
        ((0, 0, 0, 0), None, 0, "missing"),
        ((1, 0, 1, 0), None, 1, "uncertain"),
        ((0, 0, 1, 0), None, 1, "known"),
        ((1, 0, 0, 0), None, 1, "known"),
        ((0, 0, 0, 0), None, 1, "uncertain"),
    ],
)
def test_the_history_is_known_when_it_settles_the_requirement(
    counts: tuple[int, int, int, int],
    gap: str | None,
    unidentified: int,
    state: str,
) -> None:
    failed, possible, completed, maybe = counts
    tried = PriorTreatment(
        failed_classes=failed,
        possible_classes=possible,
        non_drug=completed,
        possible_non_drug=maybe,
        recorded=any(counts),
    )

    assert therapy_state(tried, NEEDED, gap, allergy_gap=None, unidentified=unidentified) == state


@pytest.mark.parametrize(
    ("failed", "completed", "state"),
    [(2, 1, "known"), (1, 1, "failed"), (1, 0, "known")],
    ids=["met", "an allergy may be the second class", "no allergy is a non-drug treatment"],
)
def test_allergies_that_were_not_had_leave_open_what_they_could_settle(failed: int, completed: int, state: str) -> None:
    tried = PriorTreatment(
        failed_classes=failed, possible_classes=0, non_drug=completed, possible_non_drug=0, recorded=True
    )

    assert therapy_state(tried, NEEDED, None, allergy_gap="failed", unidentified=0) == state
