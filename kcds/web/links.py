"""Links of cards to the pages of this service, and what a SMART launch is told of the card that it was opened from.

A link holds nothing of the patient. The context of the launch names the call; its digest shows, to this service alone,
that the call was about the patient of the launch, so that no card opens the review of somebody else.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from uuid import UUID

from kcds.auth.identity import Client
from kcds.cards.links import Links
from kcds.cds_hooks.request import HookRequest
from kcds.outbound.places import Place
from kcds.store.keys import KeyRing
from kcds.web.parts import Parts

_PURPOSE = "card context"
_BYTES = 16
_CONTEXT = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([A-Za-z0-9_-]{22})")


def links_for(parts: Parts, client: Client, call: HookRequest, call_id: UUID) -> Links | None:
    """Return where the cards of a call lead: to their rules, and to the review in an EHR that can launch it."""
    base = (parts.settings.public_url or "").rstrip("/")
    if not base:
        return None
    rules = f"{base}/rules"
    server = call.fhir.server if call.fhir else None
    if parts.smart is None or not parts.smart.knows(server, client.issuer):
        return Links(rules=rules)
    launched_from = server if parts.smart.knows(server) else None  # the EHR may name another server when it launches
    context = make_card_context(parts.keys, launched_from, call.patient_id, call_id) if launched_from else None
    return Links(rules=rules, launch=f"{base}/launch", app_context=context)


def make_card_context(keys: KeyRing, server: str, patient: str, call_id: UUID) -> str:
    """Name a call about a patient of a FHIR server, for the launch from one of its cards."""
    return f"{call_id}.{_digest(keys, server, patient, str(call_id))}"


def check_card_context(keys: KeyRing, context: str, server: str, patient: str) -> str | None:
    """Return the id of the call; None where this is not our context, or is about another patient."""
    found = _CONTEXT.fullmatch(context)
    if found is None:
        return None
    call_id, digest = found.groups()
    return call_id if hmac.compare_digest(digest, _digest(keys, server, patient, call_id)) else None


def _digest(keys: KeyRing, server: str, patient: str, call_id: str) -> str:
    """Sign for the server as it is called, however its URL is written; raises ValueError where it is none."""
    digest = keys.digest(_PURPOSE, Place.of_url(server).url, patient, call_id)
    return urlsafe_b64encode(digest[:_BYTES]).decode().rstrip("=")
