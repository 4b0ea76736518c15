"""A launch from its first request to an open review: ask the EHR where to, send the browser there, take what it brings.

How each ends is a line in the log: EHR, outcome, kind of failure. Never a token, a code, a patient or an address.
"""

import hmac
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog

from kcds.auth.smart.asking import Asking
from kcds.auth.smart.ehrs import Ehr
from kcds.auth.smart.id_token import read_user
from kcds.auth.smart.oauth import Granted, authorize_url, exchange
from kcds.auth.smart.refusal import LaunchRefusedError, Why, refusal
from kcds.auth.smart.scopes import refused, wanted
from kcds.auth.smart.sessions import Launched, Pending, new_name
from kcds.auth.smart.smart import Smart
from kcds.errors import StoreError
from kcds.outbound.deadline import Deadline

PENDING_LASTS = timedelta(minutes=10)
"""How long somebody may take to sign in at the EHR and to agree."""
_CODE = re.compile(r"[ -~]{1,4096}")
_VERIFIER_BYTES = 48
_ERRORS = {"access_denied": Why.DENIED, "invalid_scope": Why.SCOPE}
_DETAILS = frozenset(
    {"invalid_request", "unauthorized_client", "unsupported_response_type", "server_error", "temporarily_unavailable"}
)

CheckCard: TypeAlias = Callable[[str, str, str], str | None]
"""Says of a card's context, a server and a patient which call the card was of; None where it is not this patient's."""

log = structlog.get_logger("kcds.smart")


@dataclass(frozen=True, slots=True, kw_only=True)
class Launching:
    """What every launch is made with."""

    smart: Smart
    callback: str  # our address to which EHRs send the browser back
    seconds: float  # in which an EHR has to answer
    check_card: CheckCard

    def require(self, iss: str) -> None:
        """Raise PageError where this is no registered EHR: nothing is given to whoever comes from elsewhere."""
        with self._step("begin", iss):
            self._registered(iss)

    def begin(self, iss: str, launch: str | None, browser: str, now: datetime) -> str:
        """Return where to send the browser; raises PageError."""
        with self._step("begin", iss):
            ehr = self._registered(iss)
            standalone = launch is None
            if standalone and not ehr.standalone:
                raise LaunchRefusedError(Why.NOT_STANDALONE)
            if launch is not None and not _CODE.fullmatch(launch):
                raise LaunchRefusedError(Why.BAD_LAUNCH)
            endpoints = self.smart.discoveries.of(ehr, self._asking(now))
            pending = Pending(
                iss=ehr.iss,
                endpoints=endpoints,
                asked=wanted(ehr, standalone=standalone, version_2=endpoints.version_2),
                verifier=secrets.token_urlsafe(_VERIFIER_BYTES),
                nonce=new_name(),
            )
            state = self.smart.sessions.begin(pending, browser, now + PENDING_LASTS)
            return authorize_url(ehr, pending, state=state, callback=self.callback, launch=launch)

    def finish(self, answer: Mapping[str, str], browser: str | None, now: datetime) -> str:
        """Take what the EHR sent the browser back with, and return the name of the review; raises PageError."""
        with self._step("finish", None):
            pending = self.smart.sessions.take(answer.get("state"), browser, now)
        if pending is None or browser is None:
            with self._step("finish", None):
                raise LaunchRefusedError(Why.STATE)
        with self._step("finish", pending.iss):
            launched = self._launched(self._registered(pending.iss), pending, answer, now)
            self.smart.sessions.open(launched, browser)
            log.info("smart launch", step="open", ehr=launched.ehr, outcome="opened", refused=len(launched.refused))
            return launched.run

    def _launched(self, ehr: Ehr, pending: Pending, answer: Mapping[str, str], now: datetime) -> Launched:
        asking = self._asking(now)
        granted = exchange(ehr, pending, _code(pending, answer), self.callback, asking)
        not_given = refused(pending.asked, granted.scopes)
        if "Patient" in not_given:
            raise LaunchRefusedError(Why.SCOPE, "Patient")
        card = self._card(granted, ehr)
        user = read_user(granted, pending, ehr.client_id, asking)
        return Launched(
            run=new_name(),
            ehr=ehr.name,
            server=ehr.iss,
            token=granted.token,
            patient_id=granted.patient_id,
            user=user,
            card=card,
            refused=not_given,
            need_patient_banner=granted.need_patient_banner,
            expires=granted.expires,
        )

    def _card(self, granted: Granted, ehr: Ehr) -> str | None:
        """Return the call of the card that the review is opened from; raises LaunchRefusedError for another patient."""
        if granted.card_context is None:
            return None
        call = self.check_card(granted.card_context, ehr.iss, granted.patient_id)
        if call is None:
            raise LaunchRefusedError(Why.OTHER_PATIENT)
        return call

    def _asking(self, now: datetime) -> Asking:
        return Asking(outbound=self.smart.outbound, deadline=Deadline.after(self.seconds), now=now)

    def _registered(self, iss: str) -> Ehr:
        ehr = self.smart.find(iss)
        if ehr is None:
            raise LaunchRefusedError(Why.UNKNOWN_EHR)
        return ehr

    @contextmanager
    def _step(self, step: str, iss: str | None) -> Iterator[None]:
        """Let what goes wrong be a line of the log and a page."""
        try:
            yield
        except LaunchRefusedError as error:
            why, detail = error.why, error.detail
        except StoreError:
            why, detail = Why.STORE, None
        else:
            return
        ehr = self.smart.find(iss)
        about = {name: value for name, value in (("ehr", ehr and ehr.name), ("detail", detail)) if value}
        log.warning("smart launch", step=step, outcome=why.value, **about)
        raise refusal(why)


def _code(pending: Pending, answer: Mapping[str, str]) -> str:
    """Return the code that the EHR gave; raises LaunchRefusedError."""
    issuer = answer.get("iss")
    if issuer is not None and pending.endpoints.issuer is not None and not _same(issuer, pending.endpoints.issuer):
        raise LaunchRefusedError(Why.ISSUER)
    error = answer.get("error")
    if error is not None:
        raise LaunchRefusedError(_ERRORS.get(error, Why.EHR_ERROR), error if error in _DETAILS else None)
    code = answer.get("code")
    if code is None or not _CODE.fullmatch(code):
        raise LaunchRefusedError(Why.NO_TOKEN, "no-code")
    return code


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())
