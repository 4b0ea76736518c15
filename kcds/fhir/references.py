"""What a FHIR reference points at, and whether a resource is about this patient.

References come relative (`Condition/5`), absolute, versioned (`.../_history/2`), as `urn:uuid:`, contained (`#x`) or
conditional (`Patient?identifier=...`). Sources on cards are relative, without the server's base.
"""

import re
from dataclasses import dataclass
from enum import Enum

_LITERAL = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+/[A-Za-z0-9\-._]{1,200})(?:/_history/[A-Za-z0-9\-._]+)?")
_ID = re.compile(r"[A-Za-z0-9\-._]{1,200}")


def relative(reference: str) -> str | None:
    """Say what it points at as `Type/id`, or keep a urn; None for contained, conditional and malformed references."""
    if reference.startswith(("urn:uuid:", "urn:oid:")):
        return reference
    found = _LITERAL.fullmatch(reference)
    return found[1] if found else None


def name_of(resource_type: str, identifier: object, full_url: str | None, unnamed: str) -> str:
    """Name a resource: `Type/id`; without a usable id its urn; without either by its position, `Type/#n`.

    `#n` (given as `unnamed`) is no valid FHIR id, so such a name never collides with, or leads to, a real resource.
    """
    if isinstance(identifier, str) and _ID.fullmatch(identifier):
        return f"{resource_type}/{identifier}"
    found = relative(full_url) if full_url else None
    if found is not None and (found.startswith(f"{resource_type}/") or _ID.fullmatch(found.rpartition(":")[2])):
        return found
    return f"{resource_type}/{unnamed}"


class Ownership(Enum):
    """Whether a resource is about the patient of the request."""

    OURS = "ours"
    ANOTHERS = "another's"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Owner:
    """The patient of the request, by every name that references may use.

    `alone` says that the input holds exactly one patient: a conditional or logical reference can only mean them.
    """

    names: frozenset[str]
    alone: bool

    @classmethod
    def named(cls, patient_id: str, full_url: str | None = None, *, alone: bool) -> "Owner":
        """Make the owner with this Patient.id (may be empty) and the full URL of its bundle entry."""
        names = {f"Patient/{patient_id}", f"urn:uuid:{patient_id}"} if patient_id else set()
        if full_url:
            names |= {full_url, relative(full_url) or full_url}
        return cls(frozenset(names), alone)

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
            return Ownership.OURS if self.alone and reference.startswith("Patient?") else Ownership.UNKNOWN
        logical = isinstance(subject, dict) and isinstance(subject.get("identifier"), dict)
        return Ownership.OURS if self.alone and logical else Ownership.UNKNOWN
