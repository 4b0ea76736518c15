"""What a client did not prefetch, fetched from its FHIR server: in parallel, in bounded time and size.

The result has the shape of prefetched answers, so that one reader reads both and the advice cannot depend on the way.
An answer that could not be had is an OperationOutcome, one that is cut off keeps its `next` link. Nothing is fetched
where everything was sent, and nothing from a server that the operator did not list.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from kcds.errors import OutboundError, PreconditionError, RequestError
from kcds.fhir.bundles import Entry, answer_entries
from kcds.fhir.elements import Json
from kcds.fhir.fetch_medications import unresolved
from kcds.fhir.fetch_server import Count, FhirServer, Source
from kcds.fhir.orders import DRAFTS, drafted_entries
from kcds.fhir.record import Retrieval
from kcds.model.queries import TYPE_OF_KEY, Query
from kcds.outbound.client import OutboundClient
from kcds.outbound.places import Place

MOST_MEDICATIONS = 100
"""Medications read for one call."""
_ROUNDS = 2
"""Medications, and the Medications that they are made of."""
_NOT_LISTED = "nothing was fetched, because KCDS_FHIR_SERVERS does not list this fhirServer"
_FAILURE: Json = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "transient"}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """What a call brings: prefetched answers by key, and drafted orders."""

    answers: Mapping[str, object]
    draft_orders: object = None  # a Bundle; None for hooks without orders


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The data with what could be fetched, and why not everything could be."""

    data: Data
    asked: frozenset[str] = frozenset()  # keys whose answers are the server's
    failures: Mapping[str, Collection[str]] = field(default_factory=dict)
    """How requests failed, and for which types of resources."""
    remark: str | None = None

    def refusal(self, error: RequestError) -> RequestError:
        """Say of an error in the data whose it is: what the FHIR server did wrong is no bad request."""
        if isinstance(error, PreconditionError):
            text = f"{error}; {self.remark}" if self.remark else str(error)
            return PreconditionError(text, error.element, self.failures)
        place, _, rest = (error.element or "").partition(".")
        if place == "prefetch" and rest.partition(".")[0] in self.asked:
            return PreconditionError("the FHIR server did not answer with the data of this patient", "fhirServer")
        return error


class Fetcher:
    """Completes the data of hook calls."""

    def __init__(self, client: OutboundClient, count: Count = lambda _outcome, _seconds: None) -> None:
        """Ask nobody yet."""
        self._client = client
        self._count = count

    def complete(self, data: Data, queries: Mapping[str, str], source: Source) -> Fetched:
        """Return the data with what was missing; `queries` are those behind the keys.

        Raises RequestError where what was sent has the wrong shape.
        """
        missing = [query.value for query in Query if not _is_whole(query, data.answers)]
        if not self._client.allows(source.server):
            return Fetched(data=data, remark=_NOT_LISTED if missing else None)
        server = FhirServer(self._client, source, self._count)
        if not missing and not unresolved(*_entries(data), server.base):
            return Fetched(data=data)
        found: dict[str, Json | None] = dict.fromkeys(missing)
        try:
            work = _complete(server, data, {key: queries[key] for key in missing}, found)
            data, failures = self._client.run(work, source.deadline), server.failures
        except OutboundError as failure:  # a machine too busy to end in time: what came until now is used
            data, failures = _with_answers(data, dict(found)), {failure.kind: set()}
        return Fetched(data=data, asked=frozenset(missing), failures=failures, remark=_said_of(failures))


async def _complete(server: FhirServer, data: Data, queries: Mapping[str, str], found: dict[str, Json | None]) -> Data:
    """Ask all queries at once, noting each answer in `found`, then for the Medications that the answers refer to."""

    async def ask(key: str, query: str) -> None:
        found[key] = await (server.search(query) if "?" in query else server.read(query))

    await asyncio.gather(*(ask(key, query) for key, query in queries.items()))
    data = _with_answers(data, found)
    left = MOST_MEDICATIONS
    for _ in range(_ROUNDS):
        wanted = dict(list(unresolved(*_entries(data), server.base).items())[:left])
        if not wanted:
            break
        left -= len(wanted)
        medications = await asyncio.gather(*(server.read(name) for name in wanted))
        data = _with_medications(data, zip(wanted.values(), medications, strict=True), server.base)
    return data


def _said_of(failures: Mapping[str, set[str]]) -> str | None:
    """Say how requests failed, and for which types: `status 403 (Condition)` is a scope that is missing."""
    said = [f"{kind} ({', '.join(sorted(failures[kind]))})" if failures[kind] else kind for kind in sorted(failures)]
    return f"the FHIR server was asked, and failed: {', '.join(said)}" if said else None


def _is_whole(query: Query, answers: Mapping[str, object]) -> bool:
    """Whether a query was answered in full; for the Patient "there is none" is no answer."""
    if query not in answers:
        return False
    entries, state = _answer(query.value, answers[query])
    return state is Retrieval.GIVEN and (query is not Query.PATIENT or bool(entries))


def _answer(key: str, value: object) -> tuple[list[Entry], Retrieval]:
    return answer_entries(value, key=key, resource_type=TYPE_OF_KEY[key])


def _entries(data: Data) -> tuple[list[Entry], list[Entry]]:
    """Give the drafted entries, and those of all answers."""
    answered = [entry for query in Query if query in data.answers for entry in _answer(query, data.answers[query])[0]]
    return drafted_entries(data.draft_orders), answered


def _with_answers(data: Data, found: Mapping[str, Json | None]) -> Data:
    return Data(
        answers={**data.answers, **{key: _best(key, data.answers.get(key), got) for key, got in found.items()}},
        draft_orders=data.draft_orders,
    )


def _best(key: str, sent: object, got: Json | None) -> object:
    """Choose between what was sent, which was not whole, and what was fetched; two parts are better than one."""
    parts = sent if isinstance(sent, dict) and sent.get("resourceType") == "Bundle" else None
    if got is None:
        return parts or _FAILURE
    if parts is None or _answer(key, got)[1] is Retrieval.GIVEN:
        return got
    return got | {"entry": [*(parts.get("entry") or []), *got["entry"]]}  # type: ignore[misc]


def _with_medications(data: Data, found: Iterable[tuple[str | None, Json | None]], base: Place) -> Data:
    """Put each Medication beside the resource that refers to it."""
    answers, drafts = dict(data.answers), data.draft_orders
    for key, medication in found:
        if medication is None or key is None:
            continue
        entry: Json = {"fullUrl": f"{base.url}/Medication/{medication['id']}", "resource": medication}
        if key == DRAFTS:
            drafts = _extended(drafts, entry)
        else:
            answers[key] = _extended(answers[key], entry)
    return Data(answers=answers, draft_orders=drafts)


def _extended(answer: object, entry: Json) -> Json:
    """Add an entry to a Bundle, or to the one resource that was sent instead."""
    if isinstance(answer, dict) and answer.get("resourceType") == "Bundle":
        return {**answer, "entry": [*(answer.get("entry") or []), entry]}
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": answer}, entry]}
