"""Numbers and durations that the facts need: `rules/parameters.yaml`, with unit and claim."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from dateutil.relativedelta import relativedelta

from kcds.errors import Fault
from kcds.knowledge.durations import is_duration, parse_duration
from kcds.knowledge.rule import Parameter, SharedParameter
from kcds.knowledge.schema import nearest, parse_mapping

FILE = "parameters.yaml"
SWITCHES = frozenset({"explicit_negatives"})
"""Parameters that are yes or no."""
WINDOW = "_window"
"""How the names of look-back windows end."""


@dataclass(frozen=True, slots=True, eq=False)  # each is itself, so that what follows from it can be remembered
class Parameters:
    """The parameters by name, each in the type in which it is asked for."""

    values: Mapping[str, SharedParameter]
    _numbers: dict[str, Decimal] = field(default_factory=dict, init=False, repr=False)
    _durations: dict[str, relativedelta] = field(default_factory=dict, init=False, repr=False)
    """What was asked for before, in its type: each request asks for the same."""

    def number(self, name: str) -> Decimal:
        """Return a number; raises KeyError for a name that the file does not have."""
        found = self._numbers.get(name)
        if found is None:
            found = self._numbers[name] = Decimal(str(self.values[name].value))
        return found

    def truth(self, name: str) -> bool:
        """Return a yes or no; raises KeyError for a name that the file does not have."""
        return self.values[name].value is True

    def duration(self, name: str) -> relativedelta:
        """Return a duration for calendar arithmetic; raises KeyError for a name that the file does not have."""
        found = self._durations.get(name)
        if found is None:
            found = self._durations[name] = parse_duration(str(self.values[name].value))
        return found

    def look_back(self, today: date) -> date:
        """Return the first day that any window of the facts reaches back to."""
        windows = (self.duration(name) for name in self.values if name.endswith(WINDOW))
        return min((today - window for window in windows), default=today)


def load_parameters(directory: Path, faults: list[Fault]) -> Parameters:
    """Read `parameters.yaml`; what is wrong with it goes into `faults`."""
    values = parse_mapping(SharedParameter, directory / FILE, FILE, faults)
    for name, parameter in values.items():
        truth = isinstance(parameter.value, bool)
        number = isinstance(parameter.value, int | float) and not truth
        if name in SWITCHES:
            if not truth:
                faults.append(Fault(FILE, f"{name}.value", "is neither true nor false.", "Write true or false."))
        elif not number and not is_duration(parameter.value):
            faults.append(Fault(FILE, f"{name}.value", "is neither a number nor a duration.", "Write 30 or P30D."))
    return Parameters(values)


def borrow(data: object, shared: Mapping[str, Parameter], file: str, faults: list[Fault]) -> object:
    """Fill in what parameters of a raw rule take from parameters.yaml (`same_as`): a number is typed once."""
    given = data.get("parameters") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(given, dict):
        return data
    filled = {name: _filled(name, raw, shared, file, faults) for name, raw in given.items()}
    return data | {"parameters": filled}


def _filled(name: object, raw: object, shared: Mapping[str, Parameter], file: str, faults: list[Fault]) -> object:
    if not isinstance(raw, dict) or "same_as" not in raw:
        return raw
    lender = shared.get(str(raw["same_as"]))
    if lender is None:
        remedy = nearest(str(raw["same_as"]), shared, f"entries of {FILE}")
        problem = f"`{raw['same_as']}` is not in {FILE}."
        faults.append(Fault(file, f"parameters.{name}.same_as", problem, remedy))
        return raw
    doubled = sorted(raw.keys() & {"value", "unit", "claim"})
    if doubled:
        problem = f"stands beside `{'`, `'.join(doubled)}`."
        faults.append(Fault(file, f"parameters.{name}.same_as", problem, f"Take that out: {FILE} says it."))
    return lender.model_dump(exclude_none=True, exclude={"local"}) | raw
