"""The rulebook as HTML: one way for the service and for files."""

import datetime as dt

from kcds.pages.html import render
from kcds.pages.rulebook.catalogue import Catalogue
from kcds.pages.rulebook.page import RulePage
from kcds.pages.rulebook.says import ANSWERS, CATEGORIES, EFFECTS, MARKS, NO_DECISION, STRENGTHS, SYSTEMS, VERIFIED
from kcds.pages.site import Site

_WORDS = {
    "effects": EFFECTS,
    "marks": MARKS,
    "strengths": STRENGTHS,
    "answers": ANSWERS,
    "categories": CATEGORIES,
    "verified": VERIFIED,
    "unneeded": NO_DECISION,
    "systems": SYSTEMS,
}


def list_html(
    site: Site,
    catalogue: Catalogue,
    *,
    today: dt.date | None,
    form: bool = True,
    tested: tuple[int, int] | None = None,
) -> str:
    """Return the page of the list.

    Without `today` nothing is said to be overdue. `tested`: how many cases were run, and how many of them fail.
    """
    values = {"list": catalogue, "today": today, "form": form, "tested": tested, "here": "rules"}
    return render("rules.html.j2", site, **values, **_WORDS)


def rule_html(site: Site, page: RulePage, *, today: dt.date | None) -> str:
    """Return the page of one rule."""
    return render("rule.html.j2", site, page=page, rule=page.rule, today=today, here="rules", **_WORDS)
