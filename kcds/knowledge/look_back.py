"""How far back measurements matter: the windows of `rules/parameters.yaml`, by the value set of the measurement."""

from collections.abc import Callable, Iterable
from datetime import date

from kcds.knowledge.parameters import Parameters
from kcds.knowledge.value_sets import ValueSets

Since = Callable[[Iterable[tuple[str | None, str | None]]], date]
"""Says from which day on a measurement with these codes matters."""

WINDOWS = {
    "obs-blood-pressure": ("blood_pressure_window",),
    "obs-pain-severity": ("pain_score_window",),
    "obs-vitals": ("vital_sign_window", "weight_window"),
    "obs-liver": ("liver_test_window",),
}
"""Windows of the sets whose measurements come often. Everything else matters as long as the longest window."""


def matters_since(parameters: Parameters, value_sets: ValueSets, today: date) -> Since:
    """Return the function that says from which day on a measurement matters."""
    longest = parameters.look_back(today)
    first_days = {
        name: min(today - parameters.duration(window) for window in windows) for name, windows in WINDOWS.items()
    }

    def since(codes: Iterable[tuple[str | None, str | None]]) -> date:
        names = {name for system, code in codes for name in value_sets.concepts_of(system, code)}
        return min((first_days[name] for name in names & first_days.keys()), default=longest)

    return since
