"""One patient's resources as a `Record`: whose they are, whether they matter, what they say.

A resource of another patient stops the reading: the client has mixed up two people. A resource that does not say whose
it is, or that cannot be read, is named in `Record.unreadable` with every key it came with and the codes it shows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from kcds.errors import RequestError, TooMuchDataError
from kcds.fhir.allergies import read_allergy
from kcds.fhir.codes import Relevance, codes_seen
from kcds.fhir.conditions import read_condition
from kcds.fhir.elements import Json
from kcds.fhir.medication_uses import MEDICATION_USES, read_medication_use
from kcds.fhir.medicines import Pharmacy
from kcds.fhir.observations import read_observation
from kcds.fhir.patients import read_patient
from kcds.fhir.procedures import read_procedure
from kcds.fhir.record import Concept, Condition, Patient, Record, Resource, Retrieval, Unreadable
from kcds.fhir.references import Owner, Ownership, conditional_names
from kcds.fhir.sent import Sent
from kcds.fhir.validation import Effort, UnreadableError

R = TypeVar("R", bound=Resource)

MOST_RELEVANT = 10_000
"""Resources that can matter, of one patient. The largest real bundle that was seen has 2,176 of any kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Everything that was sent about one patient, not yet read."""

    patient: Sent
    owner: Owner
    record: Sequence[Sent]
    retrievals: Mapping[str, Retrieval]
    strangers: Sequence[Unreadable]  # what does not say which type of resource it is
    drafts: Sequence[Sent] = ()  # all that is drafted: orders, and Medications that they refer to
    orders: Sequence[Sent] = ()  # the drafted orders under review


def assemble(received: Received, relevance: Relevance) -> Record:
    """Read everything that could matter about this patient.

    An order under review does not count as a medicine of the record, even where the record already holds it.
    """
    record, drafts = received.record, received.drafts
    for sent in (*record, *drafts):
        _refuse_others(sent, received.owner)
    relevant = [sent for sent in record if relevance.can_matter(sent.resource, sent.type)]
    _refuse_too_many([*relevant, *drafts], received.strangers)
    effort = Effort()
    reading = _Reading(received.owner, _pharmacy([*record, *drafts], effort), received.strangers)
    patient = reading.patient(received.patient)
    reviewed = {order.reference for order in received.orders}
    conditions = reading.all_of(relevant, ("Condition",), partial(read_condition, effort=effort))
    problems = _by_every_name(conditions, record)
    read_use = partial(read_medication_use, pharmacy=reading.pharmacy, problems=problems)
    return Record(
        patient=patient,
        conditions=conditions,
        medications=reading.all_of(
            [sent for sent in relevant if sent.reference not in reviewed], MEDICATION_USES, read_use
        ),
        observations=reading.all_of(relevant, ("Observation",), partial(read_observation, effort=effort)),
        procedures=reading.all_of(relevant, ("Procedure",), partial(read_procedure, pharmacy=reading.pharmacy)),
        allergies=reading.all_of(relevant, ("AllergyIntolerance",), partial(read_allergy, effort=effort)),
        orders=reading.all_of(received.orders, ("MedicationRequest",), read_use),
        retrievals=dict(received.retrievals),
        unreadable=tuple(reading.unreadable),
    )


def _pharmacy(sent: Iterable[Sent], effort: Effort) -> Pharmacy:
    medications = [item for item in sent if item.type == "Medication"]
    by_identifier = {name: item.resource for item in medications for name in conditional_names(item.resource)}
    return Pharmacy(by_identifier | {name: item.resource for item in medications for name in item.names}, effort)


def _by_every_name(conditions: Iterable[Condition], record: Iterable[Sent]) -> dict[str, Concept]:
    """Give the codes of the problems under every name that a reason may use."""
    codes = {condition.reference: condition.code for condition in conditions}
    return {name: codes[sent.reference] for sent in record if sent.reference in codes for name in sent.names}


def _subject(sent: Sent) -> tuple[str, object]:
    """Give the element that says whose a resource is, and its value."""
    name = "patient" if sent.type == "AllergyIntolerance" else "subject"
    return name, sent.resource.get(name)


def _refuse_others(sent: Sent, owner: Owner) -> None:
    if sent.type in ("Patient", "Medication"):
        return
    name, subject = _subject(sent)
    if owner.of(subject) is Ownership.ANOTHERS:
        raise RequestError("must be about the patient of this request", f"{sent.place}.{name}")


def _refuse_too_many(sent: Sequence[Sent], strangers: Sequence[Unreadable]) -> None:
    """Raise TooMuchDataError, before anything is read, where it would take longer than anybody waits."""
    found = len(sent) + len(strangers)
    if found > MOST_RELEVANT:
        place = sent[MOST_RELEVANT].place if len(sent) > MOST_RELEVANT else None
        raise TooMuchDataError(f"more relevant resources than can be judged: {found} of at most {MOST_RELEVANT}", place)


class _Reading:
    """The reading of one record: collects what could not be read."""

    def __init__(self, owner: Owner, pharmacy: Pharmacy, unreadable: Iterable[Unreadable]) -> None:
        """Start with what is unreadable already."""
        self._owner = owner
        self.pharmacy = pharmacy
        self.unreadable = list(unreadable)

    def all_of(self, sent: Iterable[Sent], types: tuple[str, ...], read: Callable[..., R]) -> tuple[R, ...]:
        """Read all resources of these types."""
        found = [self._one(item, read) for item in sent if item.type in types]
        return tuple([resource for resource in found if resource is not None])

    def _one(self, sent: Sent, read: Callable[..., R]) -> R | None:
        if self._owner.of(_subject(sent)[1]) is Ownership.OURS:
            try:
                return read(sent.resource, reference=sent.reference, key=sent.keys[0])
            except UnreadableError:
                pass  # noted below, like a resource that does not say whose it is
        self._note(sent)
        return None

    def patient(self, sent: Sent) -> Patient:
        """Read the person; if that cannot be done, only that there is one is known."""
        try:
            return read_patient(sent.resource, reference=sent.reference, key=sent.keys[0], effort=self.pharmacy.effort)
        except UnreadableError:
            self._note(sent)
            return Patient(reference=sent.reference, repaired=frozenset({"birthDate", "gender", "deceased"}))

    def _note(self, sent: Sent) -> None:
        codes = codes_seen(sent.resource, self._medication_of(sent.resource))
        self.unreadable += [Unreadable(sent.type, sent.reference, key, codes) for key in sent.keys]

    def _medication_of(self, resource: Json) -> Json | None:
        target = resource.get("medicationReference")
        return self.pharmacy.raw(target.get("reference"), resource) if isinstance(target, dict) else None
