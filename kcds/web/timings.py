"""How long the steps of one hook call took: for its answer (`Server-Timing`), the metrics and the command line."""

import time

from kcds.model.steps import Step

HEADER = "Server-Timing"
"""Of the W3C: https://www.w3.org/TR/server-timing/. It holds names of steps and milliseconds, nothing else."""


class Timings:
    """The seconds of each step; one that is taken twice has both times together."""

    def __init__(self, began: float | None = None) -> None:
        """Let the first step begin now, or when it began by the monotonic clock."""
        self.seconds: dict[Step, float] = {}
        self._last = time.monotonic() if began is None else began

    def done(self, step: Step) -> None:
        """Note that this step is done: it took as long as it is since the one before."""
        now = time.monotonic()
        self.seconds[step] = self.seconds.get(step, 0.0) + now - self._last
        self._last = now

    def header(self) -> str:
        """Write them as the value of `Server-Timing`."""
        parts = [f"{step};dur={seconds * 1000:.1f}" for step, seconds in self.seconds.items()]
        return ", ".join((*parts, f"total;dur={sum(self.seconds.values()) * 1000:.1f}"))
