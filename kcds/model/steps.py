"""The steps of one hook call, in the order in which they are taken: by these names their time is told."""

from enum import StrEnum


class Step(StrEnum):
    """One step; what it ends with is given in `kcds/service.py` and `kcds/web/hook_calls.py`."""

    RECEIVE = "receive"  # from the arrival of the request: who calls, its body, the JSON of it
    FETCH = "fetch"  # what was not sent, from the FHIR server of the client
    READ = "read"  # resources
    FACTS = "facts"
    RULES = "rules"
    ADVICE = "advice"
    CARDS = "cards"
    KEEP = "keep"  # store, metrics, log
