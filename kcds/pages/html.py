"""Templates to HTML. Whatever comes from a record or a file of rules is escaped; what is missing is an error."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from kcds.pages.site import Site

_HERE = Path(__file__).parent
FLUSH = "\0"
"""Where a page that is sent in parts may be cut: `{{ flush }}` in its template."""


def render(template: str, site: Site, **values: object) -> str:
    """Return a page, or a part of one."""
    return _environment().get_template(template).render(site=site, **values).replace(FLUSH, "")


def stream(template: str, site: Site, **values: object) -> Iterator[str]:
    """Give a page in the parts between its `{{ flush }}` marks, each as soon as all of it is known."""
    return _parts(_environment().get_template(template).generate(site=site, **values))


def _parts(pieces: Iterable[str]) -> Iterator[str]:
    gathered: list[str] = []
    for piece in pieces:
        if FLUSH not in piece:
            gathered.append(piece)
            continue
        before, *after = piece.split(FLUSH)
        gathered.append(before)
        for part in after:
            yield "".join(gathered)
            gathered = [part]
    yield "".join(gathered)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    environment.globals |= {"icon": icon, "flush": FLUSH}
    environment.filters |= {"day": say_day, "moment": say_moment}
    return environment


@cache
def icon(name: str) -> Markup:
    """Return one of the bundled icons, for decoration only: the word beside it says the same."""
    svg = (_HERE / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    inner = re.sub(r"\s+", " ", re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL)[1]).strip()  # type: ignore[index]
    return Markup(  # noqa: S704 - our own file
        '<svg class="ic" width="16" height="16" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
        f'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{inner}</svg>'
    )


def say_day(day: date) -> str:
    """Write a day as a clinician reads it, with its year: 6 Nov 2026."""
    return f"{day.day} {day:%b %Y}"


def say_moment(moment: datetime) -> str:
    """Write a day and the time of day: 6 Nov 2026, 09:42."""
    return f"{say_day(moment)}, {moment:%H:%M}"
