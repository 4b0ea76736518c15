"""Scopes: what is asked of an EHR, and what it did not grant. Asked is for what our queries read, and nothing else.

What came back is judged with care: some EHRs answer with scopes of their own style. A type counts as refused only
where scopes of the standard's style were granted and none of them is for it.
"""

import re
from collections.abc import Iterable

from kcds.auth.smart.ehrs import Ehr
from kcds.model.queries import TYPE_OF_KEY

TYPES = tuple(dict.fromkeys([*TYPE_OF_KEY.values(), "Medication"]))
"""What our queries read; a Medication is what an order may refer to."""

LASTING = frozenset({"offline_access", "online_access"})
"""Never asked for: a token lasts as long as a look at the page, and then the page is opened again from the chart."""

LAUNCHES = frozenset({"launch", "launch/patient"})
_ABOUT_THE_USER = ("openid", "fhirUser")
_DATA = re.compile(r"(?:patient|user)/(\*|[A-Za-z]+)\.(?:read|\*|c?r?u?d?s?)(?:\?.*)?", re.ASCII)


def wanted(ehr: Ehr, *, standalone: bool, version_2: bool) -> tuple[str, ...]:
    """Return the scopes to ask for; an EHR of the first version of the standard is asked in its style."""
    launch = "launch/patient" if standalone else "launch"
    letters = "rs" if version_2 else "read"
    usual = (*_ABOUT_THE_USER, *(f"patient/{kind}.{letters}" for kind in TYPES))
    return (launch, *(ehr.scopes or usual))


def refused(asked: Iterable[str], granted: Iterable[str]) -> frozenset[str]:
    """Return the types of resources that were asked for and are not granted."""
    given = _types(granted)
    return frozenset() if not given else frozenset(_types(asked) - given)


def _types(scopes: Iterable[str]) -> set[str]:
    found = {match[1] for match in map(_DATA.fullmatch, scopes) if match}
    return set(TYPES) if "*" in found else found & set(TYPES)
