"""What is remembered for one hook call: what its client dismissed for its patient, what its user was told before.

Client, patient and user go into keyed hashes and nothing else. All questions of a call wait a quarter of a second
together, and where the store does not answer, nothing is held back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from kcds.auth.identity import Client
from kcds.model.dismissals import Dismissal
from kcds.outbound.deadline import Deadline
from kcds.store.keys import KeyRing
from kcds.store.records import Store

_PATIENCE = 0.25
"""Seconds."""


@dataclass(frozen=True, kw_only=True)
class CallMemory:
    """The memory of one call."""

    store: Store
    keys: KeyRing
    client: Client
    server: str  # of the client, on which the patient's id is one patient's
    patient: str
    user: str
    deadline: Deadline

    @property
    def patient_key(self) -> bytes:
        """Return the name under which the store knows this patient of this client."""
        return self.keys.digest("patient", *self._site, self.patient)

    def dismissed(self, since: datetime) -> Iterable[Dismissal]:
        """Return what was dismissed since then; nothing where that cannot be told."""
        return self.store.dismissals(self.client.issuer, self.patient_key, since, self._soon)

    def was_told(self, topic: str, said: str, since: datetime) -> bool:
        """Whether the last card of this topic that was shown since then said the same; False if that is not known."""
        return self.store.shown_before(self._view_key(topic), self._digest(said), since, self._soon)

    def remember_told(self, topic: str, said: str, at: datetime) -> None:
        """Remember that a card of this topic was shown."""
        self.store.remember_shown(self._view_key(topic), self._digest(said), at)

    def _view_key(self, topic: str) -> bytes:
        return self.keys.digest("view", *self._site, self.patient, self.user, topic)

    @property
    def _site(self) -> tuple[str, str, str]:
        """Where a patient's id names one patient."""
        return self.client.issuer, self.client.tenant or "", self.server

    def _digest(self, said: str) -> bytes:
        return self.keys.digest("advice", said)

    @cached_property
    def _soon(self) -> Deadline:
        """By when the store has to have answered, from the first question on."""
        return self.deadline.within(_PATIENCE)
