"""The words of the cards that do not belong to one rule."""

from kcds.knowledge.rule import Phase
from kcds.model.advice import Disposition

CONSIDERED = {
    Disposition.CANDIDATE: "Ketamine may be considered, nothing found against it",
    Disposition.INSUFFICIENT_DATA: "Ketamine: cannot tell yet",
    Disposition.NOT_YET: "Ketamine not yet",
}
"""Openings of the suitability headline."""

FOR_THE_EXPOSED = "On ketamine, or given lately: no contraindication or caution found; see the follow-up"
"""Opening of the suitability headline of a candidate who is on ketamine already, or had it in the last months."""

BUT_SWITCHED_OFF = "Switched off here by local policy, but applies"
"""Said instead of "nothing found", where a site has switched off a caution that this patient would have."""

MAY_BE_CONSIDERED = "Ketamine may be considered"
EXPOSED = "On ketamine, or given lately"
THIS_ORDER = "Ketamine order"
"""What is left of the openings of a candidate's headline there."""

UNCHECKED = "Ketamine: could not be checked"
"""Opening where something is not known that does not by itself decide."""

NOTHING_AGAINST = "No contraindication or caution found for this ketamine order. "
"""Opening of the monitoring card where it is the only one of an order."""

NOTHING_DUE = "No check is overdue. Plan monitoring, an escort, and blood pressure on the day."
"""Headline of the monitoring card where no check is due."""

PHASE_TITLES: dict[Phase, str] = {
    "baseline": "Before the first or next dose",
    "day-of-infusion": "On the day",
    "during": "During",
    "recovery": "Recovery",
    "between": "Between and after",
    "maintenance": "Maintenance",
}
"""How the card calls the phases of the monitoring plan."""

OTHER_PHASES = "Course of treatment"
"""Heading of the phases in which no check is called for."""

NOT_NEEDED = "Not needed on this record"
"""Opening of the line that names the checks that nobody called for."""

CHECK_UNSEEN = "whether it was done: not all of the record could be looked through."
"""How a check stands that is called for, where the record could not be searched for it."""

CHECK_NEEDED = "whether it is needed."
"""How a check stands where its reason is not known."""

SOURCES = "Sources"
"""Opening of the line that names all sources of a card."""

STATE_WORDS = {
    "stale": "too old",
    "missing": "not on record",
    "failed": "could not be loaded",
    "incomplete": "only partly loaded",
    "uncertain": "recorded, but not clear",
    "conflicting": "entries contradict each other, or are dated in the future",
    "unreadable": "an entry could not be read",
}
"""How a card says why a data domain is not known."""

UNCLEAR_WORDS = {
    "unconfirmed-entry": "an entry is not confirmed",
    "named-in-text": "named in a text only",
    "answered-yes": "answered with yes, but no problem is recorded",
    "high-score": "a screening score is high, but no problem is recorded",
    "unspecified-entry": "an entry does not say enough",
    "unclear-test": "the test result is unclear",
    "unusable-value": "a recorded value cannot be used",
    "status-unknown": "the status of an entry is not known",
}
"""How a card says what is not clear about a domain that is recorded."""

NOT_KNOWN_YET = "Not known, to settle before ketamine is considered"
"""Opening of the line that names what is not known where no dose may follow anyway."""

SOFT_STOP = "This stop is inferred or local policy, not stated by the source in these words."

SAID_TO_BE_SOFT = ("inferred", "local policy")
"""Words by which a rule's own text says that its stop is soft."""

OFF_LABEL = "Ketamine and esketamine are off label for chronic pain."
"""Said on every card of a question of pain."""

FOOTER = "Advice for the treating clinician, who decides; nothing is ordered or blocked. Knowledge {version}."

HELD_BACK = "Not shown, since it was dismissed: {cards}."
"""Last line of a card beside which another one is held back."""

HELD_BACK_UNTIL = "{headline} (until {day})"
"""How it names one of them."""

AFTER_DISMISSAL = (
    "Dismissed with a reason, this card stays away for {times}, for colleagues too; a further finding brings it back."
)
"""Last line of a card that can be dismissed."""

TOPIC_SYSTEM = "urn:kcds:topic"
TOPIC_DISPLAY = {
    "KetamineSuitability": "Ketamine for chronic pain: suitability",
    "KetamineContraindication": "Ketamine: contraindication",
    "KetamineCaution": "Ketamine: cautions, interactions and gaps",
    "KetamineMonitoring": "Ketamine: monitoring and expected relief",
}

OPEN_REVIEW = "Open ketamine review"
RULE_AND_EVIDENCE = "Rule and evidence"
"""Labels of the links of a card."""
