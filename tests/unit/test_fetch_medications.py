"""Medications that were not sent along are read: those of drafted orders first, each once, from this server only."""

import pytest
from builders import (
    Json,
    bundle,
    medication,
    medication_administration,
    medication_request,
    medication_statement,
    patient,
    procedure,
    reference,
    searchset,
)
from fhir_server import TOKEN, FhirServer, content, fhir_server, status

from kcds.fhir.fetch import MOST_MEDICATIONS, Data, Fetched, Fetcher
from kcds.fhir.fetch_server import Source
from kcds.fhir.read import read_prefetch
from kcds.fhir.record import Record
from kcds.model.queries import Query
from kcds.outbound.client import OutboundClient
from kcds.outbound.deadline import Deadline
from kcds.outbound.places import Place

KETAMINE = medication("6130", "ketamine", id="ketamine")


def by_reference(target: str = "Medication/ketamine", **elements: object) -> Json:
    return medication_request(None, medicationReference={"reference": target, "display": "a medicine"}, **elements)


def complete(server: FhirServer, drafts: Json | None = None, **answers: object) -> Fetched:
    """All queries were answered; what is missing are Medications."""
    given = {query.value: searchset() for query in Query} | {"patient": patient()} | answers
    source = Source(server=server.base, token=TOKEN, deadline=Deadline.after(30))
    client = OutboundClient([Place.parse("http://127.0.0.1:*")])
    return Fetcher(client).complete(Data(answers=given, draft_orders=drafts), {}, source)


def read(fetched: Fetched) -> Record:
    return read_prefetch(
        fetched.data.answers,
        patient_id="pat-1",
        draft_orders=fetched.data.draft_orders,
        wanted=lambda _type, _codes: True,
    )


@pytest.mark.parametrize(
    ("key", "resource"),
    [
        ("medicationRequests", by_reference()),
        (
            "medicationStatements",
            medication_statement(
                "1", medicationCodeableConcept=None, medicationReference=reference("Medication/ketamine")
            ),
        ),
        (
            "medicationAdministrations",
            medication_administration(
                "1", medicationCodeableConcept=None, medicationReference=reference("Medication/ketamine")
            ),
        ),
    ],
)
@pytest.mark.parametrize("wrap", [searchset, lambda resource: resource], ids=["in a Bundle", "alone"])
def test_the_medication_of_the_record_is_read(key: str, resource: Json, wrap: object) -> None:
    with fhir_server([KETAMINE]) as server:
        record = read(complete(server, **{key: wrap(resource)}))  # type: ignore[operator]

    assert [use.medication.codings[0].code for use in record.medications] == ["6130"]
    assert server.paths() == ["Medication/ketamine"]


def test_the_medication_of_a_drafted_order_is_read() -> None:
    with fhir_server([KETAMINE]) as server:
        record = read(complete(server, bundle(by_reference(status="draft"))))

    assert [order.medication.codings[0].code for order in record.orders] == ["6130"]
    assert not record.orders[0].unresolved


def test_the_medication_used_in_a_procedure_is_read() -> None:
    infusion = procedure("1", usedReference=[reference("Medication/ketamine"), reference("Device/pump"), "x"])
    with fhir_server([KETAMINE]) as server:
        record = read(complete(server, procedures=searchset(infusion)))

    assert [used.codings[0].code for used in record.procedures[0].used if used.codings] == ["6130"]
    assert server.paths() == ["Medication/ketamine"]


def test_what_a_medication_is_made_of_is_read_too() -> None:
    mixture = {
        "resourceType": "Medication",
        "id": "mix",
        "ingredient": [{"itemReference": reference("Medication/ketamine")}],
    }
    with fhir_server([mixture, KETAMINE]) as server:
        record = read(complete(server, medicationRequests=searchset(by_reference("Medication/mix"))))

    assert record.medications[0].ingredients[0].codings[0].code == "6130"


def test_a_medication_that_was_sent_is_not_read() -> None:
    with fhir_server([KETAMINE]) as server:
        complete(server, medicationRequests=searchset(by_reference(), KETAMINE))
        complete(server, bundle(by_reference(), KETAMINE))
        complete(server, bundle(KETAMINE), medicationRequests=searchset(by_reference()))

    assert server.asked == []


def test_a_medication_of_many_orders_is_read_once() -> None:
    orders = [by_reference(id=f"m{number}") for number in range(5)]
    with fhir_server([KETAMINE]) as server:
        record = read(complete(server, medicationRequests=searchset(*orders)))

    assert len(server.asked) == 1
    assert [use.unresolved for use in record.medications] == [False] * 5


@pytest.mark.parametrize("target", ["{}/Medication/ketamine", "Medication/ketamine/_history/3"])
def test_a_reference_may_be_absolute_or_versioned(target: str) -> None:
    with fhir_server([KETAMINE]) as server:
        record = read(complete(server, medicationRequests=searchset(by_reference(target.format(server.base)))))

    assert server.paths() == ["Medication/ketamine"]
    assert not record.medications[0].unresolved


@pytest.mark.parametrize(
    "target",
    [
        "https://other.example.org/fhir/Medication/ketamine",
        "http://127.0.0.1:1/fhir/Medication/ketamine",
        "//127.0.0.1:1/fhir/Medication/ketamine?",
        "#ketamine",
        "urn:uuid:5f1a9c1e-3e34-4f1e-9c0a-0d7b9f6f6a10",
        "Medication?identifier=1",
        "Medication/..",
        "Medication/../Patient/other",
        "Medication/x/y?z",
        "Substance/1",
        "Medication/",
        "",
    ],
)
def test_any_other_reference_leads_nowhere(target: str) -> None:
    with fhir_server([KETAMINE]) as server:
        record = read(complete(server, medicationRequests=searchset(by_reference(target))))

    assert server.asked == []
    assert record.medications[0].unresolved


@pytest.mark.parametrize("element", [None, 7, [], {"reference": 7}, {"display": "x"}, "x"])
def test_odd_references_are_left_alone(element: object) -> None:
    order = medication_request(None) | {"medicationReference": element}
    with fhir_server() as server:
        complete(server, medicationRequests=searchset(order))

    assert server.asked == []


@pytest.mark.parametrize(
    "behaviour",
    [status(404), status(401), content(medication("1", id="other")), content(patient()), content({})],
    ids=["not found", "not allowed", "another one", "no Medication", "nothing"],
)
def test_a_medication_that_cannot_be_had_stays_unknown(behaviour: object) -> None:
    with fhir_server() as server:
        server.misbehaviour["/Medication/"] = behaviour  # type: ignore[assignment]
        fetched = complete(server, medicationRequests=searchset(by_reference()))

    assert read(fetched).medications[0].unresolved
    assert fetched.remark is not None


def test_only_so_many_are_read_and_drafted_orders_come_first() -> None:
    past = [by_reference(f"Medication/p{n}", id=f"p{n}", status="stopped") for n in range(MOST_MEDICATIONS)]
    current = [by_reference(f"Medication/c{n}", id=f"c{n}") for n in range(3)]
    with fhir_server([KETAMINE]) as server:
        complete(
            server,
            bundle(by_reference("Medication/drafted")),
            medicationRequests=searchset(*past, *current),
        )

    read_ids = [path.removeprefix("Medication/") for path in server.paths()]
    assert len(read_ids) == MOST_MEDICATIONS
    assert {"drafted", "c0", "c1", "c2", "p0"} <= set(read_ids)


def test_what_was_sent_is_not_changed() -> None:
    sent, drafts = searchset(by_reference()), bundle(by_reference("Medication/other", id="draft"))
    with fhir_server([KETAMINE, medication("1", id="other")]) as server:
        complete(server, drafts, medicationRequests=sent)

    assert (len(sent["entry"]), len(drafts["entry"]), len(server.asked)) == (1, 1, 2)


@pytest.mark.parametrize("odd", [["active"], {"value": "active"}, 5, None], ids=str)
def test_a_status_of_the_wrong_type_costs_no_advice(odd: object) -> None:
    with fhir_server([KETAMINE]) as server:
        complete(server, medicationRequests=searchset(by_reference(status=odd)))

    assert server.paths() == ["Medication/ketamine"]
