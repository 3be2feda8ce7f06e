"""What makes a mail the reader's own: threads, ids, links, and headers that nothing typed gets into."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bs4 import BeautifulSoup
from django.core.mail import EmailMultiAlternatives
from pytest_django import Settings

from incidents import page
from incidents.lifecycle import IncidentStatus
from incidents.mails.update import update_mail
from incidents.models import Actor, Incident, Subscription
from incidents.models.tokens import Purpose
from tests.mails.conftest import HOUR


def test_mails_of_one_incident_are_one_thread(
    outage: Incident, ops: Actor, told: Callable[[datetime], page.Notice], ann: Subscription, now: datetime
) -> None:
    first = update_mail(told(now), ann)
    outage.post_update(by=ops, status=IncidentStatus.RESOLVED, now=now + HOUR)
    second = update_mail(told(now + HOUR), ann)
    for mail in (first, second):
        assert mail.headers["References"] == mail.headers["In-Reply-To"] == f"<{outage.pk}.thread@127.0.0.1>"


def test_it_can_be_left_by_one_click_and_answers_nobody(
    outage: Incident, told: Callable[[datetime], page.Notice], ann: Subscription, now: datetime
) -> None:
    headers = update_mail(told(now), ann).headers
    leave = headers["List-Unsubscribe"].strip("<>")
    assert Subscription.held_by(leave.split("/")[-2], Purpose.UNSUBSCRIBE) == ann
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Auto-Submitted"] == "auto-generated"


def test_each_reader_has_links_of_their_own(
    outage: Incident,
    told: Callable[[datetime], page.Notice],
    ann: Subscription,
    subscription: Callable[..., Subscription],
    now: datetime,
) -> None:
    notice, bob = told(now), subscription("bob@example.com")
    for row in (ann, bob):
        mail = update_mail(notice, row)
        tokens = set(re.findall(r"/subscriptions/\w+/([^/\"]+)/", mail.text + mail.html))
        assert {Subscription.held_by(token, Purpose.MANAGE, Purpose.UNSUBSCRIBE) for token in tokens} == {row}
        assert "\0" not in mail.text + mail.html


def test_nothing_typed_begins_a_header(
    outage: Incident, told: Callable[[datetime], page.Notice], ann: Subscription, now: datetime
) -> None:
    notice = told(now)
    evil = replace(notice.story, title="A\r\nBcc: e@v.il\u2028\x85\x00B\tC")
    mail = update_mail(replace(notice, story=evil), ann)
    assert mail.subject == "[Status] Investigating: A Bcc: e@v.il B C"
    message = EmailMultiAlternatives(mail.subject, mail.text, to=[mail.to], headers=dict(mail.headers)).message()
    assert message["Bcc"] is None


def test_links_are_absolute_and_times_of_the_page_s_zone(
    outage: Incident, told: Callable[[datetime], page.Notice], ann: Subscription, now: datetime, settings: Settings
) -> None:
    settings.SITE_URL, settings.PAGE_TIME_ZONE = "https://status.example.org", "Europe/Berlin"
    mail = update_mail(told(now + timedelta(seconds=1)), ann)
    links = [link["href"] for link in BeautifulSoup(mail.html, "html.parser").select("a[href]")]
    assert {str(link).split("/")[2] for link in links} == {"status.example.org", "example.com"}
    assert "13:00\xa0CET" in mail.text
    assert "Times are in Europe/Berlin" in mail.text
