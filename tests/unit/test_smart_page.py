"""What docs/smart-launch.md shows works as it stands, and its tables are whole."""

import re
from pathlib import Path

from joserfc.jwk import ECKey

from kcds.auth.smart.ehrs_file import _Entry, load_ehrs
from kcds.auth.smart.launching import PENDING_LASTS
from kcds.auth.smart.oauth import LONGEST_LIFE, USUAL_LIFE
from kcds.auth.smart.refusal import Why
from kcds.auth.smart.scopes import TYPES

PAGE = (Path(__file__).parents[2] / "docs" / "smart-launch.md").read_text(encoding="utf-8")


def test_the_example_is_such_a_file(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "general-hospital.secret").write_text("a secret\n", encoding="ascii")
    (tmp_path / "children.pem").write_bytes(ECKey.generate_key("P-384").as_pem(private=True))
    file = tmp_path / "ehrs.yaml"
    file.write_text(example, encoding="utf-8")

    general, children = load_ehrs(file)

    assert general.secret == "a secret"  # noqa: S105 - of this test
    assert children.key is not None
    assert children.standalone


def test_every_key_of_an_entry_is_explained() -> None:
    for key in _Entry.model_fields:
        assert f"| `{key}` |" in PAGE


def test_every_outcome_in_the_log_is_explained() -> None:
    in_log = {why.value for why in Why} - {"no-session"}  # that one is met where no launch is under way

    assert in_log | {"opened"} == set(re.findall(r"^\| `([a-z-]+)` \|", PAGE.partition("| outcome |")[2], re.MULTILINE))


def test_the_scopes_are_those_that_are_asked_for() -> None:
    assert {f"patient/{kind}.rs" for kind in TYPES} == set(re.findall(r"patient/\w+\.rs", PAGE))


def test_the_times_are_those_of_the_program() -> None:
    assert (USUAL_LIFE, LONGEST_LIFE, PENDING_LASTS.total_seconds()) == (300, 3600, 600)
