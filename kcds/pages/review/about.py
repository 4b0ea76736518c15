"""About this decision support: the source attributes that a user of an EHR has to be able to see."""

from kcds.errors import Fault
from kcds.knowledge.load import Knowledge
from kcds.knowledge.paths import rules_directory
from kcds.knowledge.version import load_version
from kcds.pages.html import say_day
from kcds.pages.review.model import Attribute

_USED = (
    "Sex as recorded (pregnancy, limits of the AUDIT-C); date of birth (adult, 65 and over, pregnancy); pregnancy "
    "status, PHQ-9, MoCA, AUDIT-C, DAST-10, and answers to questions about the history."
)


def make_about(knowledge: Knowledge) -> tuple[Attribute, ...]:
    """Return the attributes; what of the patient is used is told of all rules, not of those that apply."""
    entries = [entry for rule in knowledge.active_rules for entry in rule.evidence]
    design = [entry for entry in entries if "D" in entry.verified]
    signed = sum(entry.signed_by is not None for entry in design)
    reviewed = max(entry.last_reviewed for entry in entries)
    due = min(entry.review_by for entry in entries)
    version = load_version(rules_directory(), list[Fault]())
    released = f", released {say_day(version.released)}" if version is not None else ""
    attributes = (
        ("Developer", "The kcds authors, who translated published sources into rules. Evidence-based, not predictive."),
        ("Funding", "None recorded: no sponsor, grant or vendor."),
        ("Knowledge", f"{knowledge.version}{released}; {len(knowledge.active_rules)} rules in use."),
        ("Evidence", f"Last reviewed {say_day(reviewed)}; next review due by {say_day(due)}."),
        ("Signed", f"{signed} of {len(design)} design decisions are signed by a clinical owner."),
        (
            "Uses of the patient",
            _USED,
        ),
        (
            "Does not use",
            "Race, ethnicity, language, sexual orientation, gender identity, social determinants of health.",
        ),
        ("Not used for", "Patients under 18; no dose is ever proposed; nothing is ordered or blocked."),
        (
            "Local policy",
            knowledge.local.footer
            or (
                "This site has changed rules: see the notes beside them."
                if knowledge.local.digest
                else "No rule is changed at this site."
            ),
        ),
    )
    return tuple(Attribute(title=title, text=text) for title, text in attributes)
