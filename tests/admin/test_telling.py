"""Who will be told, before it is posted; and afterwards how it gets on, and how to take it back."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from incidents.lifecycle import IncidentStatus
from incidents.models import (
    Actor,
    AuditEntry,
    Channel,
    Delivery,
    Event,
    Incident,
    MaintenanceWindow,
    Service,
    Subscription,
)
from incidents.models.clock import database_now
from incidents.models.message import State
from incidents.notify.fan_out import fan_out
from tests.admin.filling import Desk


@pytest.fixture
def three(
    subscription: Callable[..., Subscription], hook: Callable[..., Subscription], api: Service, login: Service
) -> None:
    """One mailbox is told of everything, another of the login; a channel in Slack of everything but recovery."""
    subscription("ann@example.com")
    subscription("bob@example.com", categories=["login"])
    hook(Channel.SLACK).change(notify_recovery=False)


@pytest.mark.usefixtures("three")
class TestBefore:
    def foreseen(self, desk: Desk, path: str, **typed: Any) -> str:
        """What the form says when this is typed, as it asks for it."""
        fields = {**desk.open(path).form.fields, **typed, "_foresee": "1"}
        answer = desk.client.post(path, {name: value for name, value in fields.items() if value is not None})
        told = re.search(r'data-foreseen="told">(.*?)</div>', answer.content.decode(), re.DOTALL)
        assert told
        return " ".join(re.sub("</?strong>", "", told[1]).split())

    def test_a_report_says_it_at_once(self, desk: Desk, report: str) -> None:
        assert "2 people will be told: 1 by e-mail, 1 in Slack" in desk.open(report).words

    def test_it_depends_on_the_services(self, desk: Desk, report: str) -> None:
        assert "2 by e-mail, 1 in Slack" in self.foreseen(desk, report, level_login="by_severity")

    @pytest.mark.parametrize(
        ("typed", "why"),
        [
            ({"notify": None}, "it is kept quiet"),
            ({"is_public": None}, "it is not public"),
            ({"status": "draft"}, "it is not public"),
            ({"status": "resolved"}, "it is over"),
        ],
    )
    def test_a_report_that_nobody_hears_of_says_why(
        self, desk: Desk, report: str, typed: dict[str, Any], why: str
    ) -> None:
        assert self.foreseen(desk, report, **typed) == f"Nobody will be told: {why}."

    def test_where_nobody_has_subscribed_it_says_so(self, desk: Desk, report: str) -> None:
        Subscription.objects.all().delete()
        assert "Nobody will be told: nobody has subscribed to this." in self.foreseen(desk, report)

    def test_an_update_counts_what_was_hit_before(
        self, desk: Desk, incident: Callable[..., Incident], login: Service, address: Callable[..., str]
    ) -> None:
        story = incident(levels={login: None})
        assert "2 by e-mail, 1 in Slack" in self.foreseen(desk, address(story), level_login="")

    def test_a_recovery_is_for_those_who_want_it(
        self, desk: Desk, incident: Callable[..., Incident], address: Callable[..., str]
    ) -> None:
        told = self.foreseen(desk, address(incident()), status="resolved")
        assert told == "1 person will be told: 1 by e-mail."

    def test_a_draft_tells_when_it_is_published(
        self, desk: Desk, incident: Callable[..., Incident], address: Callable[..., str]
    ) -> None:
        draft, private = incident(status=IncidentStatus.DRAFT), incident(is_public=False)
        assert self.foreseen(desk, address(draft)).startswith("2 people")
        assert self.foreseen(desk, address(private)) == "Nobody will be told: it is not public."

    def test_a_window_is_for_those_who_want_maintenance(self, desk: Desk, plan: str, service: Any) -> None:
        Subscription.objects.filter(channel=Channel.SLACK).update(notify_maintenance=False)
        service("hidden", is_public=False)
        assert self.foreseen(desk, plan, services=["login"]).startswith("2 people will be told: 2 by e-mail")
        assert self.foreseen(desk, plan, services=["hidden", "nonsense"]).startswith("1 person")
        assert self.foreseen(desk, plan, is_public=None) == "Nobody will be told: it is not public."

    def test_it_says_what_posting_then_does(self, desk: Desk, report: str) -> None:
        typed = {"title": "Slow", "severity": "minor", "level_login": "by_severity"}
        foreseen = self.foreseen(desk, report, **typed)
        page = desk.send(report, **typed)
        assert foreseen.startswith("3 people will be told")
        assert "3 people will be told" in page.words

    def check_the_number(self, desk: Desk, path: str, **typed: Any) -> int:
        """It is that of the deliveries that come of it."""
        Event.objects.filter(notify=True).update(notify=False)  # whatever was told before
        people = re.match(r"\d+", self.foreseen(desk, path, **typed))
        page = desk.send(path, **typed)
        assert page.response.redirect_chain, page.words
        Delivery.objects.all().delete()  # those that confirmed the subscriptions
        Event.objects.filter(notify=True).update(due_at=database_now())
        while fan_out(database_now()):
            pass
        foreseen = int(people[0] if people else 0)
        assert Delivery.objects.count() == foreseen
        return foreseen

    @pytest.mark.parametrize(
        ("typed", "people"),
        [({}, 2), ({"level_login": "by_severity"}, 3), ({"notify": None}, 0), ({"status": "draft"}, 0)],
    )
    def test_of_a_report_it_is_that_of_the_deliveries(
        self, desk: Desk, report: str, typed: dict[str, Any], people: int
    ) -> None:
        assert self.check_the_number(desk, report, title="Slow", severity="minor", **typed) == people

    @pytest.mark.parametrize(
        ("typed", "people"),
        [
            ({"status": "monitoring"}, 3),
            ({"status": "investigating", "level_login": "", "level_api": "by_severity"}, 3),
            ({"status": "investigating", "notify": None}, 0),
            ({"status": "resolved", "confirmed": "on"}, 2),
        ],
    )
    def test_so_it_is_of_an_update_and_of_the_end(  # noqa: PLR0917
        self, desk: Desk, incident: Any, login: Service, address: Any, typed: dict[str, Any], people: int
    ) -> None:
        story = incident(levels={login: None})
        assert self.check_the_number(desk, address(story), message="Word.", **typed) == people

    def test_so_it_is_of_a_draft_that_is_published(
        self, desk: Desk, incident: Any, login: Service, address: Any
    ) -> None:
        draft = incident(status=IncidentStatus.DRAFT, levels={login: None})
        assert self.check_the_number(desk, address(draft), status="identified") == 3

    @pytest.mark.parametrize(("services", "people"), [(["login"], 3), ([], 2)])
    def test_so_it_is_of_planned_maintenance(self, desk: Desk, plan: str, services: list[str], people: int) -> None:
        soon = timezone.now() + timedelta(days=2)
        times = {
            "scheduled_start_at": f"{soon:%Y-%m-%dT%H:%M}",
            "scheduled_end_at": f"{soon + timedelta(hours=1):%Y-%m-%dT%H:%M}",
        }
        assert self.check_the_number(desk, plan, title="Upgrade", services=services, **times) == people

    @pytest.mark.parametrize("status", ["scheduled", "in_progress", "cancelled"])
    def test_so_it_is_of_a_word_on_it(
        self, desk: Desk, hidden: tuple[Incident, MaintenanceWindow], address: Any, ops: Actor, status: str
    ) -> None:
        hidden[1].edit(by=ops, is_public=True, notify=False)
        assert self.check_the_number(desk, address(hidden[1]), status=status, message="Word.") == 3

    @pytest.fixture
    def hidden(
        self, incident: Callable[..., Incident], window: Callable[..., MaintenanceWindow], login: Service
    ) -> tuple[Incident, MaintenanceWindow]:
        """Both are about the login."""
        soon = timezone.now() + timedelta(hours=1)
        times = {"scheduled_start_at": soon, "scheduled_end_at": soon + timedelta(hours=1)}
        return incident(levels={login: None}, is_public=False), window(services=[login], is_public=False, **times)

    @pytest.mark.parametrize("n", [0, 1])
    def test_what_is_made_public_says_who_hears_of_it(
        self, desk: Desk, hidden: tuple[Incident, MaintenanceWindow], address: Callable[..., str], n: int
    ) -> None:
        page = address(hidden[n], "details/")
        assert "Nobody will be told: it is not public." in desk.open(page).words
        foreseen = self.foreseen(desk, page, is_public="on")
        assert foreseen == "3 people will be told: 2 by e-mail, 1 in Slack."
        assert self.check_the_number(desk, page, is_public="on") == 3

    def test_an_edit_that_is_no_news_speaks_of_nobody(
        self, desk: Desk, incident: Callable[..., Incident], address: Callable[..., str]
    ) -> None:
        page = address(incident(), "details/")
        assert "will be told" not in desk.open(page).words
        assert self.foreseen(desk, page) == "Nobody will be told: this is no news."

    def test_nobody_else_may_ask(self, client: Client, staff: Callable[..., User], report: str) -> None:
        client.force_login(staff("clerk"))
        assert client.post(report, {"_foresee": "1"}).status_code == 403


@pytest.mark.usefixtures("three")
class TestWhileItIsHeld:
    @pytest.fixture
    def story(self, incident: Callable[..., Incident]) -> Incident:
        return incident(message="It is the databsae.")

    def withdraw(self, desk: Desk, story: Incident, address: Callable[..., str], event: int) -> Any:
        return desk.client.post(address(story, f"notifications/{event}/withdraw/"), follow=True)

    def test_the_page_counts_down_and_offers_both_ways_back(
        self, desk: Desk, story: Incident, address: Callable[..., str]
    ) -> None:
        page = desk.open(address(story))
        update, event = story.updates.get(), Event.objects.get(notify=True)
        assert "2 people will be told in" in page.words
        assert f'action="{address(story, f"notifications/{event.pk}/withdraw/")}"' in page.html
        assert f'href="{address(story, f"updates/{update.pk}/")}"' in page.html

    def test_withdrawn_nobody_is_told(self, desk: Desk, story: Incident, address: Callable[..., str]) -> None:
        event = Event.objects.get(notify=True)
        page = self.withdraw(desk, story, address, event.pk).content.decode()
        assert "Withdrawn: nobody was told." in page
        assert not Event.objects.held().exists()
        assert AuditEntry.objects.get(action="notification_withdrawn").actor == "night"

    def test_looking_withdraws_nothing(self, desk: Desk, story: Incident, address: Callable[..., str]) -> None:
        desk.client.get(address(story, f"notifications/{Event.objects.get(notify=True).pk}/withdraw/"))
        assert Event.objects.held().exists()

    def test_too_late_is_said(self, desk: Desk, story: Incident, address: Callable[..., str]) -> None:
        Event.objects.update(fanned_out_at=database_now())
        page = self.withdraw(desk, story, address, Event.objects.get(notify=True).pk).content.decode()
        assert "It is too late" in page

    def test_the_event_of_another_story_is_not_withdrawn(
        self, desk: Desk, story: Incident, incident: Callable[..., Incident], address: Callable[..., str]
    ) -> None:
        self.withdraw(desk, incident(notify=False), address, Event.objects.get(notify=True).pk)
        assert Event.objects.held().exists()

    def test_a_correction_says_that_the_new_words_are_sent(
        self, desk: Desk, story: Incident, address: Callable[..., str]
    ) -> None:
        path = address(story, f"updates/{story.updates.get().pk}/")
        assert "it in the new words" in desk.send(path, message="It is the database.").words
        Event.objects.update(fanned_out_at=database_now())
        assert "nobody is notified" in desk.send(path, message="It was the database.").words
        assert Event.objects.filter(notify=True).count() == 1

    def test_without_a_worker_it_says_what_it_waits_for(
        self, desk: Desk, story: Incident, address: Callable[..., str]
    ) -> None:
        Event.objects.update(due_at=database_now() - timedelta(seconds=1))
        assert "2 people will be told as soon as a worker comes" in desk.open(address(story)).words


def test_afterwards_the_page_shows_what_became_of_it(
    desk: Desk, three: None, incident: Callable[..., Incident], delivery: Callable[..., Delivery], address: Any
) -> None:
    story = incident()
    Event.objects.update(fanned_out_at=database_now())
    event, ann, slack = (
        Event.objects.get(notify=True),
        Subscription.objects.get(address="ann@example.com"),
        Subscription.objects.get(channel=Channel.SLACK),
    )
    delivery(ann, State.SENT, event=event)
    delivery(slack, State.DEAD, event=event)

    page = desk.open(address(story))

    assert "1 person was told , 1 failed" in page.words
    assert "by e-mail 1 0 0 0 in Slack 0 0 1 0" in page.words
    assert f"/admin/incidents/delivery/?event__id__exact={event.pk}" in page.html


def test_what_was_kept_quiet_has_no_panel(desk: Desk, incident: Callable[..., Incident], address: Any) -> None:
    assert 'id="tellings"' not in desk.open(address(incident(notify=False))).html


def test_a_window_has_the_same(desk: Desk, three: None, window: Callable[..., MaintenanceWindow], address: Any) -> None:
    hour, now = timedelta(hours=1), timezone.now()
    planned = window(scheduled_start_at=now + hour, scheduled_end_at=now + 2 * hour)
    assert "2 people will be told in" in desk.open(address(planned)).words


class TestMakingItPublic:
    def test_it_is_told_once_and_can_be_withdrawn(
        self, desk: Desk, three: None, incident: Callable[..., Incident], address: Any
    ) -> None:
        page = desk.send(address(incident(is_public=False), "details/"), is_public="on")
        assert "2 people will be told in" in page.words
        assert Event.objects.get(notify=True).type == "incident.published"

    def test_it_can_be_done_quietly(self, desk: Desk, incident: Callable[..., Incident], address: Any) -> None:
        desk.send(address(incident(is_public=False), "details/"), is_public="on", notify=None)
        assert not Event.objects.filter(notify=True).exists()

    def test_what_is_public_or_over_has_nothing_to_ask(
        self, desk: Desk, incident: Callable[..., Incident], ops: Actor, address: Any
    ) -> None:
        over = incident(is_public=False)
        over.post_update(by=ops, status=IncidentStatus.RESOLVED)
        shown = [desk.open(address(story, "details/")).form.choices.keys() for story in (incident(), over)]
        assert ["notify" in choices for choices in shown] == [False, False]
