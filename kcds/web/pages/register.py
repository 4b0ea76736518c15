"""Which pages there are."""

from flask import Flask, Response

from kcds.errors import PageError
from kcds.web.pages.answers import make_pages
from kcds.web.pages.assets import register_assets
from kcds.web.pages.demo import register_demo
from kcds.web.parts import Parts


def register_pages(app: Flask, parts: Parts) -> None:
    """Serve the pages that the settings ask for."""
    pages = make_pages(parts)
    register_assets(app)
    register_demo(app, pages)

    @app.errorhandler(PageError)
    def refuse(error: PageError) -> Response:
        return pages.answer(
            "error.html.j2", error.status, framed=True, title=error.title, text=str(error), action=error.action
        )
