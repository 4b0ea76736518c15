"""What the service answers with, as JSON Schema. Where a class makes the answer, the schema is made from the class."""

from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from kcds.cards.extension import KEY
from kcds.cds_hooks.card import SUMMARY_LIMIT, Card
from kcds.model.advice import Disposition
from kcds.model.findings import Category, Strength

Json = dict[str, Any]

_TEXT: Json = {"type": "string", "minLength": 1}
_TEXTS: Json = {"type": "array", "minItems": 1, "items": _TEXT}


def inlined(schema: Json) -> Json:
    """Return a schema of pydantic without `$defs` and titles, which are names of our classes."""
    definitions = schema.get("$defs", {})

    def plain(part: Any) -> Any:  # noqa: ANN401 - any part of a schema
        if isinstance(part, list):
            return [plain(item) for item in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            return plain(definitions[part["$ref"].rpartition("/")[2]])
        members = {name: value for name, value in part.items() if name not in {"$defs", "default"}}
        if isinstance(members.get("title"), str):
            del members["title"]
        return {name: plain(value) for name, value in members.items()}

    made: Json = plain(schema)
    return made


def _object(required: Json, optional: Json | None = None) -> Json:
    properties = required | (optional or {})
    return {"type": "object", "properties": properties, "required": list(required)}


def _one_of(words: type[StrEnum]) -> Json:
    return {"enum": [word.value for word in words]}


def _without_nothing(schema: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """Take null out: a member that has no value is left out of our answers."""
    if isinstance(schema, list):
        return [_without_nothing(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    some = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(some) == 1:
        schema = {name: value for name, value in schema.items() if name != "anyOf"} | some[0]
    return {name: _without_nothing(value) for name, value in schema.items()}


def _card() -> Json:
    card: Json = _without_nothing(inlined(TypeAdapter(Card).json_schema(mode="serialization")))
    card["properties"]["summary"] |= {"minLength": 1, "maxLength": SUMMARY_LIMIT - 1}
    card["properties"]["selectionBehavior"] = {"enum": ["any"]}
    card["properties"]["extension"] = _object({KEY: _ADVICE})
    return card


_FINDING = _object(
    {
        "rule": _TEXT,
        "version": _TEXT,
        "category": _one_of(Category),
        "status": {"enum": ["applies", "data-required"]},
    },
    {"claims": _TEXTS, "strength": _one_of(Strength), "supporting": _TEXTS, "missing": _TEXTS},
)
_ADVICE = _object(
    {
        "disposition": _one_of(Disposition),
        "knowledgeVersion": _TEXT,
        "evaluatedAt": {"type": "string", "format": "date-time"},
        "findings": {"type": "array", "items": _FINDING},
    },
    {"quiet": {"type": "object"}},
)

CARDS = _object({"cards": {"type": "array", "maxItems": 3, "items": _card()}})
RECEIVED = _object({"received": {"type": "integer", "minimum": 0}})
LIVE = _object({"status": {"const": "ok"}})
READY = _object(
    {"status": _TEXT},
    {
        "knowledge": _TEXT,
        "rules": {"type": "integer"},
        "mode": {"enum": ["live", "silent"]},
        "store": _TEXT,
    },
)
DISCOVERY = _object(
    {
        "services": {
            "type": "array",
            "items": _object(
                {
                    **dict.fromkeys(("hook", "id", "title", "description", "version", "usageRequirements"), _TEXT),
                    "prefetch": {"type": "object", "additionalProperties": _TEXT},
                }
            ),
        }
    }
)
OUTCOME = _object(
    {
        "resourceType": {"const": "OperationOutcome"},
        "issue": {
            "type": "array",
            "minItems": 1,
            "items": _object(
                {"severity": {"const": "error"}, "code": _TEXT, "diagnostics": _TEXT}, {"expression": _TEXTS}
            ),
        },
    }
)
