"""A CDS client written from the standard alone: it knows discovery, the tokens and FHIR search, and nothing of kcds.

It fills prefetch templates from a list of resources as an EHR would that answers from its own memory. What the
standard does not allow in a template is an error here, so that a template no client could fill cannot pass.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from builders import Json, searchset

PREFETCHABLE = {"userId", "patientId", "encounterId"}
"""Context fields that patient-view, order-select and order-sign mark as usable in a token."""

_TOKEN = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_READ = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})")
_SEARCH = re.compile(r"([A-Z][A-Za-z]+)\?(.+)")
_PATIENT_ELEMENTS = ("subject", "patient", "beneficiary")


class UnfillableTemplateError(Exception):
    """A template that the standard does not allow, or that needs what the context does not hold."""


def with_tokens(template: str, context: Mapping[str, Any]) -> str:
    """Replace the tokens of a template by what the context holds."""

    def value(found: re.Match[str]) -> str:
        scope, _, field = found[1].partition(".")
        if scope != "context" or field not in PREFETCHABLE or field not in context:
            raise UnfillableTemplateError(found[0])
        return str(context[field])

    return _TOKEN.sub(value, template)


def query_of(url: str) -> tuple[str, dict[str, str]]:
    """Take a relative search URL apart: type and parameters, decoded as a server does."""
    found = _SEARCH.fullmatch(url)
    if found is None:
        raise UnfillableTemplateError(url)
    pairs = [pair.split("=", 1) for pair in found[2].split("&")]
    if any(len(pair) != 2 for pair in pairs) or len({name for name, _ in pairs}) != len(pairs):
        raise UnfillableTemplateError(url)
    return found[1], {unquote(name): unquote(value) for name, value in pairs}


def filled(template: str, context: Mapping[str, Any], resources: Iterable[Json]) -> Json | None:
    """What a client sends for one template: the resource that is read (or null), or a searchset."""
    url = with_tokens(template, context)
    if read := _READ.fullmatch(url):
        return next((r for r in resources if (r["resourceType"], r.get("id")) == read.groups()), None)
    kind, parameters = query_of(url)
    found = [r for r in resources if r["resourceType"] == kind and _matches(r, parameters)]
    return searchset(*found, total=len(found))


def prefetch_of(service: Json, context: Mapping[str, Any], resources: Iterable[Json]) -> Json:
    """Every key of a service's prefetch, filled."""
    kept = list(resources)
    return {key: filled(template, context, kept) for key, template in service["prefetch"].items()}


def call_of(service: Json, context: Json, prefetch: Json | None = None, **members: Any) -> Json:
    """The body of one hook call."""
    body = {"hook": service["hook"], "hookInstance": str(uuid4()), "context": context, **members}
    return body | ({"prefetch": prefetch} if prefetch is not None else {})


def _matches(resource: Json, parameters: Mapping[str, str]) -> bool:
    for name, value in parameters.items():
        if name == "patient":
            references = (resource.get(element, {}).get("reference") for element in _PATIENT_ELEMENTS)
            if f"Patient/{value}" not in references:
                return False
        elif name in ("code", "combo-code"):
            concepts = [resource.get("code", {})]
            if name == "combo-code":
                concepts += [part.get("code", {}) for part in resource.get("component", [])]
            if not any(_is_one_of(coding, value) for concept in concepts for coding in concept.get("coding", [])):
                return False
        elif name not in ("_sort", "_count"):
            raise UnfillableTemplateError(name)
    return True


def _is_one_of(coding: Json, tokens: str) -> bool:
    for token in tokens.split(","):
        system, bar, code = token.rpartition("|")
        if coding.get("code") == code and (not bar or coding.get("system") == system):
            return True
    return False
