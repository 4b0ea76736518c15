"""Code systems are recognised however records name them."""

import pytest

from kcds.model import code_systems
from kcds.model.code_systems import (
    ICD_10,
    ICD_10_CM,
    LOINC,
    NDC,
    RXNORM,
    SNOMED,
    normalise_code,
    normalise_system,
    short_name,
)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("http://snomed.info/sct", SNOMED),
        ("https://snomed.info/sct", SNOMED),
        ("http://snomed.info/sct/731000124108", SNOMED),
        ("http://snomed.info/sct/731000124108/version/20250901", SNOMED),
        ("http://snomed.info/sct|20250901", SNOMED),
        ("urn:oid:2.16.840.1.113883.6.96", SNOMED),
        ("2.16.840.1.113883.6.96", SNOMED),
        (" http://loinc.org ", LOINC),
        ("http://loinc.org/", LOINC),
        ("https://www.loinc.org", LOINC),
        ("https://www.nlm.nih.gov/research/umls/rxnorm", RXNORM),
        ("urn:oid:2.16.840.1.113883.6.88", RXNORM),
        ("http://hl7.org/fhir/sid/icd-10-cm", ICD_10_CM),
        ("urn:oid:2.16.840.1.113883.6.90", ICD_10_CM),
        ("http://hl7.org/fhir/sid/icd-10-us", ICD_10_CM),
        ("http://hl7.org/fhir/sid/icd-10", ICD_10),
        ("urn:oid:2.16.840.1.113883.6.69", NDC),
    ],
)
def test_every_known_way_to_write_a_system_means_its_canonical_uri(written: str, canonical: str) -> None:
    assert normalise_system(written) == canonical


@pytest.mark.parametrize(
    "written", ["urn:oid:2.16.840.1.113883.6.103", "http://hl7.org/fhir/sid/icd-9-cm", "urn:local"]
)
def test_a_system_that_we_do_not_know_stays_as_written(written: str) -> None:
    assert normalise_system(written) == written
    assert short_name(normalise_system(written)) == "other"


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_no_system_is_none(nothing: str | None) -> None:
    assert normalise_system(nothing) is None
    assert short_name(nothing) == "other"


@pytest.mark.parametrize(
    ("system", "written", "code"),
    [
        (ICD_10_CM, " G30.0", "G30.0"),
        (ICD_10_CM, "g894", "G89.4"),
        (ICD_10_CM, "S14101S", "S14.101S"),
        (ICD_10_CM, "I10", "I10"),
        (SNOMED, "82423001 ", "82423001"),
        (LOINC, "LA32-8", "LA32-8"),
        (None, "abc", "abc"),
        (SNOMED, " ", None),
        (SNOMED, None, None),
    ],
)
def test_codes_are_written_as_their_system_writes_them(
    system: str | None, written: str | None, code: str | None
) -> None:
    assert normalise_code(system, written) == code


def test_known_systems_have_short_names_for_labels() -> None:
    assert short_name(ICD_10_CM) == "icd-10-cm"
    assert short_name(SNOMED) == "snomed"


def test_names_of_systems_that_come_without_end_neither_stay_nor_keep_others_from_being_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_up: list[str | None] = []

    def look_up(system: str | None) -> str | None:
        looked_up.append(system)
        return system

    monkeypatch.setattr(code_systems, "_canonical", look_up)
    for number in range(2000):
        normalise_system(f"urn:example:{number}")
    looked_up.clear()

    for _ in range(3):
        normalise_system("urn:example:ours")
    normalise_system("urn:example:0")

    assert looked_up == ["urn:example:ours", "urn:example:0"]
