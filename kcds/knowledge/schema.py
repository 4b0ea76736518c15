"""From raw YAML to models, with messages that name the key and teach the remedy.

pydantic reports every branch of a union that did not fit; a reader wants to hear only of the branch that was meant.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from kcds.errors import Fault, KnowledgeError
from kcds.knowledge import rule as language
from kcds.knowledge.yaml_files import read_yaml

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)

_BRANCHES: dict[str, type[BaseModel]] = {
    cls.__name__: cls
    for cls in (language.Pattern, language.Absence, language.Comparison, language.ParameterRef, language.Ago)
}
_PATTERNS = {
    language.PLAIN: "Write a few plain words, in one line and without < > { } [ ] * ` |.",
    language.FILLED: "Write a few words.",
    language.SENTENCE: "Say it in a sentence.",
}
_HINTS = {
    "id": "Use small letters, digits and single hyphens, at most 60 characters.",
    "as": "Give the match a short name in small letters, such as `as: day`.",
    "cases": "Write a list of cases, each with name, facts and expect.",
    "domain": "Name the data domain without which absence proves nothing, or write `domain: null` for a derived fact.",
    "version": 'Write three numbers, such as `version: "1.0.0"`.',
    "claims": "Use ids of the knowledge base, such as C06.",
    "evidence": "Cite at least one source: citation, grade, verified, last_reviewed, review_by.",
    "when": "Write a list of conditions, each `as` + `fact` + `where`, or `none` + `where` + `domain`.",
    "ago": "Write a duration of one part, such as P30D or P3M, or {param: name}.",
    "verified": "V = seen in the source, R = recalled, D = design; V/D, V/R or R/D where mixed.",
    **dict.fromkeys(("gt", "gte", "lt", "lte"), "Write a number, or {param: name}."),
    **dict.fromkeys(("before", "on_or_before", "after", "on_or_after"), "Write {ago: P30D}, or a day."),
    "known": "Write true or false.",
    "screen": "Name a set of questions, such as screen-liver.",
    "words": 'Write a word or the stem of one, such as "hepat*".',
    "blocks_candidate": "Write true or false.",
    "url": "Write the whole address, from https:// on, or leave the key out.",
    "last_reviewed": "Write the day as 2026-11-21.",
    "review_by": "Write the day as 2026-11-21.",
}


def parse(model: type[M], data: object, file: str, faults: list[Fault]) -> M | None:
    """Return the model, or None with everything that is wrong in `faults`."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True)
        faults.extend(_fault(file, path, details, model) for path, details in _by_path(details, data).items())
    return None


def parse_mapping(model: type[M], path: Path, file: str, faults: list[Fault]) -> dict[str, M]:
    """Read a file that maps names to entries of one model; entries that are wrong are left out."""
    try:
        data = read_yaml(path, file)
    except KnowledgeError as error:
        faults.extend(error.faults)
        return {}
    if not isinstance(data, dict):
        faults.append(Fault(file, "file", "must map names to entries.", "Write one `name: {...}` per line."))
        return {}
    entries = {}
    for name, raw in data.items():
        found: list[Fault] = []
        entry = parse(model, raw, file, found)
        faults.extend(Fault(f.file, _join(str(name), f.key), f.problem, f.remedy) for f in found)
        if entry is not None:
            entries[str(name)] = entry
    return entries


def nearest(name: str, known: Iterable[str], what: str) -> str:
    """Suggest the known name nearest to a wrong one, or say where to look."""
    names = sorted(known)
    folded = {one.casefold(): one for one in names}
    close = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    if close:
        return f"Did you mean `{folded[close[0]]}`?"
    few = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")  # noqa: PLR2004  (what fits on a line)
    return f"Known {what}: {few}." if names else f"There are no {what}."


def _by_path(errors: list["ErrorDetails"], data: object) -> dict[str, list["ErrorDetails"]]:
    """Group errors by key path, keeping only those of the branch that the author meant."""
    meant: dict[str, list[ErrorDetails]] = {}
    others: dict[str, list[ErrorDetails]] = {}
    for error in errors:
        if error["type"] == "too_short" and error["input"]:
            continue  # its items were wrong, and are reported themselves
        path, fits = _path(error, data)
        (meant if fits else others).setdefault(path, []).append(error)
    for path, found in sorted(others.items(), reverse=True):
        if not any(p == path or p.startswith((f"{path}.", f"{path}[")) for p in meant):
            meant[path] = found
    return meant


def _path(error: "ErrorDetails", data: object) -> tuple[str, bool]:
    """Return the key path of an error, and whether its union branches fit the data."""
    path, value = "", data
    for part in error["loc"]:
        if isinstance(value, dict) and (part in value or error["type"] == "missing") and part not in _BRANCHES:
            path, value = _join(path, str(part)), value.get(part)
        elif isinstance(value, list) and isinstance(part, int):
            path, value = f"{path}[{part}]", value[part]
        elif not _fits(str(part), value):
            return path, False
    return path, True


def _fits(branch: str, value: object) -> bool:
    """Whether a union branch is the one that this value was meant for."""
    if not isinstance(value, dict):
        return branch not in _BRANCHES
    return branch == _meant(value)


def _meant(value: Mapping[str, object]) -> str:
    if "none" in value:
        return "Absence"
    if "as" in value or "fact" in value or "where" in value:
        return "Pattern"
    if "param" in value:
        return "ParameterRef"
    return "Ago" if "ago" in value else "Comparison"


def _fault(file: str, path: str, errors: list["ErrorDetails"], root: type[BaseModel]) -> Fault:
    """Say what is wrong at one key, and how to mend it."""
    error = errors[0]
    key = path.rsplit(".", 1)[-1].split("[", 1)[0]
    hint = _HINTS.get(key, "")
    problem, remedy = _not_so(error), hint or _expected(errors)
    match error["type"]:
        case "missing":
            problem, remedy = "is missing.", hint or f"Add `{key}:`."
        case "extra_forbidden":
            known = _keys(_model_of(error["loc"], root))
            problem, remedy = f"unknown key `{key}`.", nearest(key, known, "keys here")
        case "literal_error" | "enum":
            remedy = f"{_choices(error)} {hint}".strip()
        case "value_error":
            problem, remedy = error["msg"].removeprefix("Value error, ") + ".", hint
        case "string_pattern_mismatch":
            pattern = str(error.get("ctx", {}).get("pattern"))
            problem = problem if error["input"] else "is empty."
            remedy = _PATTERNS.get(pattern, hint or f"It should match {pattern}.")
        case "tuple_type":
            remedy = hint or f"Write a list: `{key}: [{error['input']}]`."
        case "too_short" if not error["input"]:
            problem, remedy = "is empty.", hint or "Write at least one, or take the key out."
        case "model_type" | "model_attributes_type" | "dict_type":
            remedy = hint or "Write `key: value` lines here."
        case "string_type" if not isinstance(error["input"], dict | list) and error["input"] is not None:
            problem, remedy = f"must be text, not {error['input']!r}.", hint or "Put it in quotes."
    return Fault(file, path or "file", problem, remedy)


def _choices(error: "ErrorDetails") -> str:
    expected = str(error.get("ctx", {}).get("expected", "")).replace("'", "")
    return nearest(str(error["input"]), expected.replace(" or ", ", ").split(", "), "values")


def _not_so(error: "ErrorDetails") -> str:
    given = error["input"]
    if error["type"] == "too_long":
        return f"has more than {error['ctx']['max_length']} entries."
    if isinstance(given, dict | list):
        return "does not fit here." if given else "is empty."
    return "is empty." if given is None else f"cannot be {given!r}."


def _expected(errors: list["ErrorDetails"]) -> str:
    """Say what would fit; a condition may be so many things that an example says more."""
    prefix = "Input should be "
    wanted = dict.fromkeys(e["msg"].removeprefix(prefix) for e in errors if e["msg"].startswith(prefix))
    if len(wanted) > 2:  # noqa: PLR2004  (any kind of value: a condition)
        return "Write a value, {param: name}, or one comparison such as {gte: 4}."
    return "It should be " + " or ".join(wanted) + "." if wanted else errors[0]["msg"] + "."


def _model_of(loc: tuple[int | str, ...], root: type[BaseModel]) -> type[BaseModel]:
    """Return the model whose key the last part of an error's place is."""
    model = root
    for part in loc[:-1]:
        inner = _models_in(_annotation(model, str(part)))
        if part in _BRANCHES:
            model = _BRANCHES[str(part)]
        elif len(inner) == 1:
            model = inner[0]
    return model


def _annotation(model: type[BaseModel], key: str) -> object:
    return next((f.annotation for name, f in model.model_fields.items() if key in (name, f.alias)), None)


def _models_in(annotation: object) -> list[type[BaseModel]]:
    """List the models that a type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _join(path: str, key: str) -> str:
    if not path or not key or key == "file":
        return path or key
    return f"{path}.{key}"
