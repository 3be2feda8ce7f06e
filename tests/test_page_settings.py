"""The settings of the page's looks: what they take, and where they show."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.template.loader import render_to_string

from statussite import environment
from tests.public.conftest import words


def test_links_have_words_and_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    told = "Imprint https://acme.example/imprint, Terms of use https://acme.example/terms,Write mailto:a@acme.example"
    monkeypatch.setenv("PAGE_LINKS", told)
    assert environment.links("PAGE_LINKS") == (
        ("Imprint", "https://acme.example/imprint"),
        ("Terms of use", "https://acme.example/terms"),
        ("Write", "mailto:a@acme.example"),
    )


@pytest.mark.parametrize("value", ["https://acme.example", "Imprint", "Imprint javascript:alert(1)", "Imprint /here"])
def test_a_link_without_words_or_address_stops_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PAGE_LINKS", value)
    with pytest.raises(SystemExit, match="PAGE_LINKS must be links"):
        environment.links("PAGE_LINKS")


@pytest.mark.parametrize("value", ["red", "#fff", "#12345g", "#7c3aed;"])
def test_a_colour_that_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PAGE_ACCENT", value)
    with pytest.raises(SystemExit, match="PAGE_ACCENT must be a colour"):
        environment.colour("PAGE_ACCENT")


def test_the_looks_are_on_a_page_that_needs_no_database(settings: Any) -> None:
    settings.PAGE_ACCENT, settings.PAGE_LINKS = "#7c3aed", (("Imprint", "https://acme.example/imprint"),)
    settings.PAGE_LOGO = "/logo.svg"
    page = BeautifulSoup(render_to_string("404.html"), "html.parser")
    assert page.select(".accent rect[fill='#7c3aed']")
    assert page.select("meta[name=theme-color][content='#7c3aed']")
    assert words(page.select_one("footer a[href='https://acme.example/imprint']")) == "Imprint"
    assert page.select(".brand img[src='/logo.svg'][alt='Status']")
