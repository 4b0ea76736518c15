"""Wiring: settings, knowledge, engine, web. Nothing else wires."""

from dataclasses import replace
from datetime import date
from importlib.metadata import version
from pathlib import Path

from kcds.engine.checked import CheckedEngine
from kcds.fhir.fetch import Fetcher
from kcds.fhir.validation import warm_up
from kcds.knowledge.load import load_knowledge
from kcds.outbound.client import OutboundClient
from kcds.service import AdviceService
from kcds.settings import Settings
from kcds.store.opening import open_keys, open_store
from kcds.web.application import WebApplication, make_application
from kcds.web.metrics import Metrics
from kcds.web.parts import Parts, utc_now


def make_service(rules: Path | None = None, *, as_of: date | None = None, overlay: Path | None = None) -> AdviceService:
    """Load the knowledge, with what a site changes in it, and build the engine; raises KnowledgeError, every fault."""
    knowledge = load_knowledge(rules, as_of=as_of, overlay=overlay)
    warm_up()
    return AdviceService(knowledge, CheckedEngine(knowledge.active_rules))


def make_parts(settings: Settings) -> Parts:
    """Put together what the web application is made of."""
    service = make_service(overlay=settings.rules_overlay)
    metrics = Metrics(version=version("kcds"), knowledge=service.knowledge.version, mode=settings.mode)
    keys = open_keys(settings)
    store = open_store(settings, keys, count=metrics.count_store, clock=utc_now)
    fetcher = Fetcher(OutboundClient(settings.fhir_servers), count=metrics.count_fetch)
    service = replace(service, fetcher=fetcher)
    return Parts(service=service, settings=settings, store=store, keys=keys, metrics=metrics)


def make_web(settings: Settings) -> WebApplication:
    """Make the web application."""
    return make_application(make_parts(settings))
