"""What an order is for, by its coded reason; words decide nothing, and a reason that is not at hand leaves it open."""

from kcds.facts.data_states import COMPLETE_SYSTEMS
from kcds.facts.observations import names_of
from kcds.fhir.record import Concept, MedicationUse
from kcds.knowledge.value_sets import ValueSets

PAIN_SET = "pain-all"
INDICATIONS = {PAIN_SET: "pain", "depression": "depression", "indication-procedure": "procedure"}
"""Value sets of reasons and what they mean, the first that fits."""
PAIN = INDICATIONS[PAIN_SET]
OTHER = "other"


def indication_of(use: MedicationUse, value_sets: ValueSets) -> str | None:
    """Return pain, depression, procedure or other; None where no reason is stated, or one that cannot be told."""
    reasons = [reason for reason in use.reason if reason.codings]
    names = frozenset().union(*(names_of(reason, value_sets) for reason in reasons))
    found = next((meaning for name, meaning in INDICATIONS.items() if name in names), OTHER)
    if not reasons or (found != PAIN and is_unclear(use, value_sets)):
        return None
    return found


def is_unclear(use: MedicationUse, value_sets: ValueSets) -> bool:
    """Tell whether a reason is named that is not at hand, or coded only in systems that we do not know."""
    coded = (reason for reason in use.reason if reason.codings)
    return use.reason_unresolved or any(_is_foreign(reason, value_sets) for reason in coded)


def _is_foreign(reason: Concept, value_sets: ValueSets) -> bool:
    """Tell whether no code of a reason is of a system whose codes we know to be of pain or not."""
    known = any(coding.system in COMPLETE_SYSTEMS for coding in reason.codings)
    return not known and not names_of(reason, value_sets)
