"""The resources that were sent, each once, by name.

The same resource may come under several prefetch keys, or in several versions: the newest `meta.lastUpdated` counts,
else the one sent last. All keys it came with are kept: if it cannot be read, every one of those answers is affected.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kcds.fhir.bundles import Entry
from kcds.fhir.dates import parse_date
from kcds.fhir.elements import Json
from kcds.fhir.record import Unreadable
from kcds.fhir.references import name_of, relative
from kcds.fhir.validation import RESOURCE_TYPES
from kcds.model.queries import TYPE_OF_KEY

_CLINICAL_TYPES = sorted(set(TYPE_OF_KEY.values()) - {"Patient"})


class Sent(NamedTuple):
    """One resource of a type that kcds reads, as sent."""

    reference: str
    type: str
    resource: Json
    keys: tuple[str | None, ...]
    entry: Entry

    @property
    def full_url(self) -> str | None:
        """The URL that its Bundle gives it."""
        return self.entry.full_url

    @property
    def place(self) -> str:
        """The element path, for error messages."""
        return self.entry.place

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that references to it may use."""
        identifier = self.reference.partition("/")[2]
        names = [self.reference, f"urn:uuid:{identifier}"] if identifier else [self.reference]
        url = self.entry.full_url
        return (*names, relative(url) or url) if url else tuple(names)


def distinct(entries: Iterable[Entry], unnamed: str = "#") -> list[Sent]:
    """Give the resources of the types that kcds reads, each once, in the order sent.

    Those without id and full URL are named by their position, after this sign: `Condition/#2`. That is no valid FHIR
    id, so such a name never collides with, or leads to, a real resource.
    """
    found: dict[str, Sent] = {}
    positions = dict.fromkeys(RESOURCE_TYPES, 0)
    for entry in entries:
        kind, resource = entry.type, entry.resource
        if kind not in positions:
            continue
        positions[kind] += 1
        name = name_of(kind, resource.get("id"), entry.full_url) or f"{kind}/{unnamed}{positions[kind]}"
        sent = Sent(name, kind, resource, (entry.key,), entry)
        earlier = found.get(name)
        found[name] = sent if earlier is None else _merged(earlier, sent)
    return list(found.values())


def strangers(entries: Iterable[Entry]) -> Iterator[Unreadable]:
    """Give what does not say which type it is, or is a whole Bundle, as unreadable resources.

    Of the type asked for, where it came with a prefetch key or as a draft; otherwise of every type, because it could
    be any.
    """
    for entry in entries:
        if entry.type not in ("", "Bundle"):
            continue
        kinds = _CLINICAL_TYPES if entry.key is None else [TYPE_OF_KEY.get(entry.key, "MedicationRequest")]
        yield from (Unreadable(kind, None, entry.key, frozenset()) for kind in kinds)


def _merged(earlier: Sent, later: Sent) -> Sent:
    keys = tuple(dict.fromkeys((*earlier.keys, *later.keys)))
    kept = earlier if _is_newer(earlier.resource, later.resource) else later
    return kept._replace(keys=keys)


def _is_newer(one: Json, other: Json) -> bool:
    """Whether both say when they were last updated, and the one after the other."""
    times = []
    for resource in (one, other):
        meta = resource.get("meta")
        text = meta.get("lastUpdated") if isinstance(meta, dict) else None
        read = parse_date(text) if isinstance(text, str) else None
        if read is None or read.instant is None:
            return False
        times.append(read.instant)
    return times[0] > times[1]
