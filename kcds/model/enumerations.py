"""Closed lists: the only values that some text properties of facts may have, by kind and property."""

_PROBLEM_STATES = frozenset({"active", "past", "unknown"})
ENUMERATIONS: dict[tuple[str, str], frozenset[str]] = {
    ("patient", "sex"): frozenset({"female", "male", "other", "unknown"}),
    ("treatment", "drug"): frozenset({"ketamine", "esketamine"}),
    ("treatment", "route"): frozenset(
        {"iv", "im", "sc", "nasal", "oral", "sublingual", "buccal", "rectal", "topical", "epidural", "intrathecal"}
    ),
    ("treatment", "indication"): frozenset({"pain", "depression", "procedure", "other"}),
    ("treatment", "per_kg"): frozenset({"stated", "weighed", "no-weight"}),
    ("condition", "state"): _PROBLEM_STATES,
    ("pain-problem", "chronic"): frozenset({"yes", "no", "unknown"}),
    ("substance-use", "substance"): frozenset(
        {"ketamine-or-hallucinogen", "opioid", "alcohol", "sedative", "stimulant", "other"}
    ),
    ("substance-use", "state"): frozenset(
        {
            "active",
            "on-agonist-therapy",
            "early-remission",
            "sustained-remission",
            "remission",
            "history",
            "unspecified-use",
            "unknown",
        }
    ),
    ("medication", "state"): frozenset({"active", "on-hold", "stopped", "unknown"}),
    ("unidentified-medication", "reason"): frozenset(
        {"text-only", "unknown-code", "contradiction", "unresolved-reference", "no-medication"}
    ),
    ("unidentified-problem", "reason"): frozenset({"text-only", "unknown-system", "no-code"}),
    ("trial", "treatment"): frozenset({"drug", "non-drug"}),
    ("trial", "outcome"): frozenset(
        {"ineffective", "not-tolerated", "contraindicated", "completed", "unknown", "ongoing"}
    ),
    ("trial", "verdict"): frozenset({"failed", "possible", "inadequate", "ongoing"}),
    ("measurement", "concept"): frozenset(
        {
            "alt",
            "ast",
            "alp",
            "ggt",
            "bilirubin",
            "albumin",
            "inr",
            "weight",
            "heart-rate",
            "spo2",
            "egfr",
            "tsh",
            "free-t4",
        }
    ),
    ("exposure", "drug"): frozenset({"ketamine", "esketamine"}),
    ("score", "scale"): frozenset({"pain", "phq-9", "phq-9-item-9", "audit-c", "dast-10"}),
    ("test-done", "concept"): frozenset(
        {
            "obs-ecg",
            "obs-liver",
            "obs-urinalysis",
            "obs-urine-drug-screen",
            "obs-pregnancy",
            "obs-cognition",
            "proc-pdmp-review",
            "proc-urine-drug-screen",
        }
    ),
    ("procedure", "state"): frozenset({"completed", "in-progress", "planned", "stopped", "unknown"}),
    ("allergy", "type"): frozenset({"allergy", "intolerance", "unknown"}),
    ("allergy", "state"): _PROBLEM_STATES,
    ("pregnancy", "status"): frozenset({"pregnant", "not-pregnant", "excluded", "not-applicable", "unknown"}),
    ("pregnancy", "basis"): frozenset({"problem-list", "status-observation", "test", "none"}),
    ("data", "state"): frozenset(
        {"known", "none-recorded", "stale", "missing", "failed", "incomplete", "uncertain", "conflicting", "unreadable"}
    ),
    ("child-pugh", "grade"): frozenset({"A", "B", "C"}),
    ("check", "state"): frozenset({"current", "outdated", "never"}),
    ("finding", "answer"): frozenset({"applies", "data-required"}),
}
"""The only values of a text property, where they can be listed: a rule or case that says another one is at fault."""
