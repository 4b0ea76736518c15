"""Why a chart could not be judged, in words for who opened it: which source failed, and what can be done.

Nothing of the patient, and nothing of a URL.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from kcds.cards.plain_text import opened
from kcds.errors import PreconditionError, RequestError, TooMuchDataError
from kcds.model.queries import TYPE_OF_KEY

NAMES = {
    "AllergyIntolerance": "allergies",
    "Condition": "problems",
    "Medication": "medications",
    "MedicationAdministration": "medicines given",
    "MedicationDispense": "medicines dispensed",
    "MedicationRequest": "prescriptions",
    "MedicationStatement": "medicines reported",
    "Observation": "measurements and results",
    "Patient": "the patient's details",
    "Procedure": "procedures",
}
"""What the types of resources are to a clinician."""

_ALL = frozenset(TYPE_OF_KEY.values())
"""The types that are asked for: where none could be had, they need not be named."""

_ASK_AGAIN = "Try again; if it stays so, tell those who run the EHR."
_SAID = {
    "timeout": ("did not answer in time", _ASK_AGAIN),
    "connection": ("could not be reached", _ASK_AGAIN),
    "name": ("could not be found on the network", _ASK_AGAIN),
    "not-granted": ("did not permit this to be read", "Whoever looks after the EHR can permit it."),
    "refused": ("is not one that may be read", "Those who run this service can list it."),
    "status 401": ("no longer accepts this sign-in", "Open the page again from the chart."),
    "status 403": ("did not permit this to be read", "Whoever looks after the EHR can permit it."),
    "status 429": ("is asked too much at the moment", _ASK_AGAIN),
}
"""How a source failed, by the kinds of `OutboundError`, and what can be done."""
_SAID_OF_OTHERS = ("answered with an error", _ASK_AGAIN)
_NO_ADVICE = "Nothing is advised without these data."


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is said about a chart that could not be judged; `kind` is a word for the log."""

    kind: str
    title: str
    text: str


def trouble_of(error: Exception, source: str) -> Trouble:
    """Say what went wrong; `source` is where the data come from, as in "the record"."""
    where = opened(source)
    if isinstance(error, PreconditionError) and error.element == "fhirServer":
        return Trouble(
            "other-patient",
            "The data are not of this patient",
            f"{where} answered with data that are not this patient's. Nothing of them is shown. "
            "Open the page again from the chart.",
        )
    if isinstance(error, PreconditionError):
        return Trouble("no-data", "The chart could not be read", said_of(error.failures, where))
    if isinstance(error, TooMuchDataError):
        return Trouble(
            "too-much",
            "The chart holds more than can be judged here",
            f"{where} gave more entries than can be judged in time, and nothing is advised on a part of them.",
        )
    if isinstance(error, RequestError):
        return Trouble(
            "unreadable",
            "The data could not be read",
            f"{where} gave data that are not as FHIR R4 has them, so that nothing can be advised on them.",
        )
    return Trouble(
        "error",
        "The chart could not be judged",
        "Something went wrong here, and nothing can be advised. It has been noted for those who run the service. "
        "Try again.",
    )


def said_of(failures: Mapping[str, Collection[str]], where: str) -> str:
    """Say how a source failed, and for which data: a sentence for each way."""
    if not failures:
        return f"{where} gave no clinical data, and nothing can be advised without any."
    told, remedies = dict[str, None](), dict[str, None]()
    for kind in sorted(failures):
        said, remedy = _SAID.get(kind, _SAID_OF_OTHERS)
        types = () if _ALL.issubset(failures[kind]) else failures[kind]
        names = ", ".join(sorted({NAMES.get(name, "other data") for name in types}))
        told[f"{where} {said}: {names}." if names else f"{where} {said}."] = None
        remedies[remedy] = None
    return " ".join((*told, _NO_ADVICE, *remedies))
