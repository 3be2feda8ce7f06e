"""Who subscribes in a language is written to in it, and led to pages in it."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from incidents import page
from incidents.mails import links
from incidents.mails.confirmation import confirmation
from incidents.mails.update import update_mail
from incidents.models import Incident, Subscription
from incidents.models.tokens import Purpose
from tests.mails.conftest import told

__all__ = ["told"]

SITE = "http://127.0.0.1:8000"
ANN = {"email": "ann@example.com", "channel": "email", "notify_incidents": "on"}


@pytest.mark.parametrize(("path", "language"), [("/subscribe/", ""), ("/zh-hans/subscribe/", "zh-hans")])
def test_the_language_of_the_form_is_that_of_the_mails(client: Client, db: None, path: str, language: str) -> None:
    assert client.post(path, ANN).status_code == 200
    assert Subscription.objects.get().language == language


def test_a_mail_and_its_links_are_in_the_language(client: Client, db: None) -> None:
    client.post("/de/subscribe/", ANN)
    row = Subscription.objects.get()
    mail = confirmation(row)
    assert mail.subject == "Bestätigen Sie Ihr Abonnement von Status"
    assert links.confirm(row) in mail.text
    assert links.confirm(row).startswith(f"{SITE}/de/subscriptions/confirm/")


def test_so_is_news_of_an_incident(
    incident: Callable[..., Incident],
    subscription: Callable[..., Subscription],
    told: Callable[[datetime], page.Notice],
    now: datetime,
) -> None:
    story = incident(title="Broken", now=now)
    french, own = subscription("ann@example.com", language="fr"), subscription("bob@example.com")
    mail, other = (update_mail(told(now), to) for to in (french, own))
    assert mail.subject == "[Status] En cours d’analyse: Broken"
    assert f"{SITE}/fr/incidents/{story.pk}/" in mail.text
    assert f"<{SITE}/fr/subscriptions/unsubscribe/" in mail.headers["List-Unsubscribe"]
    assert f"{SITE}/incidents/{story.pk}/" in other.text
    assert f"<{SITE}/subscriptions/unsubscribe/" in other.headers["List-Unsubscribe"]


def test_another_language_can_be_chosen_later(client: Client, subscription: Callable[..., Subscription]) -> None:
    row = subscription()
    path = f"/subscriptions/manage/{row.token(Purpose.MANAGE)}/"
    assert client.post(path, {"notify_incidents": "on", "scope": "all", "language": "es"}).status_code == 200
    row.refresh_from_db()
    assert row.language == "es"
    assert b'<option value="es" lang="es" selected>' in client.get(path).content


@pytest.mark.parametrize("language", ["klingon", "\0", "e" * 5000])
def test_a_language_that_there_is_not_is_refused(
    client: Client, subscription: Callable[..., Subscription], language: str
) -> None:
    row = subscription(language="de")
    path = f"/subscriptions/manage/{row.token(Purpose.MANAGE)}/"
    assert client.post(path, {"notify_incidents": "on", "language": language}).status_code == 400
    row.refresh_from_db()
    assert row.language == "de"


def test_a_language_that_is_offered_no_longer_becomes_the_page_s_own(subscription: Callable[..., Subscription]) -> None:
    row = subscription()
    row.language = "ar"
    assert links.manage(row).startswith(f"{SITE}/subscriptions/manage/")
    assert confirmation(row).subject == "Your subscription to Status"
