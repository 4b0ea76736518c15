"""Cards as an EHR shows them: the JSON of the answer, its detail rendered from Markdown.

Order and content are those of the HL7 CDS Hooks sandbox: summary in the colour of its indicator, source, detail,
suggestions as buttons, links, reasons to dismiss it. Markup in a detail stays text, and no link in one is live.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markupsafe import Markup

_OFF = ("autolink", "entity", "heading", "image", "lheading", "link", "reference")
"""What the details of cards do not use, and what text of a record must not become."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a card; `url` is None where only an EHR can open it."""

    label: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardOnScreen:
    """One card, ready to be drawn."""

    indicator: str  # info, warning or critical
    summary: str
    source: Link
    detail: Markup
    suggestions: tuple[str, ...]
    links: tuple[Link, ...]
    reasons: tuple[str, ...]


def draw_cards(cards: Iterable[Mapping[str, Any]]) -> tuple[CardOnScreen, ...]:
    """Make the cards of an answer ready, in the order in which they came."""
    return tuple(_draw(card) for card in cards)


def _draw(card: Mapping[str, Any]) -> CardOnScreen:
    source = card["source"]
    return CardOnScreen(
        indicator=card["indicator"],
        summary=card["summary"],
        source=Link(source["label"], source.get("url")),
        detail=render_markdown(card.get("detail", "")),
        suggestions=tuple(suggestion["label"] for suggestion in card.get("suggestions", ())),
        links=tuple(_link(link) for link in card.get("links", ())),
        reasons=tuple(reason["display"] for reason in card.get("overrideReasons", ())),
    )


def _link(link: Mapping[str, Any]) -> Link:
    """Keep where a link leads; a SMART app is launched by an EHR, which this is not."""
    return Link(link["label"], link["url"] if link["type"] == "absolute" else None)


def render_markdown(text: str) -> Markup:
    """Render GitHub Markdown; markup in it is shown as text, and nothing in it is a link or an image."""
    return Markup(_markdown().render(text))  # noqa: S704 - whatever is not Markdown has been escaped


@cache
def _markdown() -> MarkdownIt:
    options = {"html": False, "breaks": True}
    markdown = MarkdownIt("commonmark", options).enable(["table", "strikethrough"]).disable(list(_OFF))
    markdown.core.ruler.push("without styles", _without_styles)
    return markdown


def _without_styles(state: StateCore) -> None:
    """Take away how a table wants its columns aligned: no page of ours may hold a style."""
    for token in state.tokens:
        token.attrs.pop("style", None)
