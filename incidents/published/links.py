"""Links between the pages, for those who read them from files."""

import posixpath
import re
from collections.abc import Callable
from datetime import date

from incidents.published.folder import name_of, path_of

_LINK = re.compile(r'\b(href|src)="([^"#?]*)([^"]*)"')
_ADDRESS = re.compile(r"https?://[^/\s\"'<>]+(/[^\s\"'<>?#\\]*)")
_FOLD = "\r\n "  # RFC 5545 §3.1
_MONTH = re.compile(r'datetime="(\d{4})-(\d{2})')


def relative(html: str, path: str, *, is_here: Callable[[str], bool], site: str) -> str:
    """Makes what leads from the page at `path` to another file lead there from wherever the files are; what leads
    to what is not among them leads to `site`, an origin."""
    start = posixpath.dirname(name_of(path))

    def rewritten(match: re.Match[str]) -> str:
        attribute, target, rest = match.groups()
        if not _is_rooted(target):
            return match[0]
        there = posixpath.relpath(name_of(target), start) if is_here(target) else f"{site}{target}"
        return f'{attribute}="{there}{rest}"'

    return _LINK.sub(rewritten, html)


def targets(text: str, path: str) -> set[str]:
    """The paths on this site that the page, feed or calendar links to, whether its links are rooted, relative or whole
    addresses; of an address on another site, its path."""
    start = posixpath.dirname(name_of(path))
    found = {match[2] for match in _LINK.finditer(text)} | set(_ADDRESS.findall(text.replace(_FOLD, "")))
    rooted = {target for target in found if _is_rooted(target)}
    beside = {target for target in found - rooted if target and ":" not in target and not target.startswith("/")}
    return rooted | {path_of(posixpath.normpath(posixpath.join(start, target))) for target in beside}


def months(html: str) -> set[date]:
    """All months from the earliest to the latest instant that the page names, and one more on either side: the
    page's time zone may disagree with the attribute's."""
    named = [int(year) * 12 + int(month) - 1 for year, month in _MONTH.findall(html)]
    if not named:
        return set()
    return {date(month // 12, month % 12 + 1, 1) for month in range(min(named) - 1, max(named) + 2)}


def _is_rooted(target: str) -> bool:
    return target.startswith("/") and not target.startswith("//")
