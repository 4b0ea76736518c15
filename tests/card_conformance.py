"""What every response must keep: CDS Hooks 2.0.1 (section 6 of the checklist) and the contract's sections 3 and 4."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from builders import Json

KEY = "org.kcds.advice"
DISPOSITIONS = {"contraindicated", "out-of-scope", "not-yet", "insufficient-data", "caution", "candidate"}
CATEGORIES = {
    *("eligibility", "contraindication", "caution", "interaction", "monitoring", "dosing", "duration-of-relief"),
    *("follow-up", "informational", "data-quality"),
}
MOST_CARDS = {"patient-view": 2, "order-select": 3, "order-sign": 3}
UNSAFE = re.compile(r"<[a-zA-Z/!]|javascript:|data:|!\[|\]\(|https?://|&#")
REFERENCE = re.compile(r"(?:[A-Z][A-Za-z]+/(?:#[\w-]*|[A-Za-z0-9\-.]{1,64})|urn:(?:uuid|oid):[0-9a-fA-F.-]+)")


def faults_in(hook: str, body: Any) -> list[str]:
    """What is wrong with the body of a 200; nothing, if all is well."""
    return list(_faults(hook, body))


def _faults(hook: str, body: Any) -> Iterator[str]:
    if set(body) != {"cards"}:
        yield f"members {sorted(body)}"
    yield from empty_members(body["cards"], "cards")
    if len(body["cards"]) > MOST_CARDS[hook]:
        yield f"{len(body['cards'])} cards on {hook}"
    for number, card in enumerate(body["cards"]):
        for fault in (*_card_faults(hook, card), *_links_faults(card), *_offer_faults(card), *_advice_faults(card)):
            yield f"cards[{number}]: {fault}"
    for member in ("disposition", "evaluatedAt"):
        if len({card["extension"][KEY][member] for card in body["cards"]}) > 1:
            yield f"{member} differs between cards"


def empty_members(value: Any, place: str) -> Iterator[str]:
    """No null or empty member anywhere, but `cards: []` itself."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        if item in (None, "", [], {}):
            yield f"{place}.{name} is empty"
        yield from empty_members(item, f"{place}.{name}")


def _card_faults(hook: str, card: Json) -> Iterator[str]:
    if not 0 < len(card["summary"]) < 140 or "\n" in card["summary"]:
        yield f"summary of {len(card['summary'])} characters"
    if card["indicator"] not in ("info", "warning", "critical"):
        yield f"indicator {card['indicator']}"
    stops = [f for f in card["extension"][KEY]["findings"] if f.get("strength") == "hard" and f["status"] == "applies"]
    if card["indicator"] == "critical" and not (hook == "order-sign" and stops):
        yield f"critical on {hook} with {len(stops)} hard stops"
    if UNSAFE.search(card["summary"] + card["detail"]):
        yield "markup or a link in the text"
    if str(UUID(card["uuid"])) != card["uuid"]:
        yield "uuid"
    source = card["source"]
    if not source["label"]:
        yield "source without label"
    if urlsplit(source.get("url", "https:")).scheme != "https":  # local policy and recalled sources have no page
        yield "source.url is not absolute"
    if not re.fullmatch(r"[A-Za-z0-9]{1,100}", source["topic"]["code"]) or not source["topic"]["system"]:
        yield "source.topic"
    if set(card["extension"]) != {KEY}:
        yield "extension keys"


def _links_faults(card: Json) -> Iterator[str]:
    for link in card.get("links", ()):
        yield from _link_faults(card, link)


def _link_faults(card: Json, link: Json) -> Iterator[str]:
    members = {"label", "url", "type"} | ({"appContext"} if link["type"] == "smart" else set())
    if not {"label", "url", "type"} <= set(link) <= members or link["type"] not in ("absolute", "smart"):
        yield f"members of a link: {sorted(link)}"
    url = urlsplit(link["url"])
    loopback = url.hostname in ("127.0.0.1", "localhost")
    if url.scheme != "https" and not (url.scheme == "http" and loopback):
        yield "a link is not absolute, or not secure"
    if url.query or url.fragment:
        yield "a link says more than where a page is"
    rules = {finding["rule"] for finding in card["extension"][KEY]["findings"]}
    if link["type"] == "absolute" and link["url"].rpartition("/")[2] not in rules:
        yield "a link to a rule that is no finding of its card"


def _offer_faults(card: Json) -> Iterator[str]:
    if ("suggestions" in card) != ("selectionBehavior" in card) or card.get("selectionBehavior", "any") != "any":
        yield "selectionBehavior"
    for suggestion in card.get("suggestions", ()):
        if not suggestion["label"] or len(suggestion["actions"]) != 1:
            yield "a suggestion needs a label and one action"
        yield from _action_faults(suggestion["actions"][0])
    if not card["overrideReasons"]:
        yield "no override reasons"
    for reason in card["overrideReasons"]:
        if set(reason) != {"code", "system", "display"}:
            yield "overrideReasons"


def _action_faults(action: Json) -> Iterator[str]:
    if not action["description"]:
        yield "an action without description"
    if action["type"] == "create":
        resource = action["resource"]
        if resource["resourceType"] != "ServiceRequest" or resource["status"] != "draft" or "resourceId" in action:
            yield "only drafts of service requests are offered"
    elif action["type"] == "delete":
        if "resource" in action or not re.fullmatch(r"MedicationRequest/[A-Za-z0-9\-.#]{1,64}", action["resourceId"]):
            yield "a delete needs a relative resourceId and nothing else"
    else:
        yield f"an action of type {action['type']}"


def _advice_faults(card: Json) -> Iterator[str]:
    advice = card["extension"][KEY]
    if set(advice) - {"disposition", "knowledgeVersion", "evaluatedAt", "findings"}:
        yield "unknown members of the advice"
    if advice["disposition"] not in DISPOSITIONS:
        yield f"disposition {advice['disposition']}"
    for finding in advice["findings"]:
        yield from (f"{finding['rule']}: {fault}" for fault in _finding_faults(finding))


def _finding_faults(finding: Json) -> Iterator[str]:
    if finding["category"] not in CATEGORIES or finding["status"] not in ("applies", "data-required"):
        yield "category or status"
    if finding["category"] == "contraindication" and "strength" not in finding:
        yield "a contraindication without strength"
    if finding["category"] not in ("contraindication", "interaction") and "strength" in finding:
        yield "strength where nothing is contraindicated"
    if finding.get("strength", "hard") not in ("hard", "soft"):
        yield "strength"
    if not finding["claims"] or (finding["status"] == "data-required") != ("missing" in finding):
        yield "claims, or missing data domains"
    if not all(REFERENCE.fullmatch(reference) for reference in finding.get("supporting", ())):
        yield "supporting holds more than references"
