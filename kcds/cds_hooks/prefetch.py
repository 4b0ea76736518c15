"""Prefetch templates: what data a client is asked to send, generated from the value sets so that the two cannot drift.

They stay inside the restricted query subset of the specification: reads, type searches, reference and token
parameters, `_sort`. No date filter, since CDS Hooks 2.0.1 has no token for today. Observations are selected by code,
not by category: an uncategorised result must not be lost. Answers to health questions may sit in the components of a
panel, so that query searches `combo-code`.
"""

from collections.abc import Callable, Iterable
from urllib.parse import quote

from kcds.model.queries import OBSERVATION_SETS, RESOURCE_OF, Query

LONGEST_URL = 2000
"""Some servers refuse longer request lines; a query that would pass it has to be split into several keys."""

_PATIENT = "{{context.patientId}}"


def prefetch_templates(codes_of: Callable[[str], Iterable[tuple[str, str]]]) -> dict[str, str]:
    """Make one template per query; `codes_of` gives the (system, code) pairs of a value set."""
    return {query.value: _template(query, codes_of) for query in Query}


def filled(template: str, patient_id: str) -> str:
    """Fill a template for one patient: a relative URL, encoded so that every server takes it."""
    path, mark, search = template.replace(_PATIENT, quote(patient_id, safe="")).partition("?")
    return f"{path}{mark}{quote(search, safe='&=,:/-_.%')}"


def _template(query: Query, codes_of: Callable[[str], Iterable[tuple[str, str]]]) -> str:
    if query is Query.PATIENT:
        return f"Patient/{_PATIENT}"
    if query in RESOURCE_OF:
        return f"{RESOURCE_OF[query]}?patient={_PATIENT}"
    codes = sorted({pair for name in OBSERVATION_SETS[query] for pair in codes_of(name)})
    parameter = "combo-code" if query is Query.HEALTH_SCREENS else "code"
    tokens = ",".join(f"{system}|{code}" for system, code in codes)
    return f"Observation?patient={_PATIENT}&{parameter}={tokens}&_sort=-date"
