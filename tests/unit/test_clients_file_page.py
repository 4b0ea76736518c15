"""What docs/clients-file.md shows works as it stands, and its tables are whole."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from client_tokens import DISCOVERY, PUBLIC_URL, door, jwk_set, signing_key

from kcds.auth.clients_file import load_clients
from kcds.auth.identity import Profile
from kcds.auth.keys import ALGORITHMS
from kcds.auth.refusal import Reason

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "clients-file.md").read_text(encoding="utf-8")


def examples() -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_the_example_is_a_clients_file(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "epic.json").write_text(json.dumps(jwk_set(signing_key("RS384"))), encoding="utf-8")
    file = tmp_path / "clients.yaml"
    file.write_text(examples()[0], encoding="utf-8")

    generic, epic = load_clients(file)

    assert (generic.client.profile, epic.client.profile) == (Profile.GENERIC, Profile.EPIC)


def test_the_token_of_the_example_is_let_in(tmp_path: Path) -> None:
    (tmp_path / "clients.yaml").write_text(examples()[1], encoding="utf-8")
    command = [sys.executable, str(ROOT / "scripts" / "make_test_token.py"), PUBLIC_URL + DISCOVERY]

    made = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S603 - our script
    guard = door(*load_clients(tmp_path / "clients.yaml"), now=datetime.now(UTC))

    assert guard.call(DISCOVERY, f"Bearer {made.stdout.strip()}").status_code == 200


def test_every_reason_is_explained_every_algorithm_and_every_profile_named() -> None:
    missing = [word for word in (*Reason, *Profile) if f"`{word}`" not in PAGE]

    assert missing == []
    assert [name for name in ALGORITHMS if name not in PAGE] == []
