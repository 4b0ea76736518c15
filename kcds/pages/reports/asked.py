"""What is asked of the feedback page: a period of whole weeks, and filters. What is no choice of ours is not asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from kcds.store.tally import Tally, Wanted

PERIODS = {4: "4 weeks", 13: "13 weeks", 26: "26 weeks", 52: "52 weeks"}
_USUAL = 13
_FEWEST_OF_CLIENT = 30
_MODES = {"live": "Shown to users", "silent": "Silent mode"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter: its name in the address, its label, its options, and which is chosen."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    chosen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A period that ends with the week of today (weeks begin on Monday, UTC), and what it is narrowed to ("": not)."""

    since: date
    weeks: int
    service: str = ""
    client: str = ""
    version: str = ""
    mode: str = "live"
    rule: str = ""

    @property
    def last(self) -> date:
        """The last day of the period."""
        return self.since + timedelta(weeks=self.weeks, days=-1)

    @property
    def wanted(self) -> Wanted:
        """What the store is asked for."""
        since = datetime.combine(self.since, time(), UTC)
        return Wanted(
            since=since,
            until=since + timedelta(weeks=self.weeks),
            service=self.service or None,
            client=self.client or None,
            version=self.version or None,
            mode=self.mode,
        )

    @property
    def columns(self) -> dict[str, str]:
        """The first columns of the CSV."""
        return {
            "from": f"{self.since}",
            "to": f"{self.last}",
            "mode": self.mode,
            "service": self.service or "all",
            "client": self.client or "all",
            "knowledge_version": self.version or "all",
        }


def read_asked(values: Mapping[str, str], today: date, services: Iterable[str]) -> Asked:
    """Read an address."""
    weeks = values.get("weeks", "")
    chosen = int(weeks) if weeks in map(str, PERIODS) else _USUAL
    monday = today - timedelta(days=today.weekday())
    service, mode = values.get("service", ""), values.get("mode", "")
    return Asked(
        since=monday - timedelta(weeks=chosen - 1),
        weeks=chosen,
        service=service if service in services else "",
        client=values.get("client", ""),
        version=values.get("version", ""),
        mode=mode if mode in _MODES else "live",
        rule=values.get("rule", ""),
    )


def clients_told(tally: Tally) -> list[str]:
    """Return the clients by which it may be narrowed: more than one, with calls enough, and enough of the others."""
    total = tally.clients.total()
    return sorted(
        client
        for client, calls in tally.clients.items()
        if calls >= _FEWEST_OF_CLIENT and total - calls >= _FEWEST_OF_CLIENT
    )


def is_told(asked: Asked, tally: Tally) -> bool:
    """Whether it may be narrowed like that."""
    return (not asked.client or asked.client in clients_told(tally)) and (
        not asked.version or asked.version in tally.versions
    )


def choices_of(asked: Asked, tally: Tally, services: Mapping[str, str], rules: Mapping[str, str]) -> list[Choice]:
    """Return the filters; one without a choice is left out. `services` and `rules` come with their titles."""
    clients = clients_told(tally)
    offered = [
        Choice("weeks", "Period", tuple((str(n), words) for n, words in PERIODS.items()), str(asked.weeks)),
        Choice("service", "Service", (("", "All"), *services.items()), asked.service),
        Choice("rule", "Rule", (("", "All"), *rules.items()), asked.rule),
        Choice("version", "Knowledge", (("", "All"), *((one, one) for one in tally.versions)), asked.version),
        Choice("client", "Client", (("", "All"), *((one, one) for one in clients)), asked.client),
        Choice("mode", "Cards", tuple(_MODES.items()), asked.mode),
    ]
    return [choice for choice in offered if choice.name == "mode" or len(choice.options) > 1 + 1]
