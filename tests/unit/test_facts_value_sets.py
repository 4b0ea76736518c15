"""The value sets that facts about medicines and observations name are shipped."""

import pytest
from terminology import parameters, value_sets

from kcds.facts.allergies import HARMS, KETAMINE_CONCEPTS, KETAMINE_SET, NONE_KNOWN_SET
from kcds.facts.blood_pressure import DIASTOLIC, SYSTOLIC
from kcds.facts.child_pugh import SIGNS
from kcds.facts.infusions import INFUSION_SET
from kcds.facts.measurements import PANELS
from kcds.facts.medications import TOPICAL_ROUTE
from kcds.facts.observation_facts import scales_of
from kcds.facts.opioid_dose import DISORDER_SETS, FORM_OF_ROUTE, OPIOID_SET
from kcds.facts.order_reasons import INDICATIONS
from kcds.facts.studies import PROCEDURES_DONE, STUDIES
from kcds.facts.treatment import CLINIC_SET, DRUGS, HOME_SET, ROUTE_NAMES, ROUTE_SET
from kcds.facts.trial_attempts import COLD_SET, NON_DRUG_SETS, OUTCOME_SETS, PAIN_GROUP, PAIN_SET, REFERRAL_SET

NAMED = {
    *(concept for concepts in HARMS.values() for concept in concepts),
    *KETAMINE_CONCEPTS,
    KETAMINE_SET,
    NONE_KNOWN_SET,
    SYSTOLIC,
    DIASTOLIC,
    INFUSION_SET,
    *(kind.value_set for panel in PANELS for kind in panel.kinds),
    *PROCEDURES_DONE,
    TOPICAL_ROUTE,
    *(concept for study in STUDIES for concept in study.proofs),
    *(concept for pair in SIGNS for concept in pair),
    *(scale.value_set for scale in scales_of(parameters())),
    *DRUGS,
    *INDICATIONS,
    HOME_SET,
    CLINIC_SET,
    OPIOID_SET,
    *DISORDER_SETS,
    *FORM_OF_ROUTE,
    *(ROUTE_SET + route for route in ROUTE_NAMES),
    *NON_DRUG_SETS,
    *OUTCOME_SETS,
    *(PAIN_GROUP + group for group in ("neuropathic", "msk", "headache", "crps")),
    COLD_SET,
    PAIN_SET,
    REFERRAL_SET,
}


@pytest.mark.parametrize("name", sorted(NAMED))
def test_a_value_set_that_facts_name_is_shipped(name: str) -> None:
    assert name in value_sets()
