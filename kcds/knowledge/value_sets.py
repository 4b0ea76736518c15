"""Value sets: which concepts a code belongs to, and which codes a concept holds.

Each set is one FHIR R4 ValueSet in `rules/value_sets/`, made by `scripts/make_value_sets.py`. A code that no public
source confirmed carries `urn:kcds:verified` = false: it may raise a question, never decide alone.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from kcds.errors import Fault, KnowledgeError
from kcds.knowledge.paths import files_below
from kcds.knowledge.remembered import Remembered
from kcds.model.code_systems import ICD_10, ICD_10_CM, normalise_code, normalise_system

_VERIFIED = "urn:kcds:verified"
_REMEDY = "Run scripts/make_value_sets.py again; these files are not edited by hand."
_CATEGORY_LENGTH = 3  # an ICD-10 category, "I21": the same in ICD-10 and ICD-10-CM; longer codes may differ


class Code(NamedTuple):
    """A code of a value set, with the display we show."""

    system: str
    code: str
    display: str
    verified: bool


class Membership(NamedTuple):
    """One concept that a code belongs to."""

    concept: str
    display: str
    verified: bool


class ValueSets:
    """All value sets, by concept and by code."""

    def __init__(self, sets: dict[str, tuple[Code, ...]], titles: Mapping[str, str] | None = None) -> None:
        """Index the sets by code; `titles` are what people call the sets."""
        self._sets = sets
        self.titles: Mapping[str, str] = titles or {}
        found: dict[tuple[str, str], list[Membership]] = {}
        for concept in sorted(sets):
            for code in sets[concept]:
                membership = Membership(concept, code.display, code.verified)
                found.setdefault((code.system, code.code), []).append(membership)
        self._memberships = {key: tuple(memberships) for key, memberships in found.items()}
        self.concepts_of = Remembered(self._concepts_of)
        self.memberships = Remembered(self._memberships_of)

    def _concepts_of(self, system: str | None, code: str | None) -> frozenset[str]:
        """Say which concepts a code belongs to; asked for every coding of a record, so the answers are remembered."""
        return frozenset(membership.concept for membership in self.memberships(system, code))

    def _memberships_of(self, system: str | None, code: str | None) -> tuple[Membership, ...]:
        """Say which concepts a code belongs to, by name; none for a system or code that we do not know."""
        canonical = normalise_system(system)
        written = normalise_code(canonical, code)
        if canonical is None or written is None:
            return ()
        if canonical == ICD_10 and len(written) == _CATEGORY_LENGTH:
            canonical = ICD_10_CM
        return self._memberships.get((canonical, written), ())

    def codes_of(self, concept: str) -> tuple[Code, ...]:
        """List the codes of a concept; asking for a set that does not exist is a mistake (KeyError)."""
        return self._sets[concept]

    def pairs_of(self, concept: str) -> tuple[tuple[str, str], ...]:
        """Return the (system, code) pairs of a value set; raises KeyError for a name that is none."""
        return tuple((code.system, code.code) for code in self.codes_of(concept))

    def pairs(self) -> frozenset[tuple[str, str]]:
        """Return every code of every set, with its system."""
        return frozenset(self._memberships)

    def title_of(self, concept: str) -> str:
        """Return what people call a concept; its name in words where the set does not say."""
        return self.titles.get(concept) or concept.replace("-", " ")

    def names(self) -> frozenset[str]:
        """List the names of all concepts."""
        return frozenset(self._sets)

    def __contains__(self, concept: object) -> bool:
        """Say whether there is a set of this name."""
        return concept in self._sets


def load_value_sets(directory: Path) -> ValueSets:
    """Read every value set of a directory; all faults at once."""
    faults: list[Fault] = []
    sets: dict[str, tuple[Code, ...]] = {}
    titles: dict[str, str] = {}
    for path in files_below(directory):
        if path.suffix == ".json" and path.parent == directory:
            sets[path.stem], titles[path.stem] = _read_value_set(path, faults)
        else:
            place = path.relative_to(directory).as_posix()
            remedy = "Value sets are files value_sets/<name>.json; move or remove it."
            faults.append(Fault(f"value_sets/{place}", "file", "would not be read here.", remedy))
    if not sets:
        faults.append(Fault(str(directory), "*.json", "no value sets here.", _REMEDY))
    if faults:
        raise KnowledgeError(faults)
    return ValueSets(sets, titles)


def _read_value_set(path: Path, faults: list[Fault]) -> tuple[tuple[Code, ...], str]:
    """Read the codes and the title of one file; what is wrong with it is added to the faults."""
    file = f"value_sets/{path.name}"
    try:
        data = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        faults.append(Fault(file, "(file)", f"not JSON: {error}.", _REMEDY))
        return (), ""
    if not isinstance(data, dict) or data.get("resourceType") != "ValueSet":
        faults.append(Fault(file, "resourceType", "not a ValueSet.", _REMEDY))
        return (), ""
    if data.get("id") != path.stem:
        faults.append(Fault(file, "id", "differs from the file name.", _REMEDY))
    try:
        problems = list(_unsupported(data))
        codes = tuple(_read_codes(data, problems))
    except (AttributeError, TypeError):
        problems, codes = [("compose", "is not shaped like that of a ValueSet.")], ()
    if not codes and not problems:
        problems.append(("compose.include", "holds no code."))
    faults.extend(Fault(file, key, problem, _REMEDY) for key, problem in problems)
    title = data.get("title")
    return codes, title if isinstance(title, str) else ""


def _unsupported(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Find what FHIR allows in a ValueSet and we do not read: silently ignoring it would change the set."""
    compose = data.get("compose")
    if not isinstance(compose, dict) or not isinstance(compose.get("include"), list):
        yield "compose.include", "is missing."
        return
    for key in sorted(compose.keys() - {"include"}):
        yield f"compose.{key}", "is not supported: list the codes."
    for number, include in enumerate(compose["include"]):
        for key in sorted(include.keys() - {"system", "concept"}):
            yield f"compose.include[{number}].{key}", "is not supported: list the codes."


def _read_codes(data: dict[str, Any], problems: list[tuple[str, str]]) -> Iterator[Code]:
    """Read the codes of a ValueSet; a code may stand in it once."""
    seen: set[tuple[str, str]] = set()
    compose = data.get("compose")
    includes = compose.get("include") if isinstance(compose, dict) else None
    for number, include in enumerate(includes or ()):
        key = f"compose.include[{number}]"
        system = include.get("system")
        if system is None or normalise_system(system) != system:
            problems.append((f"{key}.system", "is missing or not the canonical URI."))
            continue
        for concept in include.get("concept", ()):
            code, display = concept.get("code"), concept.get("display")
            if not code or not display or normalise_code(system, code) != code:
                problems.append(
                    (f"{key}.concept", f"code {code!r} lacks a display or is not written as its system does.")
                )
            elif (system, code) in seen:
                problems.append((f"{key}.concept", f"code {code!r} stands here twice."))
            else:
                seen.add((system, code))
                yield Code(system, code, display, _is_verified(concept))


def _is_verified(concept: dict[str, Any]) -> bool:
    """Say whether a public source confirmed the code: yes, unless the concept says no."""
    return not any(
        extension.get("url") == _VERIFIED and extension.get("valueBoolean") is False
        for extension in concept.get("extension", ())
    )
