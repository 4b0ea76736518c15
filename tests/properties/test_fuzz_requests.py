"""A short run of the fuzzing of hook calls: changed requests and spoilt bytes; `make fuzz` runs minutes of it.

Whatever is sent: no 5xx, nothing logged as an error, cards that conform, never for or about another patient, in time.
Order and copies never matter, and nobody becomes a candidate because an answer is missing.
"""

import pytest
from builders import RXNORM, concept
from request_cases import Seen, ask, encoded, faults_of, judge, judge_bytes, smallest
from request_mutations import mutant
from service_builders import make_client, sample

CLIENT = make_client()
MUTANTS, SPOILT = 100, 60


def test_changed_requests_are_refused_readably_or_answered_rightly() -> None:
    seen = Seen()

    for seed in range(MUTANTS):
        wrong = judge(CLIENT, mutant(seed), seen)
        assert not wrong, (seed, wrong, smallest(CLIENT, seed, wrong))

    assert seen.statuses["200"] > MUTANTS / 3
    assert seen.statuses["400"] > 0
    assert {"candidate", "contraindicated", "insufficient-data", "not-yet"} <= set(seen.dispositions)
    assert min(seen.relations.values()) > 0
    assert len(seen.relations) == 3


def test_spoilt_bytes_are_refused_readably_or_answered_rightly() -> None:
    seen = Seen()

    for seed in range(SPOILT):
        assert judge_bytes(CLIENT, seed, seen) == [], seed

    assert seen.statuses["400"] > SPOILT / 2


@pytest.mark.parametrize("number", [1e30, 1e40, 1e308, -1e30, 1e-39, 5e-324])
@pytest.mark.parametrize("place", ["dose", "frequency", "period"])
def test_a_patch_of_an_unbelievable_dose_is_no_error(place: str, number: float) -> None:
    request = sample("crps-candidate")
    order = request["prefetch"]["medicationRequests"]["entry"][0]["resource"]
    order |= {"status": "active", "authoredOn": "2026-11-01"}
    order["medicationCodeableConcept"] = concept(RXNORM, "197696", "72 HR Fentanyl 0.075 MG/HR Transdermal System")
    repeat = {"frequency": 1, "period": 72, "periodUnit": "h"} | {place: number}
    dose = {"value": repeat.pop("dose", 1), "unit": "patch"}
    order["dosageInstruction"] = [{"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": dose}]}]
    body = encoded(request)

    assert list(faults_of(ask(CLIENT, body, "patient-view"), body, "patient-view")) == []


@pytest.mark.parametrize("seed", [3, 8])
def test_a_seed_makes_the_same_mutant_again(seed: int) -> None:
    assert mutant(seed) == mutant(seed)
