"""Which paths are pages, and of what kind: the only thing that is counted or logged of where somebody looks.

The rest of a path may name a launch or a rule, and is nobody's business.
"""

from functools import cache

API = ("/cds-services", "/health", "/metrics", "/openapi.json")
"""What programs call: whatever is beside and below these paths is a page."""

HOME = "home"
ASSETS = "assets"
KINDS = frozenset({HOME, ASSETS, "demo", "rules", "feedback", "launch", "callback", "review"})
FRAMED = frozenset({"launch", "callback", "review"})
"""What an EHR may show in a frame."""


def is_page(path: str) -> bool:
    """Whether a path, or the rule of a route, is none of those that programs call."""
    return not any(path == one or path.startswith(f"{one}/") for one in API)


@cache
def kind_of(rule: str) -> str | None:
    """Return the kind of page behind the rule of a route; None where it is no page, or there is no route ("")."""
    if not rule or not is_page(rule):
        return None
    first = rule.strip("/").partition("/")[0].partition(".")[0]
    return first or HOME
