"""Links that lead from file to file."""

from datetime import date

import pytest

from incidents.published import links

HERE = {"/", "/history/", "/history.rss", "/services/api/", "/static/public.1.css"}


def relative(html: str, path: str) -> str:
    return links.relative(html, path, is_here=HERE.__contains__, site="https://status.example.com")


@pytest.mark.parametrize(
    ("path", "link", "there"),
    [
        ("/", "/", "index.html"),
        ("/", "/services/api/", "services/api/index.html"),
        ("/services/api/", "/", "../../index.html"),
        ("/services/api/", "/history.rss", "../../history.rss"),
        ("/history/2026/11/", "/history/#may", "../../index.html#may"),
        ("/history/", "/static/public.1.css", "../static/public.1.css"),
        ("/history/", "/admin/?next=x", "https://status.example.com/admin/?next=x"),
    ],
)
def test_a_rooted_link_becomes_relative_where_its_target_is_a_file(path: str, link: str, there: str) -> None:
    assert relative(f'<a href="{link}">', path) == f'<a href="{there}">'


@pytest.mark.parametrize("link", ["#content", "https://example.com/", "//example.com/", "mailto:a@example.com", ""])
def test_every_other_link_stays(link: str) -> None:
    assert relative(f'<a href="{link}">', "/history/") == f'<a href="{link}">'


def test_what_only_looks_like_a_link_stays() -> None:
    shown = '<meta content="/history/"> href=&quot;/history/&quot;'
    assert relative(shown, "/") == shown


def test_the_targets_are_the_same_before_and_after() -> None:
    html = '<a href="/history/"> <a href="/services/api/#x"> <a href="/"> <a href="#y"> <a href="https://example.com/">'
    expected = {"/history/", "/services/api/", "/"}
    assert links.targets(html, "/services/api/") == expected
    assert links.targets(relative(html, "/services/api/"), "/services/api/") == expected


@pytest.mark.parametrize(
    "text",
    ["<link>https://status.example.com/services/api/?x#y</link>", "URL:https://status.example.com/serv\r\n ices/api/"],
)
def test_the_targets_of_a_feed_and_of_a_calendar_are_its_addresses(text: str) -> None:
    assert links.targets(text, "/history.rss") == {"/services/api/"}


def test_the_months_are_all_between_those_named_and_one_more_on_either_side() -> None:
    html = '<time datetime="2025-12-31T23:00:00Z"> … <time datetime="2026-02-01">'
    assert links.months(html) == {date(2025, 11, 1), date(2025, 12, 1), *(date(2026, month, 1) for month in (1, 2, 3))}
    assert links.months("<p>never</p>") == set()
