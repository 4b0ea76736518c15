"""Writes into `docs/integrate/` what the program says today: services, queries, scopes, reasons, topics, orders.

python scripts/make_integration_docs.py
"""

from collections.abc import Mapping
from pathlib import Path

from doc_blocks import fenced, refresh, table

from kcds.cards.wording import TOPIC_DISPLAY, TOPIC_SYSTEM
from kcds.cds_hooks.prefetch import prefetch_templates
from kcds.cds_hooks.services import SERVICES
from kcds.knowledge.load import Knowledge, load_knowledge
from kcds.knowledge.override_reasons import OVERRIDE_SYSTEM
from kcds.model.queries import OBSERVATION_SETS, RESOURCE_OF, TITLE_OF, Query

PAGES = Path(__file__).resolve().parents[1] / "docs" / "integrate"
ALSO_READ = "Medication"
"""Read by reference, where an order or a statement names its medicine so."""


def make_parts(knowledge: Knowledge) -> Mapping[str, str]:
    """Make every generated part of the pages, by name."""
    return {
        "services": _services(),
        "prefetch": _prefetch(knowledge),
        "keys": _keys(),
        "scopes": _scopes(),
        "override-reasons": _override_reasons(knowledge),
        "topics": _topics(),
        "orders": _orders(knowledge),
        "order-codes": _order_codes(knowledge),
    }


def _services() -> str:
    return table(
        ["hook", "URL to call, and `aud` of the token", "feedback: the same and"],
        [[f"`{s.hook}`", f"`BASE/cds-services/{s.id}`", "`/feedback`"] for s in SERVICES.values()],
    )


def _prefetch(knowledge: Knowledge) -> str:
    templates = prefetch_templates(knowledge.value_sets.pairs_of)
    return fenced("\n\n".join(f"{key}\n{template}" for key, template in templates.items()))


def _keys() -> str:
    rows = [[f"`{query}`", _resource(query), TITLE_OF[query], _searched_by(query)] for query in Query]
    return table(["key", "resource", "holds", "searched by"], rows)


def _resource(query: Query) -> str:
    return RESOURCE_OF.get(query, "Observation")


def _searched_by(query: Query) -> str:
    if query is Query.PATIENT:
        return "id (a read)"
    if query not in OBSERVATION_SETS:
        return "`patient`"
    return "`patient`, `combo-code`, `_sort`" if query is Query.HEALTH_SCREENS else "`patient`, `code`, `_sort`"


def _scopes() -> str:
    types = sorted({_resource(query) for query in Query} | {ALSO_READ})
    return table(
        ["resource", "SMART v1", "SMART v2"],
        [[name, f"`patient/{name}.read`", f"`patient/{name}.rs`"] for name in types],
    )


def _override_reasons(knowledge: Knowledge) -> str:
    rows = [[f"`{r.code}`", r.display, f"`{r.quiet}`"] for r in knowledge.quiet.reasons.values()]
    reasons = table(["code", "display", "kept quiet for, where alert fatigue is on"], rows)
    return f"`system` is `{OVERRIDE_SYSTEM}`.\n\n{reasons}"


def _topics() -> str:
    topics = table(["code", "display"], [[f"`{code}`", display] for code, display in TOPIC_DISPLAY.items()])
    return f"`system` is `{TOPIC_SYSTEM}`.\n\n{topics}"


def _offers(knowledge: Knowledge) -> Mapping[str, tuple[str, set[str]]]:
    """Return the label of each order that rules offer, and which rules do, by its code."""
    offers: dict[str, tuple[str, set[str]]] = {}
    for rule in knowledge.active_rules:
        for suggestion in rule.suggestions:
            offers.setdefault(suggestion.order.code, (suggestion.label, set()))[1].add(rule.id)
    return dict(sorted(offers.items(), key=lambda offer: offer[1][0]))


def _orders(knowledge: Knowledge) -> str:
    rows = [
        [f"`{code}`", label, ", ".join(f"`{rule}`" for rule in sorted(rules))]
        for code, (label, rules) in _offers(knowledge).items()
    ]
    return table(["LOINC", "offered as", "by rule"], rows)


def _order_codes(knowledge: Knowledge) -> str:
    lines = [f'      "{code}": YOUR-KEY  # {label}' for code, (label, _) in _offers(knowledge).items()]
    return fenced("\n".join(["    order_codes:", *lines]), "yaml")


if __name__ == "__main__":
    refresh(sorted(PAGES.glob("*.md")), make_parts(load_knowledge()))
