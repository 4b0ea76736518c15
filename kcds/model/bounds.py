"""What holds of every fact of a kind, whoever the patient is: how many there are, and what its numbers can be."""

ONE_OF_A_PATIENT = frozenset(
    {"patient", "prior-treatment", "pregnancy", "exposure", "response", "opioid-dose", "child-pugh"}
)
"""Kinds of fact of which there is never more than one."""

MAY_BE_NEGATIVE = frozenset({("response", "relief_percent"), ("response", "best_percent")})
"""Numbers that can be below nought: pain may have grown. No other measure, count, dose or rank can."""
