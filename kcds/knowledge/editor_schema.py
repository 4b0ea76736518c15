"""JSON Schema of the knowledge files, for editors: completion and checks while typing (yaml-language-server).

Made from the models, with the names that the models leave open: kinds of facts and their properties, closed lists of
values, value sets, data domains, claims, items of the plan. `kcds rules schema` writes it.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, TypeAlias

from pydantic import BaseModel

from kcds.knowledge.cases import CaseFile
from kcds.knowledge.check_conditions import OPERATORS
from kcds.knowledge.load import Knowledge
from kcds.knowledge.overlay import OverlayFile
from kcds.knowledge.parameters import Parameters
from kcds.knowledge.rule import Rule
from kcds.knowledge.set_policy import SetPolicy
from kcds.knowledge.vocabulary import Vocabulary, word_for
from kcds.model.facts import FACT_KINDS, schema_of

Json: TypeAlias = dict[str, Any]

RULE_SCHEMA = "rule.schema.json"
CASES_SCHEMA = "cases.schema.json"
OVERLAY_SCHEMA = "overlay.schema.json"
_DRAFT = "http://json-schema.org/draft-07/schema#"
_DAY: Json = {"type": "string", "format": "date"}
_TYPES: Mapping[type, Json] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    float: {"type": "number"},
    date: _DAY,
}


def _if(key: str, values: list[str | bool], then: Json, otherwise: Json) -> Json:
    asked = {"properties": {key: {"enum": values}}, "required": [key]}
    return {"if": asked, "then": then, "else": otherwise}


def _without(key: str) -> Json:
    return {"not": {"required": [key]}}


_ALL_SEEN: Json = {"properties": {"evidence": {"items": {"properties": {"verified": {"const": "V"}}}}}}
_WHOLE_RULES: list[Json] = [
    _if("effect", ["stop"], {"required": ["strength"]}, _without("strength")),
    _if("strength", ["hard"], _ALL_SEEN, {}),
    _if("show", ["latest", "worst"], {"required": ["worst_by"]}, _without("worst_by")),
    _if("category", ["contraindication"], {"properties": {"effect": {"const": "stop"}}}, {}),
    _if("category", ["monitoring", "follow-up"], {}, _without("plan")),
    _if("background", [True], {"properties": {"effect": {"const": "inform"}}}, {}),
]
"""What one key of a rule asks of another."""


def make_schemas(knowledge: Knowledge, policy: SetPolicy) -> dict[str, str]:
    """Return the schemas by file name, as text; they change with the names that rules may use, not with the rules."""
    words = Vocabulary(
        concepts=knowledge.value_sets.names(),
        domains=frozenset(knowledge.domains),
        rules=frozenset(),
        claims=knowledge.claims.catalogue,
        items=frozenset(knowledge.plan),
    )
    schemas = {
        RULE_SCHEMA: _rule_schema(words, knowledge.parameters),
        CASES_SCHEMA: _cases_schema(words),
        OVERLAY_SCHEMA: _overlay_schema(knowledge.parameters, policy),
    }
    return {name: json.dumps(schema, indent=1, ensure_ascii=False) + "\n" for name, schema in schemas.items()}


def _rule_schema(words: Vocabulary, parameters: Parameters) -> Json:
    schema = _schema_of(Rule, "A rule of kcds: see rules/README.md")
    defs, properties = schema["$defs"], schema["properties"]
    claim = {"enum": sorted(words.claims)}
    properties["claims"]["items"] = claim
    properties["requires"]["items"] = {"enum": sorted(words.domains)}
    parameter = defs["Parameter"]
    parameter["properties"]["claim"] = claim
    parameter["properties"]["same_as"] = {"enum": sorted(parameters.values)}
    taken = [{"required": [name]} for name in ("value", "unit", "claim")]
    borrowed = {"required": ["same_as"], "not": {"anyOf": taken}}
    parameter["oneOf"] = [{"required": ["value"], **_without("same_as")}, borrowed]
    del parameter["required"]
    defs["PlanEntry"]["properties"]["item"] = {"enum": sorted(words.items)}
    defs["Absence"]["properties"]["domain"] = {"enum": [*sorted(words.domains), None]}
    for name, kind, blocks in (("Pattern", "fact", ("where", "any")), ("Absence", "none", ("where",))):
        defs[name]["properties"][kind] = {"enum": sorted(FACT_KINDS)}
        for block in blocks:
            defs[name]["properties"][block] = {"type": "object"}
        defs[name]["allOf"] = list(_by_kind(kind, blocks))
    for section in ("scope", "when"):
        properties[section]["items"] = {
            "if": {"required": ["none"]},
            "then": {"$ref": "#/$defs/Absence"},
            "else": {"$ref": "#/$defs/Pattern"},
        }
    defs |= {f"where {kind}": _conditions_on(kind, words) for kind in FACT_KINDS}
    defs |= {f"condition on {word_for(wanted)}": _compared(wanted, value) for wanted, value in _TYPES.items()}
    defs |= _lists(words)
    del defs["Comparison"]
    defs["Having"] |= {"minProperties": 2, "maxProperties": 2}
    defs["Having"]["oneOf"] = [{"required": [name]} for name in ("count", "count_distinct")]
    schema["allOf"] = _WHOLE_RULES
    return schema


def _cases_schema(words: Vocabulary) -> Json:
    schema = _schema_of(CaseFile, "The cases of a rule of kcds: see rules/README.md")
    case = schema["$defs"]["CaseEntry"]["properties"]
    for name in ("unknown", "missing"):
        case[name] = {"type": "array", "items": {"enum": sorted(words.domains)}, "description": "data domains"}
    case["facts"]["items"] = {
        "type": "object",
        "required": ["fact"],
        "properties": {"fact": {"enum": sorted(FACT_KINDS)}},
        "allOf": [
            {"if": {"properties": {"fact": {"const": kind}}}, "then": {"$ref": f"#/$defs/fact {kind}"}}
            for kind in sorted(FACT_KINDS)
        ],
    }
    schema["$defs"] |= {f"fact {kind}": _fact(kind, words) for kind in FACT_KINDS}
    schema["$defs"] |= _lists(words)
    return schema


def _overlay_schema(parameters: Parameters, policy: SetPolicy) -> Json:
    schema = _schema_of(OverlayFile, "What a site changes in kcds: see rules/README.md")
    local = {name: entry.local for name, entry in parameters.values.items() if entry.local is not None}
    change = schema["properties"]["parameters"].pop("additionalProperties")
    schema["properties"]["parameters"] |= {
        "properties": dict.fromkeys(sorted(local), change),
        "patternProperties": {r"^[a-z0-9-]+\.[a-z0-9_]+$": change},
        "additionalProperties": False,
    }
    codes = schema["properties"]["value_sets"].pop("additionalProperties")
    schema["properties"]["value_sets"] |= {
        "properties": dict.fromkeys(sorted(policy.local), codes),
        "additionalProperties": False,
    }
    return schema


def _schema_of(model: type[BaseModel], title: str) -> Json:
    plain: Json = _without_noise(model.model_json_schema(by_alias=True))
    return {"$schema": _DRAFT, "title": title, **plain}


def _without_noise(part: Any) -> Any:  # noqa: ANN401  (JSON of any shape)
    """Leave out the titles that pydantic makes of names, and defaults that are nothing."""
    if isinstance(part, list):
        return [_without_noise(one) for one in part]
    if not isinstance(part, dict):
        return part
    noise = {key for key in ("title", "default") if key in part and not isinstance(part[key], dict)}
    return {key: _without_noise(value) for key, value in part.items() if key not in noise}


def _by_kind(key: str, blocks: tuple[str, ...]) -> Iterator[Json]:
    """Say which properties the conditions may name, by the kind of fact."""
    for kind in sorted(FACT_KINDS):
        conditions = {block: {"$ref": f"#/$defs/where {kind}"} for block in blocks}
        yield {"if": {"properties": {key: {"const": kind}}}, "then": {"properties": conditions}}


def _conditions_on(kind: str, words: Vocabulary) -> Json:
    properties = {name: _condition(kind, name, words) for name in schema_of(kind)}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _condition(kind: str, name: str, words: Vocabulary) -> Json:
    """Return what may stand at one property: a value, or one comparison."""
    wanted = schema_of(kind)[name]
    if _list_of(kind, name, words) is None:
        return {"$ref": f"#/$defs/condition on {word_for(wanted)}"}
    return _compared(wanted, _value(kind, name, words))


def _compared(wanted: type, value: Json) -> Json:
    """Return a value, a parameter, or one of the comparisons that fit the type."""
    parameter = {"$ref": "#/$defs/ParameterRef"}
    reference: Json = {"type": "string", "pattern": r"^[a-z_]+\.[a-z0-9_]+$"}
    exact: Json = {"anyOf": [value, parameter]}
    number: Json = {"anyOf": [{"type": "number"}, parameter]}
    day: Json = {"anyOf": [_DAY, {"$ref": "#/$defs/Ago"}]}
    operands: Json = {
        "in": {"type": "array", "items": value, "minItems": 1},
        "known": {"type": "boolean"},
        **dict.fromkeys(("ref", "not_ref"), reference),
        **dict.fromkeys(("eq", "ne"), exact),
        **dict.fromkeys(("gt", "gte", "lt", "lte"), number),
        **dict.fromkeys(("before", "on_or_before", "after", "on_or_after"), day),
    }
    comparison = {
        "type": "object",
        "properties": {operator: operands[operator] for operator in sorted(OPERATORS[wanted])},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {"anyOf": [value, parameter, comparison]}


def _fact(kind: str, words: Vocabulary) -> Json:
    properties = {name: {"anyOf": [_value(kind, name, words), {"type": "null"}]} for name in schema_of(kind)}
    return {"type": "object", "properties": {"fact": {}} | properties, "additionalProperties": False}


def _value(kind: str, name: str, words: Vocabulary) -> Json:
    if _list_of(kind, name, words) is not None:
        return {"$ref": f"#/$defs/{kind}.{name}"}
    return _TYPES[schema_of(kind)[name]]


def _lists(words: Vocabulary) -> Json:
    """Return the closed lists of values, by kind and property."""
    places = ((kind, name) for kind in FACT_KINDS for name in schema_of(kind))
    lists = {f"{kind}.{name}": _list_of(kind, name, words) for kind, name in places}
    return {place: {"enum": values} for place, values in lists.items() if values is not None}


def _list_of(kind: str, name: str, words: Vocabulary) -> list[str] | None:
    if (kind, name) == ("finding", "rule"):
        return None  # rules come and go: `kcds rules check` knows them
    known = words.values_of(kind, name)
    return None if known is None else sorted(known[0])
