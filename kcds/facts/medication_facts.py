"""Everything that medicines, allergies and procedures say, and how well each of their domains is known."""

from datetime import date

from kcds.facts.allergies import (
    KETAMINE_CONCEPTS,
    KETAMINE_SET,
    allergy_facts,
    damaged_allergies,
    doubtful_ketamine_allergies,
    is_list_known,
    names_ketamine_only_in_text,
)
from kcds.facts.body_weight import body_weight
from kcds.facts.data_states import state_of_queries
from kcds.facts.exposure import ExposureTerms, exposure_state, infusion_days, read_exposure
from kcds.facts.infusions import drugs_in, read_infusions
from kcds.facts.lost_orders import lost_states, lost_treatments, read_lost_orders
from kcds.facts.medications import (
    IdentifiedUse,
    Medicine,
    identify_all,
    in_question,
    is_outside_our_map,
    is_unidentified,
    medication_facts,
    read_given,
    read_medicines,
    read_ordered,
    says_nothing,
    unidentified_facts,
)
from kcds.facts.observations import Clock, Reports
from kcds.facts.opioid_dose import opioid_facts
from kcds.facts.procedures import damaged_procedures, procedure_days, procedure_facts
from kcds.facts.repaired import lost_of
from kcds.facts.studies import PROCEDURES_DONE, study_facts
from kcds.facts.treatment import drugs_of, read_orders, treatment_facts, treatment_states
from kcds.facts.trial_attempts import allergy_attempts, drug_attempts, non_drug_attempts
from kcds.facts.trial_spans import trial_terms
from kcds.facts.trials import Requirement, count_trials, therapy_state, trial_facts
from kcds.fhir.record import Record, Retrieval
from kcds.knowledge.load import Knowledge
from kcds.model.facts import Allergy, DataState, Fact, Procedure
from kcds.model.queries import Query


def extract_medication_facts(record: Record, reports: Reports, knowledge: Knowledge, clock: Clock) -> list[Fact]:
    """Return the facts from medicines, orders, allergies and procedures, and the data states of their domains.

    Of the reports only the body weight is used: doses are judged by it (G08).
    """
    identified = identify_all(record.medications, knowledge.formulary)
    medicines = read_medicines(identified)
    under_review = identify_all(record.orders, knowledge.formulary)
    orders = read_orders(under_review)
    ordered_too = read_ordered(one for one in under_review if not drugs_of(one))
    taken = (*medicines, *read_given(identified), *ordered_too)
    weight = body_weight(reports, clock, knowledge.parameters)
    lost = read_lost_orders(record.unreadable, knowledge.formulary)
    procedures = procedure_facts(record.procedures, knowledge.value_sets, clock)
    allergies = allergy_facts(record.allergies, knowledge.value_sets, knowledge.formulary)
    return [
        *medication_facts(taken, knowledge.value_sets),
        *unidentified_facts(in_question(taken)),
        *_medication_states(record, knowledge, taken),
        *_opioid_facts(record, knowledge, taken),
        *treatment_facts(orders, knowledge.value_sets, weight, lost_treatments(lost)),
        *(lost_states(lost) if lost else treatment_states(orders, knowledge.value_sets)),
        *_therapy_facts(record, knowledge, medicines, clock.today),
        *_exposure_facts(record, knowledge, identified, clock),
        *allergies,
        _allergy_state(record, knowledge, allergies),
        *procedures,
        *study_facts({concept: procedure_days(procedures, concept) for concept in PROCEDURES_DONE}),
        _procedure_state(record, knowledge, procedures),
    ]


def _medication_states(record: Record, knowledge: Knowledge, medicines: tuple[Medicine, ...]) -> list[DataState]:
    """Say whether the list of medicines, and the identity of each, is known."""
    gap = _medication_gap(record, knowledge)
    open_ones = in_question(medicines)
    unknown = [one for one in open_ones if is_unidentified(one)]
    silent = [one for one in unknown if says_nothing(one)]
    doubtful = [one for one in unknown if one.only_named]
    doubtful += [one for one in open_ones if one.state == "unknown" and one.product and one.product.concepts]
    unclear = [one for one in unknown if not is_outside_our_map(one)]
    unclear += [one for one in open_ones if one.state != "stopped" and lost_of(one.use, "medication")]
    found = "known" if medicines else "none-recorded"
    unclear_because = (
        ("named-in-text", any(one.only_named for one in doubtful)),
        ("unspecified-entry", bool(silent)),
        ("status-unknown", bool(doubtful)),
    )
    basis = next((why for why, holds in unclear_because if holds), None)
    return [
        DataState(
            domain="medications",
            state=gap or ("uncertain" if basis else found),
            basis=basis if gap is None else None,
            sources=_references([*doubtful, *silent]),
        ),
        DataState(
            domain="medication-identity",
            state=gap or ("uncertain" if unclear else "known"),
            sources=_references(unclear),
        ),
    ]


def _opioid_facts(record: Record, knowledge: Knowledge, taken: tuple[Medicine, ...]) -> tuple[Fact, ...]:
    """Return the dose of all opioids, and how well it is known."""
    return opioid_facts(taken, knowledge.formulary, knowledge.value_sets, _medication_gap(record, knowledge))


def _therapy_facts(record: Record, knowledge: Knowledge, medicines: tuple[Medicine, ...], today: date) -> list[Fact]:
    """Return what was tried, the counts, and whether they settle the question."""
    parameters = knowledge.parameters
    terms = trial_terms(record, knowledge, today)
    drugs = (*drug_attempts(medicines, terms), *allergy_attempts(record.allergies, terms))
    trials = trial_facts(drugs, non_drug_attempts(record.procedures, terms))
    tried = count_trials(trials)
    requirement = Requirement(parameters.number("refractory_drug_classes"), parameters.number("refractory_non_drug"))
    gap = _gap(record, knowledge, Query.MEDICATION_REQUESTS, Query.MEDICATION_STATEMENTS, Query.PROCEDURES)
    past = [one for one in medicines if one.product is None and one.state == "stopped"]
    unidentified = sum(bool(one.identification.named) or says_nothing(one) for one in past)
    allergy_gap = _gap(record, knowledge, Query.ALLERGIES)
    state = therapy_state(tried, requirement, gap, allergy_gap=allergy_gap, unidentified=unidentified)
    return [*trials, tried, DataState(domain="therapy-history", state=state)]


def _exposure_facts(
    record: Record, knowledge: Knowledge, identified: tuple[IdentifiedUse, ...], clock: Clock
) -> list[Fact]:
    """Return earlier and present ketamine, and whether the record answers for it."""
    parameters = knowledge.parameters
    of_ketamine = tuple(one for one in identified if drugs_in(one.identification))
    infusions = read_infusions(of_ketamine, record.procedures, knowledge.formulary, knowledge.value_sets, clock)
    terms = ExposureTerms(parameters.duration("exposure_window"), parameters.duration("course_gap"))
    exposure = read_exposure(of_ketamine, infusions, terms, clock)
    gap = _gap(record, knowledge, Query.MEDICATION_ADMINISTRATIONS, Query.MEDICATION_REQUESTS, Query.PROCEDURES)
    days = infusion_days(infusions, terms.course_gap)
    return [exposure, *days, exposure_state(exposure, of_ketamine, infusions, gap)]


def _allergy_state(record: Record, knowledge: Knowledge, entries: tuple[Allergy, ...]) -> DataState:
    """Say whether the list of allergies is known."""
    concepts = {KETAMINE_SET, *KETAMINE_CONCEPTS}
    gap = state_of_queries(record, [Query.ALLERGIES], concepts, knowledge.value_sets)
    named = names_ketamine_only_in_text(record.allergies, knowledge.value_sets, knowledge.formulary)
    unconfirmed = doubtful_ketamine_allergies(entries)
    doubtful = {*named, *unconfirmed, *damaged_allergies(record.allergies)}
    known = "known" if is_list_known(record.allergies, knowledge.value_sets) else "missing"
    state = gap or ("uncertain" if doubtful else known)
    why = "named-in-text" if named else "unconfirmed-entry" if unconfirmed else "unspecified-entry"
    basis = why if state == "uncertain" else None
    return DataState(domain="allergies", state=state, basis=basis, sources=tuple(sorted(doubtful)))


def _procedure_state(record: Record, knowledge: Knowledge, procedures: tuple[Procedure, ...]) -> DataState:
    """Say whether the procedures are known; one of which the code or the time is lost may be any, or at any time."""
    gap = _gap(record, knowledge, Query.PROCEDURES)
    damaged = damaged_procedures(record.procedures)
    if gap is None and damaged:
        return DataState(domain="procedures", state="uncertain", basis="unspecified-entry", sources=damaged)
    return DataState(domain="procedures", state=gap or ("known" if procedures else "none-recorded"))


def _gap(record: Record, knowledge: Knowledge, *queries: Query) -> str | None:
    """Return why these queries do not answer in full; any resource that could not be read matters."""
    return state_of_queries(record, queries, None, knowledge.value_sets)


def _medication_gap(record: Record, knowledge: Knowledge) -> str | None:
    """Return why the medicines are not all at hand: statements need not be there, but if asked for must have come."""
    asked = [Query.MEDICATION_REQUESTS]
    if record.retrievals.get(Query.MEDICATION_STATEMENTS, Retrieval.ABSENT) is not Retrieval.ABSENT:
        asked.append(Query.MEDICATION_STATEMENTS)
    return _gap(record, knowledge, *asked)


def _references(medicines: list[Medicine]) -> tuple[str, ...]:
    """Return the resources behind some medicines."""
    return tuple(sorted({one.use.reference for one in medicines}))
