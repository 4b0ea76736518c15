"""Which pages there are."""

from flask import Flask

from kcds.web.pages.answers import make_pages
from kcds.web.pages.assets import register_assets
from kcds.web.pages.demo import register_demo
from kcds.web.pages.errors import register_page_errors
from kcds.web.pages.feedback import register_feedback_page
from kcds.web.pages.launch import register_launch
from kcds.web.pages.rulebook import register_rulebook
from kcds.web.pages.runs import register_runs
from kcds.web.parts import Parts


def register_pages(app: Flask, parts: Parts) -> None:
    """Serve the pages that the settings ask for."""
    pages = make_pages(parts)
    register_assets(app)
    register_demo(app, pages)
    register_launch(app, pages)
    register_rulebook(app, pages)
    register_runs(app, pages)
    register_feedback_page(app, pages)
    register_page_errors(app, pages)
