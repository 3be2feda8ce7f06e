import pytest

from incidents import text


def test_markdown_becomes_a_few_safe_tags() -> None:
    assert text.html("**Down** since `8:00`\n\n- a\n- b") == (
        "<p><strong>Down</strong> since <code>8:00</code></p>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"
    )


def test_a_heading_becomes_a_strong_line() -> None:
    assert text.html("## Root cause\nA leak") == "<p><strong>Root cause</strong></p>\n<p>A leak</p>\n"


def test_a_line_break_stays_a_line_break() -> None:
    assert text.html("one\ntwo") == "<p>one<br>\ntwo</p>\n"
    assert text.plain("one\ntwo") == "one\ntwo"


def test_links_neither_pass_rank_nor_reach_back() -> None:
    assert 'rel="nofollow noopener noreferrer ugc"' in text.html("[status](https://example.com)")


@pytest.mark.parametrize(
    "payload",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://evil.example/pixel.png)",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:msgbox(1))",
        "[x](&#106;avascript:alert(1))",
        "<a href='javascript:alert(1)'>x</a>",
        "<svg onload=alert(1)>",
        "<iframe src=https://evil.example></iframe>",
        "<p style='position:fixed'>x</p>",
        '[x](https://e.org "onmouseover=alert(1)")',
    ],
)
def test_nothing_that_runs_or_loads_survives(payload: str) -> None:
    shown = text.html(payload)
    for alive in ("<script", "<img", "<svg", "<iframe", "<p style", "onmouseover", 'href="javascript', 'href="data'):
        assert alive not in shown.lower()


def test_plain_text_spells_links_out() -> None:
    assert text.plain("See [the post](https://e.org/a?b=1&c=2).") == "See the post (https://e.org/a?b=1&c=2)."
    assert text.plain("Mail <mailto:help@example.com>") == "Mail mailto:help@example.com"


def test_plain_text_shows_what_markdown_escapes() -> None:
    assert text.plain("a < b & c > d") == "a < b & c > d"


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("One.\nTwo.\n\nThree.", "One.\nTwo.\n\nThree."),
        ("Do:\n\n- this\n- that\n\nNow.", "Do:\n\nthis\nthat\n\nNow."),
        ("> said\n\n```\ncode\nmore\n```", "said\n\ncode\nmore"),
    ],
)
def test_spaced_text_keeps_paragraphs_apart(markdown: str, words: str) -> None:
    assert text.spaced(markdown) == words
