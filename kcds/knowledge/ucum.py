"""Units as UCUM writes them, as far as medicine and our rules need them: `mg/kg/h`, `mm[Hg]`, `mL/min/{1.73_m2}`."""

import re

_ALONE = frozenset({"1", "%", "a", "mo", "wk", "d", "h", "min", "s", "mm[Hg]", "[iU]", "m[iU]", "k[iU]", "[pH]", "Cel"})
"""Units that are written as they are."""
_METRIC = frozenset({"g", "L", "m", "mol", "U", "eq", "osm", "cal", "J", "W", "Pa", "Hz"})
_PREFIXES = ("", "k", "d", "c", "m", "u", "n", "p", "f")
_KNOWN = _ALONE | {f"{prefix}{unit}" for prefix in _PREFIXES for unit in _METRIC}
_PART = re.compile(r"(?P<unit>[^{}/.]*?)(?P<exponent>-?[2-9]?)(?P<note>\{[^{}\s]+\})?")


def is_unit(text: str) -> bool:
    """Whether this is a unit: known ones, multiplied and divided, each with a note in braces or a note alone."""
    return all(_is_part(part) for part in re.split(r"[/.](?![^{]*\})", text))


def _is_part(part: str) -> bool:
    found = _PART.fullmatch(part)
    return found is not None and (found["unit"] in _KNOWN or (not found["unit"] and found["note"] is not None))
