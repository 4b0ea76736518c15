"""Pages of tests: templates that a test writes, and a page that is made of them."""

from collections.abc import Iterator
from contextlib import contextmanager

from fake_store import MemoryStore
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader
from service_builders import NOON, real_service

from kcds.auth.identity import Anybody
from kcds.pages import html
from kcds.settings import Settings
from kcds.store.keys import KeyRing
from kcds.web.application import make_application
from kcds.web.pages.answers import Pages, make_pages
from kcds.web.parts import Parts


@contextmanager
def templates(**written: str) -> Iterator[None]:
    """These templates beside, or instead of, the real ones; `_` in a name stands for a point."""
    environment = html._environment()
    real = environment.loader
    assert real is not None
    environment.loader = ChoiceLoader([DictLoader({n.replace("_", "."): t for n, t in written.items()}), real])
    environment.cache.clear()  # type: ignore[union-attr]
    try:
        yield
    finally:
        environment.loader = real
        environment.cache.clear()  # type: ignore[union-attr]


def make_test_pages(**settings: object) -> Pages:
    """The pages of a service over the real rules, at noon of the stories."""
    chosen = Settings(timezone="UTC", **settings)  # type: ignore[arg-type]
    parts = Parts(
        service=real_service(),
        settings=chosen,
        store=MemoryStore(),
        authenticator=Anybody(),
        clock=lambda: NOON,
        keys=KeyRing(b"a secret of these tests"),
    )
    return make_pages(parts)


def application_of(pages: Pages) -> Flask:
    """The whole application around these pages."""
    return make_application(pages.parts)
