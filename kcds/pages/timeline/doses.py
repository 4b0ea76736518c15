"""How the dose of an infusion is said: what was recorded, in its own terms."""

from dataclasses import dataclass
from decimal import Decimal

from kcds.facts.order_doses import STATED, Figure, SessionDose
from kcds.model.facts import Treatment
from kcds.pages.timeline import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """A dose given at once, a rate and a length, each in words where it is known."""

    bolus: str | None
    rate: str | None
    hours: str | None

    @property
    def words(self) -> str:
        """The dose in a sentence: "0.4 mg/kg/h for 4 h"."""
        return self._joined(" for ")

    @property
    def short(self) -> str:
        """The dose as a chart shows it, with a sign instead of "for"."""
        return self._joined(f" {words.TIMES} ")

    def _joined(self, over: str) -> str:
        parts = [self.bolus] if self.bolus else []
        if self.rate:
            parts.append(f"{self.rate}{over}{self.hours}" if self.hours else self.rate)
        elif self.bolus and self.hours:
            parts = [f"{self.bolus} over {self.hours}"]
        return ", then ".join(parts)


def session_words(dose: SessionDose) -> Dose:
    """Return the words for a dose that was given."""
    return Dose(bolus=_figure(dose.bolus, ""), rate=_figure(dose.rate, "/h"), hours=_hours(dose.hours))


def order_words(order: Treatment) -> Dose:
    """Return the words for a dose that is ordered: by weight only where the order says so."""
    by_weight = order.per_kg == STATED
    bolus = _amount(order.bolus_mg_per_kg if by_weight else None, order.bolus_mg, "")
    rate = _amount(order.rate_mg_per_kg_h if by_weight else None, order.rate_mg_h, "/h")
    return Dose(bolus=bolus, rate=rate, hours=_hours(order.hours))


def _figure(figure: Figure, per: str) -> str | None:
    return _amount(figure.mg_per_kg if figure.per_kg == STATED else None, figure.mg, per)


def _amount(by_weight: Decimal | float | None, absolute: Decimal | float | None, per: str) -> str | None:
    if by_weight is not None:
        return f"{words.number(float(by_weight))} mg/kg{per}"
    return f"{words.number(float(absolute))} mg{per}" if absolute is not None else None


def _hours(hours: Decimal | float | None) -> str | None:
    return f"{words.number(float(hours))} h" if hours is not None else None
