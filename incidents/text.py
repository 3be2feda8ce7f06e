"""Markdown as written by ops → safe HTML for pages and plain text for feeds and JSON."""

import re
from functools import lru_cache
from html import unescape

import nh3
from markdown_it import MarkdownIt

_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True})
# A heading inside an update would break the outline of the page around it: it becomes a strong line.
_markdown.add_render_rule("heading_open", lambda *_: "<p><strong>")
_markdown.add_render_rule("heading_close", lambda *_: "</strong></p>\n")

_TAGS = {"p", "a", "strong", "em", "code", "pre", "ul", "ol", "li", "blockquote", "br"}
_BLOCK_END = re.compile(r"</(?:p|li|pre|blockquote|ul|ol)>\s*")
_WIDE_GAP = re.compile(r"\n{3,}")


@lru_cache(maxsize=512)  # the feed alone shows some 300 updates, and hardly any of them ever changes
def html(markdown: str) -> str:
    """A small allow-list: no images, scripts or styles; links open nothing but http, https and mailto."""
    return nh3.clean(
        _markdown.render(markdown),
        tags=_TAGS,
        attributes={"a": {"href"}, "*": set()},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener noreferrer ugc",
    )


def plain(markdown: str) -> str:
    """The same words without markup, one line per paragraph or list item."""
    return _without_tags(_BLOCK_END.sub("\n", html(markdown)))


def spaced(markdown: str) -> str:
    """As `plain`, with an empty line between paragraphs."""
    return _WIDE_GAP.sub("\n\n", _without_tags(_BLOCK_END.sub(_gap, html(markdown))))


def _gap(end: "re.Match[str]") -> str:
    return "\n" if end[0].startswith("</li>") else "\n\n"


def _without_tags(html: str) -> str:
    text = html.replace("<br>", "")
    text = re.sub(r'<a href="([^"]*)"[^>]*>(.*?)</a>', _spell_out, text, flags=re.DOTALL)
    return unescape(nh3.clean(text, tags=set())).strip()


def _spell_out(link: "re.Match[str]") -> str:
    address, words = link.groups()
    return words if address.removeprefix("mailto:") == words.removeprefix("mailto:") else f"{words} ({address})"
