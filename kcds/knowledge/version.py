"""Which version of the knowledge this is: `rules/version.yaml`."""

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field

from kcds.errors import Fault, KnowledgeError
from kcds.knowledge.rule import Strict
from kcds.knowledge.schema import parse
from kcds.knowledge.yaml_files import read_yaml

FILE = "version.yaml"


class Version(Strict):
    """The version that cards name, and the day it was released (review dates are judged on that day by `make test`)."""

    version: Annotated[str, Field(pattern=r"^\d{4}\.\d{2}\.\d+$")]
    released: date


def load_version(directory: Path, faults: list[Fault]) -> Version | None:
    """Read `version.yaml`; what is wrong with it goes into `faults`."""
    try:
        return parse(Version, read_yaml(directory / FILE, FILE), FILE, faults)
    except KnowledgeError as error:
        faults.extend(error.faults)
        return None
