"""The list of deliveries: found, read, sent again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from incidents import roles
from incidents.models import Attempt, Channel, Delivery, Event, Incident, Subscription
from incidents.models.message import Kind, State
from tests.admin.filling import Desk

LIST = "/admin/incidents/delivery/"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def sent(event: Event, subscription: Callable[..., Subscription], delivery: Callable[..., Delivery]) -> Delivery:
    return delivery(subscription("ann@example.com"), State.SENT, event=event, at=timezone.now())


@pytest.fixture
def dead(event: Event, hook: Callable[..., Subscription], delivery: Callable[..., Delivery]) -> Delivery:
    endpoint = hook(Channel.WEBHOOK)
    Subscription.objects.filter(pk=endpoint.pk).update(host="hooks.example.com")
    return delivery(endpoint, State.DEAD, event=event, attempts=8, last_error="timeout", at=timezone.now())


@pytest.mark.usefixtures("sent", "dead")
class TestTheList:
    def shown(self, desk: Desk, query: str) -> set[str]:
        page = desk.open(LIST + query).html
        return {name for name in ("ann@example.com", "hooks.example.com") if f">{name}</a>" in page}

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", {"ann@example.com", "hooks.example.com"}),
            ("?state__exact=dead", {"hooks.example.com"}),
            ("?lane__exact=mail", {"ann@example.com"}),
            ("?kind__exact=digest", set()),
            ("?last_error=timeout", {"hooks.example.com"}),
            ("?finished_at__isnull=True", set()),
            ("?q=brok", {"ann@example.com", "hooks.example.com"}),
            ("?q=hooks.example", {"hooks.example.com"}),
            ("?q=other", set()),
        ],
    )
    def test_it_is_filtered_and_searched(self, desk: Desk, query: str, found: set[str]) -> None:
        assert self.shown(desk, query) == found

    def test_it_is_searched_by_the_id_of_a_story_and_of_an_event(self, desk: Desk) -> None:
        event = Event.objects.get(notify=True)
        assert self.shown(desk, f"?q={event.subject_id}") == self.shown(desk, f"?event__id__exact={event.pk}") != set()

    def test_a_subscription_that_ended_is_named_as_such(self, desk: Desk) -> None:
        Subscription.objects.get(address="ann@example.com").unsubscribe()
        assert "somebody who has left" in desk.open(LIST).words

    def test_the_chosen_are_sent_again(self, desk: Desk, dead: Delivery) -> None:
        chosen = {"action": "send_again", "_selected_action": [str(row.pk) for row in Delivery.objects.all()]}
        page = desk.client.post(LIST, chosen, follow=True).content.decode()
        assert "2 deliveries are sent again." in page
        assert set(Delivery.objects.values_list("state", flat=True)) == {State.RETRY}


def test_one_is_read_with_its_attempts(desk: Desk, dead: Delivery, attempt: Callable[..., Attempt]) -> None:
    attempt(dead, error="timeout")
    page = desk.open(f"{LIST}{dead.pk}/change/")
    assert "Event: Broken" in page.words
    assert "timeout – 0.0 s" in page.words
    assert desk.client.post(f"{LIST}{dead.pk}/change/", {"state": "sent"}).status_code == 403


def test_one_is_sent_again_after_a_question(desk: Desk, dead: Delivery) -> None:
    path = f"{LIST}{dead.pk}/replay/"
    assert path in desk.open(f"{LIST}{dead.pk}/change/").html
    desk.open(path)
    assert Delivery.objects.get().state == State.DEAD
    assert "1 delivery is sent again." in desk.send(path).words
    assert Delivery.objects.get().state == State.RETRY
    assert path not in desk.open(f"{LIST}{dead.pk}/change/").html
    assert "nothing that can be sent again" in desk.send(path).words


def test_a_nudge_names_its_user_and_is_not_sent_again(
    desk: Desk, night: User, delivery: Callable[..., Delivery]
) -> None:
    nudge = delivery(None, State.DEAD, kind=Kind.NUDGE, user=night)
    page = desk.open(f"{LIST}{nudge.pk}/change/")
    assert "To: night" in page.words
    assert "replay/" not in page.html


@pytest.mark.usefixtures("sent", "dead")
class TestATime:
    PATH = f"{LIST}replay/"

    def again(self, desk: Desk, query: str = "", **typed: Any) -> set[str]:
        """The channels to which something goes again."""
        desk.send(self.PATH + query, **typed)
        return set(Delivery.objects.filter(state=State.RETRY).values_list("subscription__channel", flat=True))

    def test_it_is_reached_from_the_list(self, desk: Desk) -> None:
        assert self.PATH in desk.open(LIST).html

    def test_it_offers_the_last_hour_of_what_was_given_up(self, desk: Desk) -> None:
        assert self.again(desk) == {"webhook"}

    def test_what_arrived_goes_again_when_asked_for(self, desk: Desk) -> None:
        assert self.again(desk, sent="on") == {"webhook", "email"}

    def test_one_endpoint_can_be_meant(self, desk: Desk) -> None:
        one = Subscription.objects.get(channel=Channel.EMAIL).pk
        assert self.again(desk, f"?subscription={one}", sent="on") == {"email"}

    def test_what_is_older_stays(self, desk: Desk) -> None:
        Delivery.objects.update(created_at=timezone.now() - 62 * MINUTE)
        assert self.again(desk) == set()

    @pytest.mark.parametrize(
        ("typed", "wrong"),
        [
            ({"since": "2026-01-02T00:00", "until": "2026-01-01T00:00"}, {"until"}),
            ({"subscription": "abcdefghijkl"}, {"subscription"}),
            ({"since": "", "until": ""}, {"since", "until"}),
        ],
    )
    def test_nonsense_is_told(self, desk: Desk, typed: dict[str, str], wrong: set[str]) -> None:
        assert desk.send(self.PATH, **typed).errors == wrong


@pytest.mark.parametrize("page", ["", "replay/", "{}/change/", "{}/replay/"])
@pytest.mark.parametrize("role", [(), (roles.DATA_PROTECTION_OFFICER,)])
def test_others_are_refused(
    client: Client, staff: Callable[..., User], dead: Delivery, page: str, role: tuple[str, ...]
) -> None:
    client.force_login(staff("clerk", *role))
    path = LIST + page.format(dead.pk)
    assert (client.get(path).status_code, client.post(path).status_code) == (403, 403)


class TestTheStartPage:
    def test_when_all_is_well_it_says_so(self, desk: Desk) -> None:
        assert "Nothing waits to be sent." in desk.open("/admin/").words

    def test_it_tells_of_a_backlog_and_of_failures(
        self, desk: Desk, dead: Delivery, delivery: Callable[..., Delivery], subscription: Callable[..., Subscription]
    ) -> None:
        delivery(subscription("ann@example.com"), State.PENDING, at=timezone.now() - 10 * MINUTE)
        Subscription.objects.filter(pk=dead.subscription_id).update(disabled_at=timezone.now())

        page = desk.open("/admin/")

        for words in (
            "1 mail waits",
            "has been due for 10",
            "1 was given up in the last day",
            "1 subscription was disabled",
        ):
            assert words in page.words
        assert LIST + "?state__exact=dead" in page.html


def test_an_incident_that_is_gone_leaves_its_deliveries(desk: Desk, dead: Delivery, ops: Any) -> None:
    Incident.objects.get().remove(by=ops)
    assert "Event: Broken" in desk.open(LIST).words
    assert "1 delivery is sent again." in desk.send(f"{LIST}{dead.pk}/replay/").words  # the engine drops it
