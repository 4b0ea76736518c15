"""Facts about the data: how well each domain is known, and what the rules of an earlier stage found."""

import datetime as dt
from typing import ClassVar

from kcds.model.facts.base import Fact
from kcds.model.immutable import immutable


@immutable(kw_only=True)
class DataState(Fact):
    """What is known of one data domain. This is how "cannot tell" is computed, never by a default."""

    kind: ClassVar[str] = "data"
    domain: str | None = None
    state: str | None = (
        None  # known | none-recorded | stale | missing | failed | incomplete | uncertain | conflicting | unreadable
    )
    # Why it is known: coded-problem | screen | problem-list | ...; or what is unclear: unconfirmed-entry |
    # named-in-text | answered-yes | high-score | unspecified-entry | unclear-test | unusable-value | status-unknown |
    # unclear-infusion | no-pain-before.
    basis: str | None = None
    date: dt.date | None = None  # of the latest, too old or valid


@immutable(kw_only=True)
class FindingFact(Fact):
    """What an assess rule found, for the rules of the plan stage."""

    kind: ClassVar[str] = "finding"
    rule: str | None = None
    category: str | None = None
    effect: str | None = None
    answer: str | None = None  # applies | data-required
