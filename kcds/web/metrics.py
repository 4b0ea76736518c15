"""What is counted, for `/metrics` (Prometheus). Nothing of a patient, and nothing that a caller can choose.

Every label has a closed set of values; what is in no set is counted as `other`. Auth, store and outbound know nothing
of Prometheus: `kcds.app` hands them the methods of `Metrics` as plain callables.
"""

import os
from collections.abc import Container, Iterable, Sequence
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from kcds.auth.refusal import Reason
from kcds.cards.tiers import Tier
from kcds.cds_hooks.card import Indicator
from kcds.cds_hooks.services import SERVICES
from kcds.model.advice import Disposition
from kcds.model.steps import Step
from kcds.store.records import CallRecord, FeedbackRecord
from kcds.web.pages.kinds import KINDS as PAGES

OTHER: Final = "other"
_DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8)
_SECONDS_OF_A_STEP = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 4)

KINDS = frozenset({"discovery", "hook", "feedback"})
REFUSALS = frozenset(map(str, (400, 401, 404, 405, 406, 408, 411, 412, 413, 414, 415, 417, 431, 501, 503)))
OUTCOMES = frozenset({"accepted", "overridden"})
RELOADS = frozenset({"loaded", "refused"})
DISPOSITIONS, TOPICS, INDICATORS, REASONS = (frozenset(words) for words in (Disposition, Tier, Indicator, Reason))
STORE_EVENTS = frozenset(
    {
        *("dropped", "fallback", "feedback-failed", "look-up-failed", "report-failed", "session-failed"),
        *("write-failed", "tidying-failed"),
    }
)
FETCH_OUTCOMES = frozenset(
    {
        *("ok", "refused", "name", "address", "timeout", "connection", "certificate", "redirect"),
        *("too-large", "encoding", "status", "not-json", "not-fhir"),
    }
)


def share_between_processes(directory: Path, process: Sequence[str]) -> None:
    """Keep all counts in files of a directory, one set for each process; before `Metrics` is made.

    `process[0]` names the process that runs; it is changed after a fork. A name instead of a process id lets the worker
    that takes the place of another go on with its file, so that files do not pile up.
    """
    os.environ[_DIRECTORY] = str(directory)
    values.ValueClass = values.MultiProcessValue(process_identifier=lambda: process[0])  # type: ignore[no-untyped-call]


class Metrics:
    """Counts what happens. Every method returns at once and never raises."""

    def __init__(self) -> None:
        """Start at nothing."""
        own = CollectorRegistry()
        self._registry = own
        self._calls = Counter(
            "kcds_calls", "Calls by kind, service and class of status", ("kind", "service", "status"), registry=own
        )
        self._seconds = Histogram(
            "kcds_call_seconds", "Time to answer a hook call", ("service",), registry=own, buckets=_SECONDS
        )
        self._refused = Counter("kcds_refused", "Requests refused, by status", ("status",), registry=own)
        self._errors = Counter("kcds_evaluation_errors", "Calls that came to an error of ours", registry=own)
        self._dispositions = Counter(
            "kcds_dispositions", "Hook calls by what they came to", ("service", "disposition"), registry=own
        )
        self._cards = Counter(
            "kcds_cards", "Cards made, and whether they were shown", ("topic", "indicator", "shown"), registry=own
        )
        self._feedback = Counter("kcds_feedback", "Entries of feedback kept", ("service", "outcome"), registry=own)
        self._unknown = Counter("kcds_auth_refusals", "Callers not let in, by reason", ("reason",), registry=own)
        self._fetches = Histogram(
            "kcds_fhir_request_seconds", "Requests to FHIR servers", ("outcome",), registry=own, buckets=_SECONDS
        )
        self._store = Counter("kcds_store_events", "What the store could not do as it should", ("event",), registry=own)
        self._deaths = Counter("kcds_worker_deaths", "Processes that ended unasked: crash, timeout, kill", registry=own)
        steps = Histogram(
            "kcds_step_seconds",
            "Time of hook calls that were answered, by step",
            ("step",),
            registry=own,
            buckets=_SECONDS_OF_A_STEP,
        )
        self._steps = {step: steps.labels(step) for step in Step}
        self._pages = Counter("kcds_pages", "Pages by kind and class of status", ("page", "status"), registry=own)
        self._page_seconds = Histogram(
            "kcds_page_seconds", "Time until all of a page was sent", ("page",), registry=own, buckets=_SECONDS
        )
        self._overload = Counter("kcds_overload_refusals", "Calls refused: too many waited already", registry=own)
        self._crashes = Counter(
            "kcds_repeated_crash_refusals", "Calls refused: the same body ended two workers before", registry=own
        )
        self._reloads = Counter(
            "kcds_reloads", "Rules read anew, and whether they were taken", ("outcome",), registry=own
        )
        self._disagreements = Counter(
            "kcds_engine_disagreements", "Answers on which the two rule engines differed", registry=own
        )
        self._info = _Info()
        own.register(self._info)

    def describe(self, *, version: str, knowledge: str, mode: str) -> None:
        """Say what runs here, as `kcds_info`."""
        self._info.about = {"version": version, "knowledge": knowledge, "mode": mode}

    def describe_rules(self, knowledge: str) -> None:
        """Say which rules are served from now on: of rules that were read anew the new ones, and they alone."""
        self._info.about = self._info.about | {"knowledge": knowledge}

    def count_call(self, kind: str, service: str, status: int, seconds: float) -> None:
        """Count one answered call: discovery, hook or feedback."""
        service = _one_of(SERVICES, service) if service else ""
        self._calls.labels(_one_of(KINDS, kind), service, f"{status // 100}xx").inc()
        if kind == "hook" and service in SERVICES:
            self._seconds.labels(service).observe(seconds)

    def count_page(self, kind: str, status: int, seconds: float) -> None:
        """Count one page that was sent."""
        kind = _one_of(PAGES, kind)
        self._pages.labels(kind, f"{status // 100}xx").inc()
        self._page_seconds.labels(kind).observe(seconds)

    def count_refused(self, status: int) -> None:
        """Count one request that got a 4xx, or a 5xx that is not an error of ours."""
        self._refused.labels(_one_of(REFUSALS, str(status))).inc()

    def count_error(self) -> None:
        """Count one call that came to an error of ours."""
        self._errors.inc()

    def count_advice(self, call: CallRecord) -> None:
        """Count what one hook call came to: its disposition, and its cards, shown or held back."""
        self._dispositions.labels(_one_of(SERVICES, call.service), _one_of(DISPOSITIONS, call.disposition)).inc()
        for card in call.cards:
            topic, indicator = _one_of(TOPICS, card.topic), _one_of(INDICATORS, card.indicator)
            self._cards.labels(topic, indicator, "yes" if card.shown else "no").inc()

    def count_feedback(self, entries: Iterable[FeedbackRecord]) -> None:
        """Count feedback that was kept."""
        for entry in entries:
            self._feedback.labels(_one_of(SERVICES, entry.service), _one_of(OUTCOMES, entry.outcome)).inc()

    def count_auth_refusal(self, reason: str) -> None:
        """Count one caller that was not let in."""
        self._unknown.labels(_one_of(REASONS, reason)).inc()

    def count_fetch(self, outcome: str, seconds: float) -> None:
        """Count one request to a FHIR server: `ok`, or the kind of the OutboundError."""
        self._fetches.labels(_one_of(FETCH_OUTCOMES, outcome)).observe(seconds)

    def count_store(self, event: str) -> None:
        """Count one thing that the store could not do as it should."""
        self._store.labels(_one_of(STORE_EVENTS, event)).inc()

    def count_worker_death(self) -> None:
        """Count one process that ended unasked."""
        self._deaths.inc()

    def observe_step(self, step: Step, seconds: float) -> None:
        """Count the time that one step of a hook call took."""
        self._steps[step].observe(seconds)

    def count_overload(self) -> None:
        """Count one call that was refused because too many waited."""
        self._overload.inc()

    def count_repeated_crash(self) -> None:
        """Count one call that was refused because its body ended two workers before."""
        self._crashes.inc()

    def count_reload(self, outcome: str) -> None:
        """Count rules that were read anew: `loaded`, or `refused` for their faults."""
        self._reloads.labels(_one_of(RELOADS, outcome)).inc()

    def count_disagreement(self) -> None:
        """Count one answer on which the two rule engines differed."""
        self._disagreements.inc()

    def text(self) -> bytes:
        """Write all counts, of all processes, in Prometheus' text format."""
        directory = os.environ.get(_DIRECTORY)
        if directory is None:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        together.register(self._info)
        MultiProcessCollector(together, directory)  # type: ignore[no-untyped-call]
        return generate_latest(together)


class _Info:
    """What runs in the process that is asked; not of a file, in which the rules of before would stay for ever."""

    def __init__(self) -> None:
        self.about = {"version": "", "knowledge": "", "mode": ""}

    def collect(self) -> Iterable[Metric]:
        family = GaugeMetricFamily("kcds_info", "What runs here", labels=tuple(self.about))
        family.add_metric(tuple(self.about.values()), 1)
        return (family,)


def _one_of(known: Container[str], value: str) -> str:
    return value if value in known else OTHER
