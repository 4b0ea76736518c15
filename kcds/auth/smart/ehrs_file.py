"""The file of EHRs (KCDS_SMART_FILE): from where the review page is opened. Every fault is named at start.

A fault says file, EHR, key, what is wrong and what to write instead; it quotes no value, since one may be a secret.
docs/smart-launch.md describes the format.
"""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from kcds.auth.entry_files import EntryFile, Format
from kcds.auth.smart.ehrs import Ehr, SigningKey, place_of_host
from kcds.auth.smart.scopes import LASTING, LAUNCHES
from kcds.auth.smart.signing_keys import read_signing_key
from kcds.outbound.places import Place

LARGEST_SECRET = 16 * 1024
"""Bytes of a file that holds a secret or a private key."""

_Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Plain = Annotated[str, Field(min_length=1, max_length=2048, pattern=r"^[!-~]+$")]
_Path = Annotated[str, Field(min_length=1)]


class _Entry(BaseModel):
    """One EHR as the file has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Text
    iss: _Plain
    client_id: _Plain
    client_secret_file: _Path | None = None
    private_key_file: _Path | None = None
    token_endpoint_host: _Plain | None = None
    scopes: Annotated[str, Field(pattern=r"^[!#-\[\]-~]+( [!#-\[\]-~]+)*$", max_length=2048)] | None = None
    cds_client: _Plain | None = None
    standalone: bool = False


_ENTRY = "{name: General Hospital, iss: https://fhir.example.org/r4, client_id: kcds}"
_REMEDIES = {
    "name": "Write what clinicians call this EHR, in one line.",
    "iss": "Write the base URL of the FHIR server, letter by letter as the EHR sends it: https://fhir.example.org/r4.",
    "client_id": "Write the client id that the EHR gave this app.",
    "client_secret_file": "Write the path, seen from this file, of a file that holds the client secret alone.",
    "private_key_file": "Write the path of a PEM file (EC P-384, or RSA of 2048 bits or more), seen from this file.",
    "token_endpoint_host": "Write the host that gives tokens, such as authorization.example.org, or leave the key out.",
    "scopes": "Write scopes with one space between them, or leave the key out.",
    "cds_client": "Write the `issuer` that this EHR has in the clients file, or leave the key out.",
    "standalone": "Write true or false.",
}
_PROBLEMS = {
    "missing": "is missing.",
    "extra_forbidden": "is no key of an EHR.",
    "string_pattern_mismatch": "holds a space or another sign that does not belong there.",
    "model_type": "is no EHR.",
}
_FORMAT = Format(
    key="ehrs",
    bare=False,
    many="EHRs",
    one="An EHR",
    entry=_Entry,
    sample=_ENTRY,
    problems=_PROBLEMS,
    remedies=_REMEDIES,
)


def load_ehrs(path: Path) -> tuple[Ehr, ...]:
    """Read and check the file; raises SettingsError that names every fault, a line each."""
    reading = _Reading(path, _FORMAT)
    found = reading.ehrs()
    reading.require_soundness()
    return found


class _Reading(EntryFile[_Entry]):
    """The file while it is read, and what was found wrong."""

    def ehrs(self) -> tuple[Ehr, ...]:
        """Return the EHRs that could be read."""
        found: list[Ehr] = []
        for number, raw in enumerate(self.entries(), start=1):
            where = f"EHR {number}"
            entry = self.entry(where, raw)
            if entry is None:
                continue
            for key, mine, others in (
                ("name", entry.name, [ehr.name for ehr in found]),
                ("iss", entry.iss.rstrip("/"), [ehr.iss.rstrip("/") for ehr in found]),
            ):
                if mine in others:
                    self.say(f"{where}, {key}", "is that of another EHR.", "Give each EHR one entry, and its own name.")
            found.append(self._ehr(where, entry))
        return tuple(found)

    def _ehr(self, where: str, entry: _Entry) -> Ehr:
        self._check_addresses(where, entry)
        if entry.client_secret_file and entry.private_key_file:
            self.say(
                f"{where}, client_secret_file",
                "and `private_key_file` are both there.",
                "Keep the way that was agreed when the app was registered; a key is the safer one.",
            )
        return Ehr(
            name=entry.name,
            iss=entry.iss,
            client_id=entry.client_id,
            secret=self._secret(f"{where}, client_secret_file", entry.client_secret_file),
            key=self._key(f"{where}, private_key_file", entry.private_key_file),
            scopes=self._scopes(where, entry.scopes),
            cds_client=entry.cds_client,
            standalone=entry.standalone,
            token_endpoint_host=entry.token_endpoint_host,
        )

    def _check_addresses(self, where: str, entry: _Entry) -> None:
        try:
            if Place.parse(entry.iss).port is None:
                raise ValueError("must have one port")  # noqa: TRY301 - said like every other fault of an address
        except ValueError as error:
            self.say(f"{where}, iss", f"{error}.", _REMEDIES["iss"])
        try:
            if entry.token_endpoint_host:
                place_of_host(entry.token_endpoint_host)
        except ValueError:
            self.say(f"{where}, token_endpoint_host", "is no host.", _REMEDIES["token_endpoint_host"])

    def _scopes(self, where: str, text: str | None) -> tuple[str, ...] | None:
        scopes = tuple((text or "").split())
        if LASTING & set(scopes):
            self.say(
                f"{where}, scopes",
                "asks for access that lasts.",
                "Leave offline_access and online_access out: the page is opened from the chart each time.",
            )
        if scopes and not any(scope.startswith(("patient/", "user/")) for scope in scopes):
            self.say(f"{where}, scopes", "asks for no data.", "Add patient/ scopes, or leave the key out.")
        return tuple(scope for scope in scopes if scope not in LAUNCHES) or None

    def _secret(self, where: str, name: str | None) -> str | None:
        content = self._content(where, name, _REMEDIES["client_secret_file"])
        if content is None:
            return None
        try:
            secret = content.decode("ascii").strip()
        except UnicodeDecodeError:
            secret = ""
        if not secret or not secret.isprintable():
            self.say(where, "holds no secret of one line.", _REMEDIES["client_secret_file"])
        return secret

    def _key(self, where: str, name: str | None) -> SigningKey | None:
        content = self._content(where, name, _REMEDIES["private_key_file"])
        if content is None:
            return None
        try:
            return read_signing_key(content)
        except ValueError as error:
            self.say(where, f"{error}.", _REMEDIES["private_key_file"])
            return None

    def _content(self, where: str, name: str | None, remedy: str) -> bytes | None:
        if name is None:
            return None
        path = self.path.parent / name
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST_SECRET + 1)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no path"
            self.say(where, f"{path} cannot be read: {reason}.", remedy)
            return None
        if len(content) > LARGEST_SECRET:
            self.say(where, f"{path} is larger than {LARGEST_SECRET // 1024} kB.", remedy)
            return None
        return content
