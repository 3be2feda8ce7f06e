from html import unescape

import pytest

from incidents import text
from incidents.statuspage.bodies import markdown
from tests.statuspage.conftest import real, sample


@pytest.mark.parametrize("name", ["", "github-2022-2026.json", "instructure-summary.json"])
def test_every_plain_text_reads_on_the_page_as_at_its_source(name: str) -> None:
    document = real(name) if name else sample()
    bodies = [u["body"] for i in document["incidents"] for u in i["incident_updates"]]

    assert [text.plain(markdown(body)).split() for body in bodies] == [unescape(body).split() for body in bodies]


def test_plain_words_are_stored_as_they_are() -> None:
    assert (
        markdown("Some 5xx errors: <1% of requests, see a_b & c.") == "Some 5xx errors: <1% of requests, see a_b & c."
    )


@pytest.mark.parametrize(
    "words",
    [
        "# not a heading",
        "2 * 3 * 4",
        "- no list\n- really",
        "1. first\n2) second",
        "[a](http://b.example)",
        "`git push`",
        "under_ _lined_",
        "<https://a.example>",
        "title\n===",
        "~~~\ncode",
        "> quoted",
        "a\\*b",
    ],
)
def test_markup_characters_of_plain_words_are_not_eaten(words: str) -> None:
    assert text.plain(markdown(words)).split() == words.split()


def test_html_becomes_markdown() -> None:
    body = 'Slow.<br /><br /><strong>Now</strong> see <a href="https://a.example/?b=1&amp;c=2">here</a>.'

    assert markdown(body) == "Slow.\n\n**Now** see [here](https://a.example/?b=1&c=2)."


def test_html_lists_become_lists() -> None:
    assert markdown("<p>Two:</p><ul><li>one</li><li>two</li></ul>") == "Two:\n\n- one\n- two"


def test_a_line_break_of_the_source_is_one_on_the_page() -> None:
    assert "one<br>\ntwo" in text.html(markdown("one<br/>two"))


def test_an_encoded_tag_is_not_taken_for_markup() -> None:
    assert text.plain(markdown("use &lt;b&gt; here")) == "use <b> here"


def test_absurdly_nested_html_is_still_text() -> None:
    assert "deep" in text.plain(markdown("<b>" * 5000 + "deep"))
