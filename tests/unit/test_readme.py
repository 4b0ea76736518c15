"""What the documents show is what the program does."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from refresh_readme import refreshed  # noqa: E402 - the scripts are no package

from kcds.knowledge.load import load_knowledge  # noqa: E402


def test_the_readme_shows_the_output_of_todays_program() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert "<!-- command: kcds" in readme
    assert refreshed(readme) == readme, "run scripts/refresh_readme.py"


def test_every_data_domain_is_documented() -> None:
    page = (ROOT / "docs" / "data-domains.md").read_text(encoding="utf-8")

    assert [name for name in load_knowledge().domains if f"`{name}`" not in page] == []
