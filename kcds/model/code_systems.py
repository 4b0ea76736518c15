"""Code systems: which one a URI means, and how its codes are written.

Records name the same system in many ways (https, OIDs, versions, trailing spaces). Everything inside kcds uses the
canonical URI, so that a code is found however its system was written.
"""

import re

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD_10 = "http://hl7.org/fhir/sid/icd-10"
NDC = "http://hl7.org/fhir/sid/ndc"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
STATUS_REASON = "http://terminology.hl7.org/CodeSystem/medicationrequest-status-reason"

SHORT_NAMES = {
    SNOMED: "snomed",
    LOINC: "loinc",
    RXNORM: "rxnorm",
    ICD_10_CM: "icd-10-cm",
    ICD_10: "icd-10",
    NDC: "ndc",
    INTERPRETATION: "interpretation",
    STATUS_REASON: "status-reason",
}
"""What we call the systems we know."""

_OIDS = {
    "2.16.840.1.113883.6.96": SNOMED,
    "2.16.840.1.113883.6.1": LOINC,
    "2.16.840.1.113883.6.88": RXNORM,
    "2.16.840.1.113883.6.90": ICD_10_CM,
    "2.16.840.1.113883.6.3": ICD_10,
    "2.16.840.1.113883.6.69": NDC,
    "2.16.840.1.113883.5.83": INTERPRETATION,
}
_OTHER_NAMES = {
    "http://hl7.org/fhir/sid/icd-10-us": ICD_10_CM,  # the name of STU3 guides
    "http://hl7.org/fhir/v3/observationinterpretation": INTERPRETATION,  # DSTU2 and STU3
}
_CANONICAL = {uri.lower(): uri for uri in SHORT_NAMES} | _OTHER_NAMES
_SNOMED_EDITION = re.compile(r"http://snomed\.info/sct/\d+(/version/\d+)?")
_ICD_WITHOUT_DOT = re.compile(r"[A-Z]\d[0-9A-Z][0-9A-Z]{1,4}")


_REMEMBERED = 512
"""Names of systems whose meaning is remembered: they say nothing of a patient, and every coding asks."""

_LONGEST_REMEMBERED = 200


class _Names(dict[str | None, str | None]):
    """What names mean that were asked for already, as far as that is remembered."""

    def __missing__(self, system: str | None) -> str | None:
        meaning = _canonical(system)
        if len(system or "") <= _LONGEST_REMEMBERED:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[system] = meaning
        return meaning


_NAMES = _Names({uri: uri for uri in SHORT_NAMES})


def normalise_system(system: str | None) -> str | None:
    """Say the canonical URI of a code system; one that we do not know stays as written, none at all is None."""
    return _NAMES[system]


def _canonical(system: str | None) -> str | None:
    written = (system or "").strip()
    if not written:
        return None
    oid = written.removeprefix("urn:oid:")
    if oid in _OIDS:
        return _OIDS[oid]
    uri = written.partition("|")[0].rstrip("/ ").lower()
    uri = re.sub(r"^https?://(www\.(?=snomed|loinc|hl7))?", "http://", uri)
    if _SNOMED_EDITION.fullmatch(uri):
        return SNOMED
    return _CANONICAL.get(uri, written)


def normalise_code(system: str | None, code: str | None) -> str | None:
    """Write a code the way its (canonical) system does: no spaces around it, ICD in capitals and with its dot."""
    written = (code or "").strip()
    if system in {ICD_10_CM, ICD_10}:
        written = written.upper()
        if _ICD_WITHOUT_DOT.fullmatch(written):
            written = f"{written[:3]}.{written[3:]}"
    return written or None


def short_name(system: str | None) -> str:
    """Say what we call a system, for labels such as "icd-10-cm:G89.4"; one that we do not know is "other"."""
    return SHORT_NAMES.get(system or "", "other")
