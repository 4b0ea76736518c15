"""The rulebook over HTTP: `/rules` and `/rules/{id}`. Nothing of a patient is in it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from flask import Flask, Response, request

from kcds.errors import NextStep, PageError
from kcds.knowledge.paths import rules_directory
from kcds.web.pages.answers import Pages

if TYPE_CHECKING:
    from datetime import date

    from kcds.pages.rulebook.book import Rulebook

_NOT_FOUND = 404


def register_rulebook(app: Flask, pages: Pages) -> None:
    """Serve the rulebook; what makes it is imported when it is first asked for."""

    @cache
    def book() -> Rulebook:
        from kcds.engine.reference import ReferenceEngine  # noqa: PLC0415 - a worker that only answers hooks needs no pages
        from kcds.pages.rulebook.book import Rulebook  # noqa: PLC0415 - the same

        overlay = pages.parts.settings.rules_overlay
        directories = (rules_directory(), *([overlay] if overlay else []))
        return Rulebook(pages.parts.service.knowledge, directories, ReferenceEngine)

    @app.get("/rules")
    def rules() -> Response:
        from kcds.pages.rulebook.catalogue import make_catalogue, read_wanted  # noqa: PLC0415 - the same
        from kcds.pages.rulebook.render import list_html  # noqa: PLC0415 - the same

        catalogue = make_catalogue(book().knowledge, read_wanted(request.args))
        return pages.finish(list_html(pages.site, catalogue, today=_today(pages)))

    @app.get("/rules/<rule_id>")
    def rule(rule_id: str) -> Response:
        from kcds.pages.rulebook.render import rule_html  # noqa: PLC0415 - the same

        found = book().find(rule_id)
        if found is None:
            step = NextStep("All rules", pages.site.path("rules"))
            raise PageError(_NOT_FOUND, "No such rule", "It may have been renamed, or belong to another version.", step)
        return pages.finish(rule_html(pages.site, book().page(found), today=_today(pages)))


def _today(pages: Pages) -> date:
    return pages.parts.today(pages.parts.clock())
