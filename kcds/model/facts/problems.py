"""Facts from the problem list and the list of allergies."""

import datetime as dt
from typing import ClassVar

from kcds.model.facts.base import Fact
from kcds.model.immutable import immutable


@immutable(kw_only=True)
class Condition(Fact):
    """One problem and one concept it belongs to. Void (refuted, entered-in-error) problems yield no fact."""

    kind: ClassVar[str] = "condition"
    concept: str | None = None  # a value set
    code: str | None = None  # "system-short:code", one per concept and problem: for counting distinct problems
    label: str | None = None  # display of the matched code in our value set, never text from the record
    state: str | None = (
        None  # active (also recurrence, relapse) | past (inactive, remission, resolved, abated) | unknown
    )
    remission: bool | None = None  # clinicalStatus is remission
    confirmed: bool | None = None  # False: unconfirmed, provisional, differential
    verified_code: bool | None = None  # False: only codes marked verified=no put it into the concept
    onset_earliest: dt.date | None = None
    onset_latest: dt.date | None = None
    abated_earliest: dt.date | None = None
    abated_latest: dt.date | None = None
    entry: str | None = None  # the problem itself: the same in all its concepts, however many codes it has


@immutable(kw_only=True)
class PainProblem(Fact):
    """One active (or recurring, relapsing) non-void problem of any pain set, once per problem."""

    kind: ClassVar[str] = "pain-problem"
    chronic: str | None = None  # yes | no | unknown, by the duration in parameters.yaml (E01, E12, E13, E15)
    explicit: bool | None = None  # the code itself says chronic (E12)
    asserts_pain: bool | None = None  # False: osteoarthritis, cord injury: often painful, but the code does not say so
    confirmed: bool | None = None
    onset_recorded: bool | None = None
    onset_earliest: dt.date | None = None
    onset_latest: dt.date | None = None
    label: str | None = None


@immutable(kw_only=True)
class SubstanceUse(Fact):
    """One substance-related problem, with its state settled (C17, C18, A07, A08)."""

    kind: ClassVar[str] = "substance-use"
    substance: str | None = None  # ketamine-or-hallucinogen | opioid | alcohol | sedative | stimulant | other
    # active | on-agonist-therapy | early-remission | sustained-remission | remission | history | unspecified-use |
    # unknown
    state: str | None = None
    confirmed: bool | None = None
    verified_code: bool | None = None
    label: str | None = None
    since: dt.date | None = None  # earliest certain day of the remission
    onset_earliest: dt.date | None = None
    onset_latest: dt.date | None = None


@immutable(kw_only=True)
class UnidentifiedProblem(Fact):
    """An active problem without a code that any of our systems knows."""

    kind: ClassVar[str] = "unidentified-problem"
    reason: str | None = None  # text-only | unknown-system | no-code
    text: str | None = None


@immutable(kw_only=True)
class Allergy(Fact):
    """One non-void allergy or intolerance and one concept it belongs to."""

    kind: ClassVar[str] = "allergy"
    concept: str | None = None  # ketamine-allergy-substances | no-known-allergy | an rx-* set
    type: str | None = None  # allergy | intolerance | unknown
    state: str | None = None  # active | past | unknown
    confirmed: bool | None = None
    harm: str | None = None  # bladder | liver | psychosis: a recorded reaction of that kind (C21)
    label: str | None = None
