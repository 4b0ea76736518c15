import re

from knowledge_builders import real_knowledge

from kcds.cds_hooks.prefetch import LONGEST_URL, filled, prefetch_templates
from kcds.model.queries import Query

TEMPLATES = prefetch_templates(real_knowledge().value_sets.pairs_of)
ALLOWED = {"patient", "code", "combo-code", "_sort"}


def test_every_query_has_a_template() -> None:
    assert set(TEMPLATES) == {query.value for query in Query}


def test_every_template_is_limited_to_the_patient_by_a_token_of_the_standard() -> None:
    tokens = {token for template in TEMPLATES.values() for token in re.findall(r"\{\{(.*?)\}\}", template)}

    assert tokens == {"context.patientId"}
    assert all("{{context.patientId}}" in template for template in TEMPLATES.values())


def test_templates_stay_inside_the_restricted_query_subset() -> None:
    searches = [template.partition("?")[2] for template in TEMPLATES.values() if "?" in template]
    names = [part.partition("=")[0] for search in searches for part in search.split("&")]

    assert set(names) <= ALLOWED
    assert all(len(re.findall(rf"{name}=", search)) <= 1 for search in searches for name in ("code", "patient"))


def test_no_template_is_longer_than_servers_take() -> None:
    assert max(len(template) for template in TEMPLATES.values()) < LONGEST_URL


def test_observations_are_asked_for_by_the_codes_of_their_value_sets() -> None:
    assert "http://loinc.org|85354-9" in TEMPLATES["bloodPressure"]
    assert "http://snomed.info/sct|66214007" in TEMPLATES["healthScreens"]


def test_a_template_is_filled_for_one_patient() -> None:
    assert filled(TEMPLATES["patient"], "pat-1") == "Patient/pat-1"
    assert filled(TEMPLATES["conditions"], "pat-1") == "Condition?patient=pat-1"


def test_a_filled_template_is_encoded_as_every_server_takes_it() -> None:
    query = filled(
        "Observation?patient={{context.patientId}}&code=http://loinc.org|1,urn:oid:2.5|a b&_sort=-date", "a/b&c"
    )

    assert query == "Observation?patient=a%2Fb%26c&code=http://loinc.org%7C1,urn:oid:2.5%7Ca%20b&_sort=-date"


def test_every_filled_query_is_no_longer_than_servers_take() -> None:
    assert max(len(filled(template, "x" * 64)) for template in TEMPLATES.values()) < LONGEST_URL
