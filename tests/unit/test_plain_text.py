import pytest

from kcds.cards.plain_text import plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("Theophylline 300 mg", "Theophylline 300 mg", id="a name and a dose stay as they are"),
        pytest.param("<img src=x onerror=alert(1)>", "img src x onerror alert 1", id="no HTML"),
        pytest.param("[click](javascript:alert(1))", "click javascript alert 1", id="no Markdown link"),
        pytest.param("![x](http://evil.example)", "x http evil example", id="no image and no bare link"),
        pytest.param("see www.evil.example", "see evil example", id="no autolink"),
        pytest.param("a\n\n# Heading\n- item", "a Heading - item", id="one line only"),
        pytest.param("**bold** _it_ `code`", "bold it code", id="no emphasis"),
        pytest.param("a@b.example", "a b example", id="no mail link"),
        pytest.param("evil.com/x and evil.co.uk", "evil com/x and evil co uk", id="no name of a host"),
        pytest.param("0.5 mg p.o. b.i.d.", "0.5 mg p.o. b.i.d.", id="numbers and short forms stay as they are"),
        pytest.param("cafe\u0301 ke\u0301tamine", "caf\u00e9 k\u00e9tamine", id="accents in one sign"),
        pytest.param(
            "\u0915\u0947\u091f\u093e\u092e\u093f\u0928",
            "\u0915\u0947\u091f\u093e\u092e\u093f\u0928",
            id="marks of Hindi",
        ),
        pytest.param("a\ufe0fb\u034fc\u200bd\U000e0101e", "a b c d e", id="nothing that is not seen"),
        pytest.param("\u1fefcode\u1fef \u037e", "code ;", id="signs that are another in normal form"),
    ],
)
def test_text_of_the_record_is_shown_without_markup(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_long_text_is_cut() -> None:
    assert len(plain("word " * 100)) <= 60
