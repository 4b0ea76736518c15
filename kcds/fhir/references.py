"""What a FHIR reference points at, and whether a resource is about this patient.

References come relative (`Condition/5`), absolute, versioned (`.../_history/2`), as `urn:uuid:`, contained (`#x`) or
conditional (`Patient?identifier=...`). Sources on cards are relative, without the server's base.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from urllib.parse import unquote

_LITERAL = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+/[A-Za-z0-9\-._]{1,200})(?:/_history/[A-Za-z0-9\-._]+)?")
_ID = re.compile(r"[A-Za-z0-9\-._]{1,200}")


def relative(reference: str) -> str | None:
    """Say what it points at as `Type/id`, or keep a urn; None for contained, conditional and malformed references."""
    if reference.startswith(("urn:uuid:", "urn:oid:")):
        return reference
    found = _LITERAL.fullmatch(reference)
    return found[1] if found else None


def name_of(resource_type: str, identifier: object, full_url: str | None) -> str | None:
    """Name a resource: `Type/id`; without a usable id its urn; None without either."""
    if isinstance(identifier, str) and _ID.fullmatch(identifier):
        return f"{resource_type}/{identifier}"
    found = relative(full_url) if full_url else None
    if found is not None and (found.startswith(f"{resource_type}/") or _ID.fullmatch(found.rpartition(":")[2])):
        return found
    return None


def conditional_names(resource: Mapping[str, object]) -> frozenset[str]:
    """Give the conditional references that mean this resource: `Type?identifier=system|value`, one an identifier."""
    identifiers = resource.get("identifier")
    found = []
    for identifier in identifiers if isinstance(identifiers, list) else ():
        system, value = (identifier.get(key) for key in ("system", "value")) if isinstance(identifier, dict) else (0, 0)
        if isinstance(value, str):
            found += [f"{system}|{value}", value] if isinstance(system, str) else [f"|{value}", value]
    return frozenset(f"{resource.get('resourceType')}?identifier={token}" for token in found)


def conditional(reference: str) -> str:
    """Write a conditional reference as `conditional_names` does, with nothing percent-encoded."""
    return unquote(reference)


class Ownership(Enum):
    """Whether a resource is about the patient of the request."""

    OURS = "ours"
    ANOTHERS = "another's"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Owner:
    """The patient of the request, by every name that references may use.

    `alone` says that the input holds exactly one patient: a conditional or logical reference to somebody with another
    identifier then means another patient, not one who was sent elsewhere.
    """

    names: frozenset[str]
    conditional: frozenset[str]
    alone: bool

    @classmethod
    def of_patient(cls, patient: Mapping[str, object], full_url: str | None = None, *, alone: bool) -> "Owner":
        """Make the owner from the Patient as sent and the full URL of its bundle entry."""
        identifier = patient.get("id")
        known = isinstance(identifier, str) and identifier
        names = {f"Patient/{identifier}", f"urn:uuid:{identifier}"} if known else set()
        if full_url:
            names |= {full_url, relative(full_url) or full_url}
        return cls(frozenset(names), conditional_names({**patient, "resourceType": "Patient"}), alone)

    def of(self, subject: object) -> Ownership:
        """Whose a resource with this `subject` (or `patient`) element is."""
        reference = subject.get("reference") if isinstance(subject, dict) else None
        if isinstance(reference, str):
            if reference in self.names:
                return Ownership.OURS
            target = relative(reference)
            if target in self.names:
                return Ownership.OURS
            if target is not None and target.startswith("Patient/"):
                return Ownership.ANOTHERS
            return self._by_identifier(conditional(reference))
        logical = subject.get("identifier") if isinstance(subject, dict) else None
        if not isinstance(logical, dict):
            return Ownership.UNKNOWN
        names = conditional_names({"resourceType": "Patient", "identifier": [logical]})
        return max((self._by_identifier(name) for name in names), key=_FIRMNESS.index, default=Ownership.UNKNOWN)

    def _by_identifier(self, name: str) -> Ownership:
        """Whom a conditional reference means, as far as identifiers tell."""
        if name in self.conditional:
            return Ownership.OURS
        known = name.startswith("Patient?identifier=") and bool(self.conditional)
        return Ownership.ANOTHERS if self.alone and known else Ownership.UNKNOWN


_FIRMNESS = (Ownership.UNKNOWN, Ownership.ANOTHERS, Ownership.OURS)
