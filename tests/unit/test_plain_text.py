import pytest

from kcds.cards.plain_text import plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("Theophylline 300 mg", "Theophylline 300 mg", id="a name and a dose stay as they are"),
        pytest.param("<img src=x onerror=alert(1)>", "img src x onerror alert 1", id="no HTML"),
        pytest.param("[click](javascript:alert(1))", "click javascript alert 1", id="no Markdown link"),
        pytest.param("![x](http://evil.example)", "x http evil.example", id="no image and no bare link"),
        pytest.param("see www.evil.example", "see evil.example", id="no autolink"),
        pytest.param("a\n\n# Heading\n- item", "a Heading - item", id="one line only"),
        pytest.param("**bold** _it_ `code`", "bold it code", id="no emphasis"),
        pytest.param("a@b.example", "a b.example", id="no mail link"),
    ],
)
def test_text_of_the_record_is_shown_without_markup(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_long_text_is_cut() -> None:
    assert len(plain("word " * 100)) <= 60
