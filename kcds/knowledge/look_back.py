"""How far back measurements matter: the windows of `rules/parameters.yaml`, by the value set of the measurement."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import lru_cache

from kcds.knowledge.parameters import Parameters
from kcds.knowledge.value_sets import ValueSets

Since = Callable[[Iterable[tuple[str | None, str | None]]], date]
"""Says from which day on a measurement with these codes matters."""

WINDOWS = {
    "obs-blood-pressure": (("blood_pressure_window",),),
    "obs-pain-severity": (("pain_score_window",),),
    "pain-intensity-scale": (("exposure_window", "baseline_score_window"),),  # before any course that still counts
    "obs-vitals": (("vital_sign_window",), ("weight_window",)),
    **dict.fromkeys(("obs-liver", "measure-alt", "measure-ast", "measure-bilirubin"), (("liver_test_window",),)),
}
"""Windows of the sets whose measurements come often: the longest counts; of several in one, the second goes on where
the first ends. Everything else matters as long as the longest window of all."""

_DAYS_REMEMBERED = 2


def matters_since(parameters: Parameters, value_sets: ValueSets, today: date) -> Since:
    """Return the function that says from which day on a measurement matters."""
    longest, first_days = _first_days(parameters, today)

    def since(codes: Iterable[tuple[str | None, str | None]]) -> date:
        earliest: date | None = None
        for system, code in codes:
            for name in value_sets.concepts_of(system, code):
                day = first_days.get(name)
                if day is not None and (earliest is None or day < earliest):
                    earliest = day
        return earliest if earliest is not None else longest

    return since


@lru_cache(maxsize=_DAYS_REMEMBERED)
def _first_days(parameters: Parameters, today: date) -> tuple[date, Mapping[str, date]]:
    """Say from which day on anything matters, and the measurements of each set: the same for all requests of a day."""
    first_days = {
        name: min(_first_day(parameters, windows, today) for windows in alternatives)
        for name, alternatives in WINDOWS.items()
    }
    return parameters.look_back(today), first_days


def _first_day(parameters: Parameters, windows: Iterable[str], today: date) -> date:
    """Go back over one window after the other."""
    day = today
    for window in windows:
        day -= parameters.duration(window)
    return day
