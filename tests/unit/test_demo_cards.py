"""Cards on a page: their Markdown is rendered, and nothing else of them comes alive."""

import pytest
from demo_pages import Part, parts_of
from service_builders import SAMPLE_NAMES, sample

from kcds.pages.demo.cards import draw_cards, render_markdown

HOSTILE = {
    "HTML": "<img src=x onerror=window.ran=1><script>window.ran=1</script><svg onload=window.ran=1>",
    "a frame and an HTML link": "<iframe srcdoc='x'></iframe> <a href='javascript:window.ran=1'>x</a>",
    "a block of HTML": "<div>\n\n<form action=https://evil.example><button>Sign</button></form>\n\n</div>",
    "links and images": "[x](javascript:window.ran=1) ![x](https://evil.example/x.png) <https://evil.example>",
    "a link by reference": "[m][1] [n]\n\n[1]: https://evil.example\n[n]: javascript:window.ran=1",
    "entities": "&lt;img src=x onerror=window.ran=1&gt; &#60;script&#62;window.ran=1&#60;/script&#62;",
    "code": "```html onload=x\n<script>window.ran=1</script>\n```\n\n`<b>`",
    "headings": "# one\n\ntwo\n===\n",
    "a table": "|a|b|\n|:-:|-|\n|<b>c</b>|[d](https://evil.example)|",
}
PLAIN = {"p", "ul", "ol", "li", "strong", "em", "br", "code", "pre", "table", "thead", "tbody", "tr", "th", "td", "s"}


def rendered(text: str) -> list[Part]:
    return parts_of(str(render_markdown(text)))


@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_in_a_detail_is_more_than_plain_text_in_plain_elements(words: str) -> None:
    parts = rendered(HOSTILE[words])

    assert {part.tag for part in parts} <= PLAIN
    assert {name for part in parts for name in part.attributes} <= {"class"}


@pytest.mark.parametrize("words", HOSTILE)
def test_what_is_not_rendered_can_still_be_read(words: str) -> None:
    text = "".join(part.text for part in rendered(HOSTILE[words]))

    assert any(word in text for word in ("ran=1", "evil.example", "one"))


def test_lists_emphasis_and_tables_are_rendered() -> None:
    parts = rendered("**Checked**\n\n- _pain_\n\n|Value|Date|\n|-|-|\n|172/104|20 Nov|")

    assert {"strong", "ul", "li", "em", "table", "th", "td"} <= {part.tag for part in parts}


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_no_sign_of_markdown_is_left_in_the_cards_of_a_story(name: str) -> None:
    for card in draw_cards(sample(name, "response.json")["cards"]):
        text = "".join(part.text for part in parts_of(str(card.detail)))
        assert [sign for sign in ("**", "](", "\n- ", " _") if sign in text] == []


def test_a_card_keeps_all_that_a_clinician_can_do_with_it() -> None:
    (answered, *_) = sample("opioid-use-disorder-drafted", "response.json")["cards"]
    links = [
        {"label": "Rule and evidence", "url": "https://cds.example.org/rules/x", "type": "absolute"},
        {"label": "Open ketamine review", "url": "https://cds.example.org/launch", "type": "smart"},
    ]

    (card,) = draw_cards([answered | {"links": links}])

    assert (card.indicator, card.summary) == ("critical", answered["summary"])
    assert card.source.url == answered["source"]["url"]
    assert card.suggestions == ("Take back the drafted order: ketamine, intravenous",)
    assert card.reasons == tuple(reason["display"] for reason in answered["overrideReasons"])
    assert [(link.label, link.url) for link in card.links] == [
        ("Rule and evidence", "https://cds.example.org/rules/x"),
        ("Open ketamine review", None),
    ]
