"""The rule files of a directory: which files are rules, and what each says."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kcds.errors import Fault, KnowledgeError
from kcds.knowledge.cases import SUFFIX
from kcds.knowledge.parameters import borrow
from kcds.knowledge.paths import files_below
from kcds.knowledge.rule import Parameter, Rule
from kcds.knowledge.schema import parse
from kcds.knowledge.unwritten import check_written
from kcds.knowledge.yaml_files import read_yaml

_NOT_RULES = frozenset({"value_sets", "terminology", "knowledge"})
_LIKE_A_RULE = re.compile(r"\.ya?ml(\.\w+)?$", re.IGNORECASE)
"""In the names of rules, and of files that somebody takes for rules: x.yml, x.YAML, x.yaml.txt."""
_ROOT_FILES = frozenset(
    {
        *(
            "parameters.yaml",
            "domains.yaml",
            "plan.yaml",
            "timeline.yaml",
            "version.yaml",
            "claims.yaml",
            "value_sets.yaml",
        ),
        "override_reasons.yaml",
    }
)


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One rule and the file that says it."""

    file: str
    rule: Rule


@dataclass(frozen=True, slots=True)
class RuleFiles:
    """The rules that could be read, and the ids of all, so that a reference to a faulty rule is not a second fault."""

    read: tuple[RuleFile, ...]
    ids: frozenset[str]


def read_rules(
    directory: Path,
    faults: list[Fault],
    shared: Mapping[str, Parameter] | None = None,
    *,
    folders: frozenset[str] = _NOT_RULES,
    files: frozenset[str] = _ROOT_FILES,
) -> RuleFiles:
    """Read every rule file; what is wrong with them goes into `faults`.

    `shared` are the entries of parameters.yaml; `folders` and `files` hold something else than rules.
    """
    read: list[RuleFile] = []
    seen: dict[str, str] = {}
    for path in _paths(directory, folders, files, faults):
        file = path.relative_to(directory).as_posix()
        try:
            data = read_yaml(path, file)
        except KnowledgeError as error:
            faults += error.faults
            seen.setdefault(path.stem.replace("_", "-"), file)
            continue
        name = data.get("id") if isinstance(data, dict) else None
        if isinstance(name, str):
            faults += _check_name(name, path, file, seen)
        seen.setdefault(name if isinstance(name, str) else path.stem.replace("_", "-"), file)
        unfit = list(check_written(data, file))
        whole = borrow(data, shared or {}, file, unfit)
        faults += unfit
        rule = parse(Rule, whole, file, faults) if not unfit else None
        if rule is not None:
            read.append(RuleFile(file, rule))
    return RuleFiles(tuple(sorted(read, key=lambda one: one.rule.id)), frozenset(seen))


def is_rule_or_cases(place: Path) -> bool:
    """Whether a file of the knowledge, by its place in the directory, holds a rule or cases."""
    return len(place.parts) == 2 and place.parts[0] not in _NOT_RULES  # noqa: PLR2004  (folder and file)


def _paths(directory: Path, folders: frozenset[str], files: frozenset[str], faults: list[Fault]) -> Iterator[Path]:
    """Go through the rule files; a file that would be overlooked is a fault."""
    for path in files_below(directory):
        if path.name.endswith(SUFFIX) or not _LIKE_A_RULE.search(path.name):
            continue
        place = path.relative_to(directory)
        if place.parts[0] in folders or place.as_posix() in files:
            continue
        if len(place.parts) == 2 and path.suffix == ".yaml":  # noqa: PLR2004  (folder and file)
            yield path
        else:
            remedy = "Rules are files <folder>/<id_with_underscores>.yaml; move or rename it."
            faults.append(Fault(place.as_posix(), "file", "would not be read here.", remedy))


def _check_name(name: str, path: Path, file: str, seen: dict[str, str]) -> Iterator[Fault]:
    if name in seen:
        yield Fault(file, "id", f"`{name}` is also the id in {seen[name]}.", "Ids are unique: choose another one.")
    elif path.stem != name.replace("-", "_"):
        yield Fault(file, "id", f"is `{name}`.", f"Call the file {name.replace('-', '_')}.yaml, or mend the id.")
