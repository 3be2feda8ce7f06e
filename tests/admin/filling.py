"""A page of the desk as a browser has it: what its form would send if nobody typed anything, and what it shows."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

from django.test import Client

type Fields = dict[str, list[str]]


class Form(HTMLParser):
    """Reads the fields of the desk's form: `fields` as they would be sent, `choices` as they are offered."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: Fields = {}
        self.choices: Fields = {}
        self._inside = False
        self._open = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = "desk-form" in given.get("class", "")
        elif self._inside and tag == "input":
            self._input(given)
        elif self._inside and tag in ("select", "textarea"):
            self._open = given["name"]
            self.fields[self._open] = [""]
        elif self._inside and tag == "option":
            self._choice(self._open, given, chosen="selected" in given)

    def handle_data(self, data: str) -> None:
        if self._open and not self.choices.get(self._open):
            self.fields[self._open] = [self.fields[self._open][0] + data.removeprefix("\n")]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self._open = ""

    def _input(self, given: dict[str, str]) -> None:
        if given.get("type") in ("radio", "checkbox"):
            self._choice(given["name"], {"value": "on", **given}, chosen="checked" in given)
        else:
            self.fields.setdefault(given["name"], []).append(given.get("value", ""))

    def _choice(self, name: str, given: dict[str, str], *, chosen: bool) -> None:
        if not self.choices.get(name):
            self.fields.pop(name, None)  # white space before the first option
        self.choices.setdefault(name, []).append(given["value"])
        if chosen:
            self.fields.setdefault(name, []).append(given["value"])


class Page:
    def __init__(self, response: Any) -> None:
        self.response = response
        self.html = response.content.decode()
        self.form = Form(self.html)

    @property
    def errors(self) -> set[str]:
        """The fields that are marked."""
        return set(self.response.context["form"].errors)

    @property
    def words(self) -> str:
        """What a person reads, without markup."""
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", self.html)).split())


class Desk:
    """A browser: `open` a page, `send` what it holds with something typed over it."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def open(self, path: str) -> Page:
        return Page(self.client.get(path))

    def send(self, path: str, page: Page | None = None, /, **typed: Any) -> Page:
        """Fills in the form of `page` (else of the page at `path`) and follows where the answer leads."""
        page = page or self.open(path)
        fields: dict[str, Any] = {**page.form.fields, **typed}
        sent = {name: value for name, value in fields.items() if value is not None}
        return Page(self.client.post(path, sent, follow=True))
