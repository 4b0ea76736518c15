"""Values as the C extension reads them, by the pattern that held (ADR 0001).

* Strings are percent-encoded and numbers have no exponent, in rules and in facts: C never sees an escape.
* C compares with one constant after the other, but finds names by their hash. So a string that a rule asks for is not
  a value but a mark: `concept=heart-failure` is a name, and a fact has it or not.
"""

import re
from datetime import date
from decimal import Decimal
from hashlib import sha256
from urllib.parse import quote

from kcds.engine.conditions import Check, Constant, Operator

SESSION = "p"
KIND = "k"
ALWAYS = "z"

_LONGEST_STRING = 200
_PLAIN = re.compile(r"[A-Za-z0-9_.~ /:-]*")


def written(value: Constant | None) -> str:
    """Write a value of a fact as JSON that the C extension reads exactly."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        digits = repr(value)
        if "e" in digits:
            digits = format(Decimal(digits), "f")
        return digits if "." in digits else f"{digits}.0"
    return f'"{text(value)}"'


def text(value: str | date) -> str:
    """Write a string in plain ASCII without quotes or escapes: different strings stay different."""
    if isinstance(value, date):
        return value.isoformat()
    if len(value) > _LONGEST_STRING:
        return f"sha256%{sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()}"
    return value if _PLAIN.fullmatch(value) else quote(value, safe=" /:", errors="surrogatepass")


def mark(name: str, value: str) -> str:
    """Name what a fact has if one of its strings has this value."""
    return f"{name}={text(value)}"


def is_marked(check: Check) -> bool:
    """Say whether a condition asks for a mark: for one value of a string."""
    return check.operator is Operator.EQUAL and isinstance(check.operand, str)


def mark_of(check: Check) -> str:
    """Return the mark that such a condition asks for."""
    return mark(check.property, str(check.operand))


def opening(kind: str) -> str:
    """Write what every fact of a kind begins with, after its id; the closing bracket is missing."""
    return f'"sid":"{SESSION}","{ALWAYS}":1,"{mark(KIND, kind)}":1'
