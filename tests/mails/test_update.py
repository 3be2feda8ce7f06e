"""What subscribers read of an incident or a maintenance window."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from bs4 import BeautifulSoup
from django.test.utils import override_settings

from incidents import page
from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.mails.mail import Mail
from incidents.mails.update import update_mail
from incidents.models import Actor, Incident, MaintenanceWindow, Service, Subscription
from incidents.severity import ServiceStatus
from tests.mails.conftest import HOUR

STARTED = MaintenanceStatus.IN_PROGRESS

type Mailed = Callable[[datetime], Mail]


def rows(mail: Mail) -> dict[str, str]:
    """The tables of a mail: heading of each row → what it says."""
    lines = [list(row.stripped_strings) for row in BeautifulSoup(mail.html, "html.parser").select(".rows tr")]
    return {" ".join(words[0].split()): " ".join(" ".join(words).split()) for words in lines}


def headline(mail: Mail) -> str:
    return BeautifulSoup(mail.html, "html.parser").select_one(".pill").get_text(strip=True)  # type: ignore[union-attr]


def test_a_beginning_is_told_whole(outage: Incident, mailed: Mailed, now: datetime) -> None:
    mail = mailed(now)
    assert mail.to == "ann@example.com"
    assert mail.subject == "[Status] Investigating: Requests <fail>"
    assert headline(mail) == "Investigating"
    assert rows(mail) == {
        "API": "API Operational → Partial outage",
        "Login": "Login Operational → Degraded performance",
        "Began": "Began 21 Nov 2026, 12:00\xa0UTC".replace("\xa0", " "),
    }
    assert "Requests &lt;fail&gt;" in mail.html
    assert "About a third." in mail.html
    for words in ("Major impact", "Next update by", "Times are in UTC"):
        assert words in mail.html


def test_as_text_it_is_the_same(outage: Incident, mailed: Mailed, now: datetime) -> None:
    assert (
        mailed(now)
        .text.replace("\xa0", " ")
        .startswith(
            f"""Investigating: Requests <fail>
http://127.0.0.1:8000/incidents/{outage.pk}/

About a third.

We are looking: guide (https://example.com/guide) <img src=x> [bad](javascript:alert(1))

Affected services
- API: Operational → Partial outage
- Login: Operational → Degraded performance

Began: 21 Nov 2026, 12:00 UTC
This update: 21 Nov 2026, 12:00 UTC
Next update by 21 Nov 2026, 13:00 UTC

"""
        )
    )


def test_what_ops_typed_is_no_markup_but_a_little_markdown(outage: Incident, mailed: Mailed, now: datetime) -> None:
    soup = BeautifulSoup(mailed(now).html, "html.parser")
    assert soup.select("img, script, iframe, form") == []
    assert [link["href"] for link in soup.select("a[href*='example.com/guide']")] == ["https://example.com/guide"]
    assert not soup.select("a[href^=javascript]")


def test_an_update_tells_what_it_changed_and_what_stays(
    outage: Incident, ops: Actor, mailed: Mailed, now: datetime
) -> None:
    levels = {Service.objects.get(slug="api"): ServiceStatus.PARTIAL_OUTAGE}
    outage.post_update(by=ops, status=IncidentStatus.IDENTIFIED, message="Found.", levels=levels, now=now + HOUR)
    mail = mailed(now + HOUR)
    assert mail.subject == "[Status] Identified: Requests <fail>"
    found = rows(mail)
    assert found["API"] == "API Partial outage"
    assert found["Login"] == "Login Degraded performance → Operational"
    assert "About a third." not in mail.html
    assert "Next update by" not in mail.html

    outage.post_update(by=ops, status=IncidentStatus.IDENTIFIED, message="Nearly.", now=now + 2 * HOUR)
    assert "Login" not in rows(mailed(now + 2 * HOUR))


def test_the_end_says_how_long_it_was(outage: Incident, ops: Actor, mailed: Mailed, now: datetime) -> None:
    outage.post_update(by=ops, status=IncidentStatus.RESOLVED, message="Done.", now=now + 2 * HOUR)
    mail = mailed(now + 2 * HOUR)
    assert mail.subject == "[Status] Resolved: Requests <fail>"
    found = rows(mail)
    assert found["API"] == "API Partial outage → Operational"
    assert found["Lasted"] == "Lasted 2 hours"
    assert BeautifulSoup(mail.html, "html.parser").select_one(".card.t-ok")


def test_a_window_is_announced_with_its_time(upgrade: MaintenanceWindow, mailed: Mailed, now: datetime) -> None:
    mail = mailed(now)
    assert mail.subject == "[Status] Scheduled maintenance: Upgrade, 22 Nov 2026, 12:00 UTC"
    assert headline(mail) == "Scheduled maintenance"
    found = rows(mail)
    assert found["API"] == "API"
    assert found["Planned"] == "Planned 22 Nov 2026, 12:00 – 13:00 UTC"
    assert "Planned: 22 Nov 2026, 12:00 UTC – 22 Nov 2026, 13:00 UTC" in mail.text.replace("\xa0", " ")


@pytest.mark.parametrize(
    "path",
    [
        {
            MaintenanceStatus.IN_PROGRESS: "Maintenance in progress",
            MaintenanceStatus.COMPLETED: "Maintenance completed",
        },
        {MaintenanceStatus.CANCELLED: "Maintenance cancelled"},
    ],
)
def test_what_becomes_of_it_is_told_in_the_subject(
    upgrade: MaintenanceWindow, ops: Actor, mailed: Mailed, now: datetime, path: dict[MaintenanceStatus, str]
) -> None:
    for status, words in path.items():
        upgrade.post_update(by=ops, status=status, now=now + 24 * HOUR)
        assert mailed(now + 24 * HOUR).subject == f"[Status] {words}: Upgrade"


def test_a_reminder_says_that_it_is_one(
    upgrade: MaintenanceWindow, told: Callable[[datetime], page.Notice], ann: Subscription, now: datetime
) -> None:
    notice = replace(told(now), type=f"maintenancewindow.{page.REMINDED}", update=None)
    mail = update_mail(notice, ann)
    assert mail.subject == "[Status] Maintenance reminder: Upgrade, 22 Nov 2026, 12:00 UTC"
    assert headline(mail) == "Maintenance reminder"
    for words in ("A new disk.", "No writes for a minute."):
        assert words in mail.html
        assert words in mail.text
    assert "This update" not in mail.html + mail.text


@override_settings(LANGUAGE_CODE="en")
def test_it_is_in_the_subscriber_s_language(
    outage: Incident, told: Callable[[datetime], page.Notice], ann: Subscription, now: datetime
) -> None:
    notice, ann.language = told(now), "de"
    assert '<html lang="de">' in update_mail(notice, ann).html
    ann.language = ""
    assert '<html lang="en">' in update_mail(notice, ann).html


def test_it_needs_no_picture_and_nothing_from_elsewhere(outage: Incident, mailed: Mailed, now: datetime) -> None:
    html = mailed(now).html
    assert not re.search(r"<(img|link|script|iframe|svg)|url\(|@import|src=", html.replace("&lt;img src=x&gt;", ""))
    assert "prefers-color-scheme: dark" in html
    assert 'name="color-scheme" content="light dark"' in html
