"""Words of a record stay words (checklist ROB-4): whatever stands in whatever text field, no card gets markup of it.

The detail is read by a CommonMark parser with raw HTML allowed and with the tables and strikethrough of GitHub; what
GitHub makes a link of without brackets is looked for in the text. A card must have the same parts as with harmless
words, so that nothing of the record is a heading, a list, a table, code, a link, an image or HTML.
"""

import re
from functools import cache

import pytest
from builders import Json
from full_record import Path, calls, places, with_words
from markdown_it import MarkdownIt
from service_builders import cards_of, logs, make_client, post

GFM = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OURS = {"paragraph", "bullet_list", "list_item", "inline", "text", "strong", "em", "softbreak", "hardbreak"}
SELF_MADE_LINK = re.compile(
    r"(?i)(https?|ftp|mailto|xmpp|javascript|data|vbscript):|www\.|[\w.+-]+@[\w-]+\.\w|\.(com|example)\b"
)
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")

PAYLOADS = {
    "a script": "<script>window.ran=1</script>",
    "an image with a handler": "<img src=x onerror=window.ran=1>",
    "an svg with a handler": "<svg/onload=window.ran=1>",
    "a frame": "<iframe src='https://evil.example'></iframe>",
    "an HTML link": "<a href='javascript:window.ran=1'>more</a>",
    "a comment and a section": "<!-- x --> <![CDATA[ x ]]> <?php x ?>",
    "an unclosed tag": "<b onclick=window.ran=1 ",
    "a link": "[more](javascript:window.ran=1)",
    "a link with a title": '[more](https://evil.example "x")',
    "an image": "![x](https://evil.example/x.png)",
    "a reference link": "[more][1]\n\n[1]: https://evil.example",
    "a collapsed reference": "[more][]\n\n[more]: <javascript:window.ran=1>",
    "a footnote": "x[^1]\n\n[^1]: https://evil.example",
    "an autolink": "<https://evil.example> <a@evil.example>",
    "bare links": "https://evil.example www.evil.example ftp://evil.example mailto:a@evil.example a@evil.example",
    "links behind links": "hthttp://tp://evil.example wwwww..evil.example www._evil.example h://ttp://evil.example",
    "names of hosts": "evil.com evil.example/x?y=z WWW.evil.example www.1.evil.com",
    "a table": "a | b\n--|--\n<i>c</i> | [d](https://evil.example)",
    "headings": "\n# Heading\n\nHeading\n=======\n",
    "a fence": "```html\n<img src=x>\n```",
    "a fence never closed": "~~~\n",
    "code": "`<img src=x>` ``x",
    "indented code": "\n\n        x()",
    "a quotation and lists": "\n> x\n\n- x\n  1. y\n* z\n---\n***",
    "emphasis": "**x** __x__ *x* _x_ ~~x~~ ***",
    "named entities": "&lt;script&gt;window.ran=1&lt;/script&gt; &colon; &NewLine; &Tab;",
    "numbered entities": "&#60;img src=x onerror=window.ran=1&#62; &#x3c;b&#x3e; &#106;avascript&#58;x",
    "escapes": "\\<b\\> \\[x\\](https\\://evil.example) \\\\",
    "zero-width characters": "java\u200bscript:x ht\u200dtp\ufeff://evil.example <\u2060b>",
    "turned text": "\u202e)x:tpircsavaj(]erom[\u202c \u2066x\u2069",
    "lookalikes": "\uff1cscript\uff1e \u2039b\u203a \ufe64i\ufe65 \uff3bx\uff3d\uff08https\uff1a\uff0f\uff0fevil",
    "other line ends": "x\u2028# y\u2029- z\x0b1. w\x0c> v\x85",
    "control characters": "x\x00y\x1b[31mz\x7f",
    "very long": "<b>[x](y)" * 500,
    "one long word": "x" * 5_000,
}


@pytest.fixture(scope="module", autouse=True)
def quiet() -> object:
    with logs("ERROR") as stream:
        yield stream


CALLS = calls()
CLIENT = make_client()


def cards(hook: str, words: str, *, below: Path = ()) -> list[Json]:
    return cards_of(post(CLIENT, with_words(CALLS[hook], words, below)))


@cache
def parts_with_harmless_words(hook: str) -> list[list[str]]:
    return [parts(card["detail"]) for card in cards(hook, "harmless words")]


def resources(call: Json) -> list[Path]:
    """The place of each resource in which words stand."""
    return list(dict.fromkeys(path[: path.index("resource") + 1 if "resource" in path else 2] for path in places(call)))


def texts(card: Json) -> list[str]:
    """Every text of a card that a client shows."""
    offers = [text for s in card.get("suggestions", ()) for text in (s["label"], s["actions"][0]["description"])]
    source = card["source"]
    return [card["summary"], card["detail"], source["label"], source["topic"]["display"], *offers]


def parts(text: str) -> list[str]:
    """What a Markdown parser makes of a text: the kinds of its parts, without the text itself."""
    tokens = [token for block in GFM.parse(text) for token in (block, *(block.children or ()))]
    return [token.type for token in tokens if token.type != "text"]


def assert_harmless(card: Json) -> None:
    for text in texts(card):
        kinds = {part.removesuffix("_open").removesuffix("_close") for part in parts(text)}
        assert kinds <= OURS, (kinds - OURS, text[:500])
        assert not SELF_MADE_LINK.search(text), text[:500]
        assert not UNSEEN.search(text), text[:500]
        assert len(text) < 20_000


@pytest.mark.checklist("ROB-4", "CARD-5")
@pytest.mark.parametrize("hook", CALLS)
def test_rob_4_words_that_no_code_identifies_are_shown_so_that_what_follows_tests_something(hook: str) -> None:
    shown = "".join(text for card in cards(hook, "Zebrafish pill") for text in texts(card))

    assert "Zebrafish pill" in shown


@pytest.mark.checklist("ROB-4", "CARD-5")
@pytest.mark.parametrize("hook", ["patient-view", "order-sign"])
@pytest.mark.parametrize("payload", PAYLOADS)
def test_rob_4_no_words_in_any_text_field_at_once_become_markup(hook: str, payload: str) -> None:
    found = cards(hook, PAYLOADS[payload])

    for card in found:
        assert_harmless(card)
    assert [parts(card["detail"]) for card in found] == parts_with_harmless_words(hook)


POLYGLOT = "x\n\n# y\n<img src=x onerror=window.ran=1> [a](javascript:x) ![b](https://evil.example) | `c` &lt;"


@pytest.mark.checklist("ROB-4", "CARD-5")
@pytest.mark.parametrize("hook", CALLS)
def test_rob_4_no_words_in_the_text_fields_of_one_resource_become_markup(hook: str) -> None:
    found = resources(CALLS[hook])

    assert len(found) > 20
    for place in found:
        for card in cards(hook, POLYGLOT, below=place):
            assert_harmless(card)


@pytest.mark.checklist("ROB-4")
def test_rob_4_the_record_has_words_in_every_kind_of_text_field() -> None:
    found = {tuple(step for step in path if isinstance(step, str))[-3:] for path in places(CALLS["order-sign"])}

    assert len(found) > 100
    names = {path[-1] for path in found}
    assert names >= {"text", "display", "valueString", "div", "unit", "description", "family", "onsetString"}
