"""The clients file (KCDS_CLIENTS_FILE): who may call, and by which keys. Every fault is named at start.

A fault says file, client, key, what is wrong and what to write instead; it quotes no value, since one may be a secret.
docs/clients-file.md describes the format.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from kcds.auth.claims import same_place
from kcds.auth.entry_files import EntryFile, Format
from kcds.auth.identity import LOCAL, Client, Profile
from kcds.auth.keys import LARGEST_KEY_SET, KeySet, read_key_set
from kcds.auth.strict_json import read_object
from kcds.outbound.places import Place

_Text = Annotated[str, Field(min_length=1, max_length=2048)]
_Plain = Annotated[str, Field(min_length=1, max_length=2048, pattern=r"^[!-~]+$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One client, and what its tokens are checked against."""

    client: Client
    jku: str | None = None  # where its keys are fetched from; None: `keys` are all it has
    keys: KeySet = field(default_factory=dict)
    tenant: str | None = None
    audiences: frozenset[str] = frozenset()  # besides the URL of the endpoint


class _Entry(BaseModel):
    """One client as the file has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: _Plain
    jku: _Plain | None = None
    jwks: Any = None
    tenant: _Text | None = None
    profile: Profile = Profile.GENERIC
    audience: list[_Text] = []
    order_codes: dict[_Text, _Text] = {}


_ENTRY = "{issuer: https://ehr.example.org, jku: https://ehr.example.org/jwks.json}"
_JWKS = "Write the JWK Set itself ({keys: [...]}), or the path of a JSON file that holds it."
_REMEDIES = {
    "issuer": "Write the `iss` of the client's tokens, letter by letter, such as https://ehr.example.org.",
    "jku": "Write the https address of the client's JWK Set, such as https://ehr.example.org/jwks.json.",
    "tenant": "Write the `tenant` of the client's tokens, in quotes, or leave the key out.",
    "profile": "Leave it out if the client is none of them.",
    "audience": "Write a list of what the client sends as `aud` besides the URL of the endpoint, or leave the key out.",
    "order_codes": 'Write LOINC codes and the site\'s own codes, such as {"1742-6": "ALT_IP"}, or leave the key out.',
}
_PROBLEMS = {
    "missing": "is missing.",
    "extra_forbidden": "is no key of a client.",
    "string_pattern_mismatch": "holds a space or something else that no address has.",
    "model_type": "is no client.",
}
_FORMAT = Format(
    key="clients",
    bare=True,
    many="clients",
    one="A client",
    entry=_Entry,
    sample=_ENTRY,
    problems=_PROBLEMS,
    remedies=_REMEDIES,
)


def load_clients(path: Path) -> tuple[Registration, ...]:
    """Read and check the file; raises SettingsError that names every fault, a line each."""
    reading = _Reading(path, _FORMAT)
    found = reading.registrations()
    reading.require_soundness()
    return found


def place_of_keys(jku: str) -> Place:
    """Return the place that has to be listed so that a `jku` can be fetched; raises ValueError where it may not be."""
    place = Place.parse(jku.partition("?")[0])
    if not place.holds(jku):
        raise ValueError("must be one plain address")
    return place


class _Reading(EntryFile[_Entry]):
    """The file while it is read, and what was found wrong."""

    def registrations(self) -> tuple[Registration, ...]:
        """Return the clients that could be read."""
        found: dict[str, Registration] = {}
        for number, raw in enumerate(self.entries(), start=1):
            where = f"client {number}"
            entry = self.entry(where, raw)
            if entry is None:
                continue
            if entry.issuer in found:
                self.say(f"{where}, issuer", "is the issuer of another client.", "Make one entry of the two.")
            found[entry.issuer] = self._registration(where, entry)
        return tuple(found.values())

    def _registration(self, where: str, entry: _Entry) -> Registration:
        if entry.issuer == LOCAL.issuer:
            self.say(f"{where}, issuer", "is the name of calls without authentication.", _REMEDIES["issuer"])
        if entry.order_codes and entry.profile is not Profile.EPIC:
            self.say(
                f"{where}, order_codes", "has no effect with this profile.", "Add `profile: epic`, or leave it out."
            )
        client = Client(issuer=entry.issuer, profile=entry.profile, order_codes=entry.order_codes)
        return Registration(
            client=client,
            jku=entry.jku,
            keys=self._keys(where, entry),
            tenant=entry.tenant,
            audiences=frozenset(map(same_place, entry.audience)),
        )

    def _keys(self, where: str, entry: _Entry) -> KeySet:
        """Return the keys that the entry gives itself; none where they are fetched."""
        if (entry.jku is None) == (entry.jwks is None):
            self.say(
                f"{where}, jku", "or `jwks` must be there, and not both.", f"{_REMEDIES['jku']} Or `jwks`: {_JWKS}"
            )
        elif entry.jku is not None:
            try:
                place_of_keys(entry.jku)
            except ValueError as error:
                self.say(f"{where}, jku", f"{error}.", _REMEDIES["jku"])
        elif isinstance(entry.jwks, dict):
            return self._checked(f"{where}, jwks", entry.jwks)
        elif isinstance(entry.jwks, str) and entry.jwks:
            return self._from_file(f"{where}, jwks", self.path.parent / entry.jwks)
        else:
            self.say(f"{where}, jwks", "is neither a JWK Set nor a path.", _JWKS)
        return {}

    def _from_file(self, where: str, path: Path) -> KeySet:
        try:
            return self._checked(f"{where} ({path})", _content(path))
        except OSError as error:
            self.say(where, f"{path} cannot be read: {error.strerror}.", "Write a path as seen from the clients file.")
        except ValueError:
            self.say(where, f"{path} is no JSON object of at most {LARGEST_KEY_SET // 1024} kB.", _JWKS)
        return {}

    def _checked(self, where: str, document: Mapping[str, Any]) -> KeySet:
        try:
            keys, faults = read_key_set(document)
        except ValueError as error:
            self.say(where, f"{error}.", _JWKS)
            return {}
        for fault in faults:
            self.say(f"{where}.{fault.place}", fault.problem, fault.remedy)
        if not keys and not faults:
            self.say(
                where, "has no key for signatures.", "Add the client's public key, with `use: sig` or without `use`."
            )
        return keys


def _content(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        content = file.read(LARGEST_KEY_SET + 1)
    if len(content) > LARGEST_KEY_SET:
        raise ValueError("too large")
    return read_object(content)
