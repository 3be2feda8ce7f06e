"""The text of an update: Statuspage keeps HTML or plain words, we keep Markdown that reads the same, and back."""

import re
from html import escape, unescape

from incidents import text

_TAG = re.compile(
    r"</?(?:a|b|blockquote|br|code|div|em|h[1-6]|i|li|ol|p|pre|s|small|span|strong|u|ul)\b[^<>]*>", re.IGNORECASE
)
# What Markdown may take for markup: anywhere in a line, at its start, and a number that would begin a list.
_INLINE = re.compile(r"([\\`*_\[\]<])")
_LINE_START = re.compile(r"^[ \t]*(?=[#>+=~-])", re.MULTILINE)
_LIST_NUMBER = re.compile(r"^[ \t]*(\d+)(?=[.)])", re.MULTILINE)
_SUSPECT = re.compile(r"[\\`*_\[\]<&]|^[ \t]*(?:[#>+=~-]|\d+[.)])|^(?: {4}|\t)", re.MULTILINE)


def markdown(body: str) -> str:
    """HTML is translated; plain words stay as they are, with a backslash only where Markdown would eat a character."""
    if _TAG.search(body):
        return _translated(body)
    if not _SUSPECT.search(body) or _reads_the_same(body):
        return body
    return _escape(body)


def with_line_breaks(markdown: str) -> str:
    """Plain words in which only `<br />` is markup: clients show it as HTML, so that a `<` must not begin a tag."""
    return escape(text.spaced(markdown), quote=False).replace("\n", "<br />")


def _translated(body: str) -> str:
    from markdownify import markdownify  # 5 MB of modules that only an import of somebody's history needs

    try:
        translated = markdownify(body, bullets="-", heading_style="atx", escape_misc=True)
    except RecursionError:  # nested beyond all reason: show it as it is
        return _escape(body)
    return re.sub(r"[ \t]*\n", "\n", translated).strip()  # our Markdown breaks lines without two blanks before


def _reads_the_same(body: str) -> bool:
    return text.plain(body).split() == unescape(body).split()


def _escape(words: str) -> str:
    escaped = _INLINE.sub(r"\\\1", words)
    return _LIST_NUMBER.sub(r"\1\\", _LINE_START.sub(r"\\", escaped))
