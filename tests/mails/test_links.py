"""Every link of every mail of every kind leads to a page, and following it changes nothing."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.conf import settings
from django.test import Client

from incidents.mails.mail import Mail
from incidents.models import Subscription
from tests.mails.every_kind import mails, of_incidents, of_windows

__all__ = ["mails", "of_incidents", "of_windows"]

SITE = "http://127.0.0.1:8000"
PREFETCH = {"Sec-Purpose": "prefetch", "Purpose": "prefetch", "X-Moz": "prefetch"}


@pytest.fixture(params=["", *dict(settings.LANGUAGES)])
def ann(request: pytest.FixtureRequest, subscription: Callable[..., Subscription]) -> Subscription:
    """Reads the page's language, then each that there is."""
    return subscription(language=request.param)


def links(mail: Mail) -> tuple[set[str], set[str]]:
    """In the text, and in the HTML."""
    in_html = {str(link["href"]) for link in BeautifulSoup(mail.html, "html.parser").select("a[href]")}
    return set(re.findall(r"https?://[^\s)]+", mail.text)), in_html


def everything() -> dict[str, list[dict[str, Any]]]:
    """That is stored."""
    models = apps.get_app_config("incidents").get_models(include_auto_created=True)
    return {model.__name__: list(model._base_manager.order_by("pk").values()) for model in models}


def test_every_link_leads_to_a_page(mails: dict[str, Mail | None], client: Client, admin_client: Client) -> None:
    """For anybody; those to the desk, for ops."""
    before, places = everything(), dict[str, Client]()
    for kind, mail in mails.items():
        assert mail, kind
        in_text, in_html = links(mail)
        assert in_text, kind
        assert in_html >= in_text, kind
        for link in (*in_text, *in_html, *re.findall(r"<(http[^>]+)>", str(mail.headers))):
            assert link.startswith(f"{SITE}/"), (kind, link)
            places.setdefault(link.removeprefix(SITE), admin_client if kind == "nudge" else client)
    for place, visitor in places.items():
        answers = [visitor.head(place), visitor.get(place, headers=PREFETCH), visitor.get(place)]
        assert [answer.status_code for answer in answers] == [200] * 3, place
    assert everything() == before
