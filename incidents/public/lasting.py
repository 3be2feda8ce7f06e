"""What answers for programs share: a form that does not change by itself, and when it last did."""

import json
from typing import Any

from django.http import HttpResponse
from django.utils.http import http_date

from incidents import page
from incidents.rules import EARLIEST

# So that it is dead even where somebody puts it into a page.
_MARKUP = {"<": r"\u003c", ">": r"\u003e", "&": r"\u0026", "\u2028": r"\u2028", "\u2029": r"\u2029"}


def as_json(value: Any) -> str:
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for letter, escaped in _MARKUP.items():  # str.translate takes fifty times as long
        written = written.replace(letter, escaped)
    return written


def dated(response: HttpResponse) -> HttpResponse:
    """Says when the public last saw something change."""
    response["Last-Modified"] = http_date((page.changed_at() or EARLIEST).timestamp())
    return response
