"""The file in which a test EHR is registered, and the resources that it holds."""

from pathlib import Path

from builders import Json
from smart_ehr import CLIENT_ID, SmartEhr

NAME = "General Hospital"


def smart_file(directory: Path, ehr: SmartEhr, *, standalone: bool = False, more: str = "") -> Path:
    """The file in which this EHR is registered; `more` are lines of its entry."""
    lines = ["ehrs:", f"  - name: {NAME}", f"    iss: {ehr.base}", f"    client_id: {CLIENT_ID}"]
    if ehr.secret is not None:
        (directory / "secret.txt").write_text(ehr.secret + "\n", encoding="ascii")
        lines.append("    client_secret_file: secret.txt")
    if standalone:
        lines.append("    standalone: true")
    lines += [f"    {line}" for line in more.splitlines()]
    file = directory / "ehrs.yaml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def resources_of(request: Json) -> list[Json]:
    """The resources that a sample's hook call brings, for an EHR to hold them."""
    found: dict[tuple[str, str], Json] = {}
    for answer in request["prefetch"].values():
        entries = (
            (answer or {}).get("entry", [])
            if (answer or {}).get("resourceType") == "Bundle"
            else [{"resource": answer}]
        )
        for resource in (entry["resource"] for entry in entries if entry.get("resource")):
            found[resource["resourceType"], resource["id"]] = resource
    return list(found.values())


def whose(request: Json) -> str:
    """The name of a sample's patient, as the review writes it."""
    name = request["prefetch"]["patient"]["name"][0]
    return f"{name['given'][0]} {name['family']}"
