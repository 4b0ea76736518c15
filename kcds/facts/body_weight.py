"""The body weight by which a dose is judged: the latest measured one, final, and recent enough (G08)."""

from decimal import Decimal

from kcds.facts.measurements import WEIGHT, read_measurements
from kcds.facts.observations import Clock, Reports, downwards, latest_of
from kcds.knowledge.parameters import Parameters


def body_weight(reports: Reports, clock: Clock, parameters: Parameters) -> Decimal | None:
    """Return the weight in kg; where the record cannot tell which is the latest, the least: it makes the dose highest.

    Preliminary weights, those dated in the future, "more than 70 kg", those in an unknown unit and those that nobody
    believes (720 kg) do not count.
    """
    window = parameters.duration("weight_window")
    readings = [
        one
        for one in read_measurements(reports, WEIGHT, parameters)
        if not (one.preliminary or one.open) and clock.within(one.day, window)
    ]
    return latest_of(readings, downwards).value if readings else None
