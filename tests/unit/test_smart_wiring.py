"""EHRs in the service as it is started, checked and reloaded; and what a worker need not carry for them."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kcds.app import make_parts, renew_parts
from kcds.errors import SettingsError
from kcds.serve_cli import app
from kcds.settings import Settings

FILE = """ehrs:
  - {name: General Hospital, iss: "https://fhir.example.org/r4", client_id: kcds, cds_client: "https://ehr.example.org"}
  - {name: Other Hospital, iss: "https://other.example.org/r4", client_id: kcds, standalone: true}
"""


def settings(directory: Path, text: str = FILE) -> Settings:
    file = directory / "ehrs.yaml"
    file.write_text(text, encoding="utf-8")
    return Settings(data_dir=directory / "data", auth="off", public_url="http://127.0.0.1:8150", smart_file=file)


def test_the_ehrs_of_the_file_are_known_by_server_or_client(tmp_path: Path) -> None:
    parts = make_parts(settings(tmp_path))

    with closing(parts.store):
        assert parts.smart is not None
        assert [ehr.name for ehr in parts.smart.ehrs] == ["General Hospital", "Other Hospital"]
        assert parts.smart.knows("https://fhir.example.org/r4")
        assert parts.smart.knows("https://fhir.example.org/r4/")
        assert parts.smart.knows(None, "https://ehr.example.org")
        assert not parts.smart.knows("https://fhir.example.org", "https://elsewhere.example.org")
        assert not parts.smart.knows(None)
        assert not parts.smart.knows("", None)


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    parts = make_parts(Settings(data_dir=tmp_path, auth="off"))

    with closing(parts.store):
        assert parts.smart is None


def test_a_wrong_file_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="EHR 1, iss"):
        make_parts(settings(tmp_path, FILE.replace("https://fhir", "ftp://fhir")))


def test_a_file_that_became_wrong_changes_nothing_and_a_better_one_does(tmp_path: Path) -> None:
    parts = make_parts(settings(tmp_path))

    with closing(parts.store):
        settings(tmp_path, FILE.replace("client_id: kcds, cds", "cds"))
        with pytest.raises(SettingsError, match="EHR 1, client_id: is missing"):
            renew_parts(parts)
        settings(tmp_path, FILE.replace("General", "New"))
        renewed = renew_parts(parts).smart
        assert renewed is not None
        assert renewed.ehrs[0].name == "New Hospital"


@pytest.mark.parametrize("wrong", [False, True])
def test_the_file_is_checked_with_the_settings(tmp_path: Path, wrong: bool) -> None:  # noqa: FBT001 - of a table
    settings(tmp_path, FILE.replace("name: General", "nickname: planted") if wrong else FILE)
    environment = {"KCDS_SMART_FILE": str(tmp_path / "ehrs.yaml"), "KCDS_DATA_DIR": str(tmp_path)}

    done = CliRunner().invoke(app, ["settings"], env=environment)

    assert done.exit_code == int(wrong)
    assert ("EHR 1, nickname: is no key of an EHR" in done.stderr) == wrong
    assert "planted" not in done.stderr


def test_a_worker_that_opens_no_chart_carries_nothing_of_authlib(tmp_path: Path) -> None:
    settings(tmp_path)
    program = (
        "import sys\n"
        "from kcds.app import make_parts\n"
        "from kcds.settings import load_resolved\n"
        "from kcds.web.application import make_application\n"
        "client = make_application(make_parts(load_resolved('127.0.0.1', 8150))).test_client()\n"
        "client.get('/cds-services'), client.get('/launch')\n"
        "print(*sys.modules)"
    )

    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program],
        env=os.environ | {"KCDS_SMART_FILE": str(tmp_path / "ehrs.yaml"), "KCDS_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "kcds" in loaded
    assert sorted(loaded & {"authlib", "joserfc"}) == []
