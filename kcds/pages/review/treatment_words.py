"""Treatments in words: what is ordered, taken, tried and given, and what came of it."""

from kcds.knowledge.load import Knowledge
from kcds.knowledge.templates import say
from kcds.model.facts import (
    Exposure,
    InfusionDay,
    Medication,
    OpioidDose,
    PriorTreatment,
    Procedure,
    Response,
    Treatment,
    Trial,
)
from kcds.pages.review.words import FactInWords, day_or_none, name_of_concept, phrase, plainly
from kcds.pages.words import counted


def say_treatment(fact: Treatment, _: Knowledge) -> FactInWords:
    """Say a drafted order, or what is considered without one."""
    if not fact.drafted:
        return FactInWords(f"{fact.label or fact.drug or 'ketamine'} is considered; no order")
    return FactInWords(f"order of {order_in_words(fact)}")


def order_in_words(fact: Treatment) -> str:
    """Say a drafted order as it is written: never what it should be."""
    bolus = fact.bolus_mg is not None and f"{say(fact.bolus_mg)} mg at once"
    by_weight = fact.bolus_mg_per_kg is not None and f"{say(fact.bolus_mg_per_kg)} mg/kg"
    rate = fact.rate_mg_per_kg_h is not None and f"{say(fact.rate_mg_per_kg_h)} mg/kg/h"
    absolute_rate = fact.rate_mg_h is not None and f"{say(fact.rate_mg_h)} mg/h"
    hours = fact.hours is not None and f"for {say(fact.hours)} h"
    doses = [
        f"{one} ({other})" if one and other else one or other for one, other in ((bolus, by_weight),) if one or other
    ]
    rates = [
        f"{one} ({other})" if one and other else one or other for one, other in ((rate, absolute_rate),) if one or other
    ]
    infusions = fact.infusions is not None and counted(fact.infusions, "session")
    home = "for use at home" if fact.take_home else None
    made = "compounded" if fact.compounded else None
    dose = " ".join(part for part in [*doses, *rates, hours] if part)
    return phrase(fact.label or fact.drug or "ketamine", dose or "dose not stated", infusions or None, made, home)


_TAKEN = {"active": "taken", "on-hold": "on hold", "stopped": "stopped", "unknown": "status not known"}


def say_medication(fact: Medication, _: Knowledge) -> FactInWords:
    """Say a medicine, its dose, and since when it is taken."""
    dose = f"up to {say(fact.daily_dose_mg)} mg a day" if fact.daily_dose_mg is not None else None
    needed = "when needed" if fact.as_needed else None
    local = "not systemic" if fact.systemic is False else None
    named = "named in text only" if fact.named_only else None
    text = phrase(fact.drug or name_of_concept(fact.concept), dose, _TAKEN.get(fact.state or ""), needed, local, named)
    if fact.state == "stopped" and fact.ended is not None:
        return FactInWords(text, f"until {day_or_none(fact.ended)}")
    return FactInWords(text, f"since {day_or_none(fact.started)}" if fact.started is not None else None)


def say_opioid_dose(fact: OpioidDose, _: Knowledge) -> FactInWords:
    """Say the daily dose of all opioids."""
    if fact.opioids == 0:
        return FactInWords("no opioid on the medication list")
    least = "" if fact.complete else "at least "
    dose = f"{least}{say(fact.mme)} MME a day" if fact.mme is not None else "dose not known"
    return FactInWords(phrase(dose, counted(fact.opioids, "opioid") if fact.opioids is not None else None))


_VERDICTS = {
    "failed": "counts as failed",
    "possible": "may count as failed",
    "inadequate": "not an adequate trial",
    "ongoing": "still going on",
}

_OUTCOMES = {
    "ineffective": "did not help",
    "not-tolerated": "not tolerated",
    "contraindicated": "contraindicated",
    "completed": "completed",
    "unknown": "outcome not recorded",
}


def say_trial(fact: Trial, _: Knowledge) -> FactInWords:
    """Say a treatment that was tried, and what came of it."""
    done = fact.treatment == "non-drug"
    length = f"{say(fact.days)} days" if fact.days is not None else None
    verdict = None if done else _VERDICTS.get(fact.verdict or "")
    return FactInWords(
        phrase(fact.label or name_of_concept(fact.group), length, _OUTCOMES.get(fact.outcome or ""), verdict)
    )


def say_prior_treatment(fact: PriorTreatment, _: Knowledge) -> FactInWords:
    """Say how much was tried before."""
    if fact.recorded is False:
        return FactInWords("no earlier pain treatment on record")
    possible = f"{say(fact.possible_classes)} more may have" if fact.possible_classes else None
    unsure = f"{say(fact.possible_non_drug)} more possible" if fact.possible_non_drug else None
    drugs = counted(fact.failed_classes or 0, "drug class", "drug classes") + " failed"
    others = counted(fact.non_drug or 0, "non-drug treatment") + " done"
    return FactInWords(phrase(drugs, possible, others, unsure))


def say_procedure(fact: Procedure, _: Knowledge) -> FactInWords:
    """Say a procedure."""
    return FactInWords(phrase(fact.label or name_of_concept(fact.concept), plainly(fact.state)), day_or_none(fact.date))


def say_exposure(fact: Exposure, _: Knowledge) -> FactInWords:
    """Say how much ketamine was given so far."""
    on = f"on {fact.drug or 'ketamine'} now" if fact.on_treatment else None
    planned = "ketamine planned" if fact.planned else None
    given = f"{counted(fact.infusions, 'infusion day')} in the last 12 months" if fact.infusions else None
    course = f"{say(fact.course_infusions)} in the latest course" if fact.course_infusions else None
    apart = (
        f"{say(fact.course_interval_days)} days after the one before" if fact.course_interval_days is not None else None
    )
    text = phrase(on, planned, given, course, apart)
    none = "earlier ketamine not known" if fact.infusions is None else "no ketamine on record in the last 12 months"
    return FactInWords(text or none, day_or_none(fact.last))


def say_infusion_day(fact: InfusionDay, _: Knowledge) -> FactInWords:
    """Say a day of infusion."""
    number = f" {say(fact.number)}" if fact.number is not None else ""
    return FactInWords(f"infusion day{number} of the latest course", day_or_none(fact.date))


def say_response(fact: Response, _: Knowledge) -> FactInWords:
    """Say how the pain went after the latest course."""
    if fact.before is None or fact.after is None:
        return FactInWords("no pain scores on one scale before and after a course")
    best = f"best relief {say(fact.best_percent)}%" if fact.best_percent is not None else None
    now = f"relief now {say(fact.relief_percent)}%" if fact.relief_percent is not None else None
    lasted = f"lasted {counted(fact.lasted_days, 'day')}" if fact.lasted_days is not None else None
    ended = None if fact.lasted_days is None or fact.ended is None else ("ended" if fact.ended else "not ended so far")
    text = phrase(f"pain {say(fact.before)} before the course, {say(fact.after)} at last", best, now, lasted, ended)
    return FactInWords(text, day_or_none(fact.after_date))
