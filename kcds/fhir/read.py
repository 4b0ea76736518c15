"""From what was sent to one patient's `Record`.

`read_prefetch` reads the answers of a CDS Hooks request, `read_bundle` any FHIR Bundle, `read_ndjson` one patient's
NDJSON. All three promise: nothing of another patient is used; every resource that could matter is either read or named
in `Record.unreadable`; a resource sent twice counts once (the newest `meta.lastUpdated`, else the last one sent).
Whatever is wrong with the input as a whole is a RequestError that names the element and quotes nothing.
"""

from collections.abc import Collection, Iterable, Mapping

from kcds.errors import PreconditionError, RequestError
from kcds.fhir.assembly import Received, assemble
from kcds.fhir.bundles import Entry, answer_entries, bundle_entries, ndjson_entries
from kcds.fhir.codes import Relevance, Since, Wanted
from kcds.fhir.orders import drafted_entries, is_draft, under_review
from kcds.fhir.outdated import without_outdated
from kcds.fhir.record import Record, Retrieval
from kcds.fhir.references import Owner
from kcds.fhir.sent import Sent, distinct, strangers
from kcds.model.queries import TYPE_OF_KEY


def read_prefetch(  # noqa: PLR0913 - one argument for each part of a hook call that data comes from
    prefetch: Mapping[str, object] | None,
    *,
    patient_id: str,
    draft_orders: object = None,
    selections: Collection[str] | None = None,
    wanted: Wanted,
    since: Since | None = None,
) -> Record:
    """Read the answers to our prefetch queries and the drafted orders.

    `draft_orders` is `context.draftOrders` as sent (a Bundle, or None for hooks without orders). With `selections`
    only those orders are under review. Plain numbers measured before they matter are left out, but for the latest of
    each kind. Raises PreconditionError without a Patient, RequestError for wrong input.
    """
    answers = {} if prefetch is None else prefetch
    if not isinstance(answers, Mapping):
        raise RequestError("must be an object", "prefetch")
    entries: list[Entry] = []
    retrievals: dict[str, Retrieval] = {}
    for key, resource_type in TYPE_OF_KEY.items():
        if key not in answers:
            retrievals[key] = Retrieval.ABSENT
            continue
        found, retrievals[key] = answer_entries(answers[key], key=key, resource_type=resource_type)
        entries += found
    identifier = patient_id.removeprefix("Patient/")
    relevance = Relevance(wanted, since)
    record = distinct(entries)
    patient = _prefetched_patient(record, identifier)
    drafted = drafted_entries(draft_orders)
    drafts = distinct(drafted, unnamed="#draft-")
    received = Received(
        patient=patient,
        record=without_outdated(record, relevance),
        owner=Owner.of_patient(patient.resource, patient.full_url, alone=False),
        retrievals=retrievals,
        strangers=list(strangers([*entries, *drafted])),
        drafts=drafts,
        orders=under_review(drafts, selections),
    )
    return assemble(received, relevance)


def read_bundle(bundle: object, *, wanted: Wanted, since: Since | None = None, orders: bool = False) -> Record:
    """Read a Bundle of any type that holds exactly one Patient; every query counts as answered by it.

    With `orders` its medication requests of status draft are under review, as `context.draftOrders` would be.
    """
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise RequestError("must be a FHIR Bundle", "resourceType")
    entries, state = bundle_entries(bundle, key=None, place="Bundle")
    return _of_one_patient(entries, state, Relevance(wanted, since), place="Bundle.entry", orders=orders)


def read_ndjson(lines: bytes, *, wanted: Wanted, since: Since | None = None) -> Record:
    """Read NDJSON, one resource a line, of exactly one Patient; every query counts as answered by it."""
    return _of_one_patient(ndjson_entries(lines), Retrieval.GIVEN, Relevance(wanted, since), place="Patient")


def _of_one_patient(
    entries: list[Entry], state: Retrieval, relevance: Relevance, *, place: str, orders: bool = False
) -> Record:
    record = distinct(entries)
    patients = [sent for sent in record if sent.type == "Patient"]
    if len(patients) != 1:
        raise RequestError(f"must hold exactly one Patient, not {len(patients)}", place)
    patient = patients[0]
    received = Received(
        patient=patient,
        record=without_outdated(record, relevance),
        owner=Owner.of_patient(patient.resource, patient.full_url, alone=True),
        retrievals=dict.fromkeys(TYPE_OF_KEY, state),
        strangers=list(strangers(entries)),
        orders=[sent for sent in record if orders and is_draft(sent)],
    )
    return assemble(received, relevance)


def _prefetched_patient(sent: Iterable[Sent], patient_id: str) -> Sent:
    """Find the Patient that the request is about; nothing is advised about anybody else."""
    patients = [item for item in sent if item.type == "Patient"]
    if not patients:
        raise PreconditionError("the Patient is needed and was not sent", "prefetch.patient")
    for patient in patients:
        if _id_of(patient) != patient_id:
            raise RequestError("must be the patient of context.patientId", f"{patient.place}.id")
    return patients[-1]


def _id_of(patient: Sent) -> str:
    identifier = patient.resource.get("id")
    return identifier if isinstance(identifier, str) else ""
