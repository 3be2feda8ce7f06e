"""Webhooks as a receiver gets them: signed, numbered, small, and shaped like those of Statuspage."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from incidents import page
from incidents.lifecycle import MaintenanceStatus
from incidents.models import Actor, Channel, Incident, MaintenanceWindow, Service, Subscription, sealing
from incidents.models.tokens import Purpose
from incidents.notify import channels
from incidents.notify.channels import webhook
from incidents.notify.transport import Failed, Sent, TransportError
from incidents.severity import ServiceStatus
from incidents.statuspage.webhooks import LARGEST, WORTH_READING, webhooks
from tests.notify.conftest import HOUR, OLD_SECRET, SECRET
from tests.receiver import Received, Receiver, answers, say
from tests.statuspage.served import webhook_faults

type Endpoint = Callable[..., Subscription]


@pytest.fixture
def at() -> datetime:
    """The verifier looks at the real clock."""
    return datetime.now(UTC)


def verified(received: Received, secret: str = SECRET) -> Any:
    return Webhook(secret).verify(received.body, dict(received.headers))


def bodies(theirs: Receiver) -> list[dict[str, Any]]:
    return [json.loads(received.body) for received in theirs.received]


def test_an_incident_and_each_change_of_a_service_are_sent_in_their_shapes(
    outage: page.Notice, endpoint: Endpoint, theirs: Receiver, at: datetime
) -> None:
    row = endpoint()
    assert channels.send(outage, row, at) == Sent(204)

    told, *changes = bodies(theirs)
    assert webhook_faults("incident", told) == []
    assert [webhook_faults("component", change) for change in changes] == [[], []]
    assert told["incident"]["name"] == "Requests <fail> & wait"
    assert told["page"] == {**told["page"], "status_indicator": "major"}
    assert [(change["component"]["name"], change["component_update"]["new_status"]) for change in changes] == [
        ("API", "partial_outage"),
        ("Login", "partial_outage"),
    ]
    assert told["incident"]["metadata"]["sequence"] == outage.version
    leave = told["meta"]["unsubscribe"]
    assert Subscription.held_by(leave.split("/")[-2], Purpose.UNSUBSCRIBE) == row


def test_every_body_is_signed_over_its_exact_bytes(
    outage: page.Notice, endpoint: Endpoint, theirs: Receiver, at: datetime
) -> None:
    channels.send(outage, endpoint(), at)

    assert [verified(received) for received in theirs.received] == bodies(theirs)
    assert len({received.headers["webhook-id"] for received in theirs.received}) == len(theirs.received) == 3
    assert theirs.received[0].headers["webhook-id"] == str(outage.uuid)
    assert {received.headers["content-type"] for received in theirs.received} == {"application/json"}


def test_a_repeat_is_known_by_its_id_and_signed_anew(
    outage: page.Notice, endpoint: Endpoint, theirs: Receiver, at: datetime
) -> None:
    row = endpoint()
    theirs.answer = answers(500)
    for seconds in (0, 5):
        with pytest.raises(TransportError):
            channels.send(outage, row, at + timedelta(seconds=seconds))
    theirs.answer = answers(200)
    channels.send(outage, row, at + timedelta(seconds=10))

    first = theirs.received[:3]
    assert [received.headers["webhook-id"] for received in first] == [str(outage.uuid)] * 3
    times = [int(received.headers["webhook-timestamp"]) for received in first]
    assert times == [times[0], times[0] + 5, times[0] + 10]
    assert len({received.body for received in first}) == 1
    assert all(verified(received) for received in first)


@pytest.mark.parametrize("away", [timedelta(minutes=-10), timedelta(minutes=10)])
def test_what_is_old_is_refused_by_who_verifies(
    outage: page.Notice, endpoint: Endpoint, theirs: Receiver, at: datetime, away: timedelta
) -> None:
    channels.send(outage, endpoint(), at + away)
    with pytest.raises(WebhookVerificationError, match="timestamp"):
        verified(theirs.received[0])


def test_what_was_tampered_with_is_refused_too(
    outage: page.Notice, endpoint: Endpoint, theirs: Receiver, at: datetime
) -> None:
    channels.send(outage, endpoint(), at)
    (received, *_) = theirs.received
    other = Received(received.path, received.headers, received.body.replace(b"major", b"minor"))
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        verified(other)


def test_for_a_day_after_a_rotation_both_secrets_sign(
    outage: page.Notice, endpoint: Endpoint, theirs: Receiver, at: datetime
) -> None:
    row = endpoint()
    row.sealed_old_secret, row.secret_rotated_at = sealing.seal(OLD_SECRET.encode()), at - timedelta(hours=23)
    channels.send(outage, row, at)
    row.secret_rotated_at = at - timedelta(hours=25)
    channels.send(outage, row, at)

    during, after = theirs.received[0], theirs.received[3]
    assert verified(during, SECRET) == verified(during, OLD_SECRET)
    assert verified(after, SECRET)
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        verified(after, OLD_SECRET)


def test_secrets_that_nobody_can_read_any_more_are_given_up(
    outage: page.Notice, endpoint: Endpoint, theirs: Receiver, at: datetime
) -> None:
    row = endpoint()
    row.sealed_secret = b"sealed with a key that is gone"
    with pytest.raises(TransportError) as caught:
        channels.send(outage, row, at)
    assert caught.value == TransportError(Failed.UNREADABLE, permanent=True)
    assert theirs.connections == 0


def test_an_endpoint_that_is_gone_gets_nothing_of_the_rest(
    outage: page.Notice, endpoint: Endpoint, theirs: Receiver, at: datetime
) -> None:
    theirs.answer = answers(410)
    with pytest.raises(TransportError) as caught:
        channels.send(outage, endpoint(), at)
    assert caught.value.gone
    assert len(theirs.received) == 1


def test_one_event_takes_no_longer_than_its_share(
    outage: page.Notice, endpoint: Endpoint, theirs: Receiver, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "ALL_SECONDS", 0.0)
    row = endpoint()
    assert channels.send(outage, row, at) == Sent(204, arrived=1)
    assert channels.send(outage, row, at, 1) == Sent(204, arrived=2)
    assert channels.send(outage, row, at, 2) == Sent(204)
    assert [verified(received) for received in theirs.received] == bodies(theirs)
    assert len({received.headers["webhook-id"] for received in theirs.received}) == 3


def test_what_was_taken_before_one_failed_is_not_sent_again(
    outage: page.Notice, endpoint: Endpoint, theirs: Receiver, at: datetime
) -> None:
    row, first = endpoint(), outage.uuid
    theirs.answer = lambda handler: say(handler, 204 if handler.headers["webhook-id"] == str(first) else 500)
    with pytest.raises(TransportError) as caught:
        channels.send(outage, row, at)
    assert caught.value == TransportError(Failed.STATUS, 500, arrived=1)


def test_an_end_tells_that_the_services_are_well(
    recovery: page.Notice, endpoint: Endpoint, theirs: Receiver, at: datetime
) -> None:
    channels.send(recovery, endpoint(), at)
    told, *changes = bodies(theirs)
    assert webhook_faults("incident", told) == []
    assert (told["incident"]["status"], told["page"]["status_indicator"]) == ("resolved", "none")
    assert [change["component_update"]["new_status"] for change in changes] == ["operational"] * 2


def test_maintenance_has_the_shape_of_an_incident(
    upgrade: page.Notice, endpoint: Endpoint, theirs: Receiver, at: datetime
) -> None:
    channels.send(upgrade, endpoint(), at)
    (told,) = bodies(theirs)
    assert webhook_faults("incident", told) == []
    assert (told["incident"]["impact"], told["incident"]["scheduled_auto_in_progress"]) == ("maintenance", True)


@pytest.fixture
def cancelled(upgrade: page.Notice, ops: Actor, told: Callable[..., page.Notice], now: datetime) -> page.Notice:
    row = MaintenanceWindow.objects.get(pk=upgrade.story.id)
    row.post_update(by=ops, status=MaintenanceStatus.CANCELLED, message="Not needed.", now=now + HOUR)
    return told(now + HOUR)


def test_a_cancelled_window_is_told_in_a_word_that_receivers_know(
    cancelled: page.Notice, endpoint: Endpoint, theirs: Receiver, at: datetime
) -> None:
    channels.send(cancelled, endpoint(), at)
    (body,) = bodies(theirs)
    assert webhook_faults("incident", body) == []
    assert (body["incident"]["status"], body["incident"]["incident_updates"][0]["body"]) == ("completed", "Not needed.")


@pytest.fixture
def wordy(
    incident: Callable[..., Incident], service: Callable[..., Service], ops: Actor, told: Callable[..., page.Notice]
) -> Callable[..., page.Notice]:
    """wordy("x", 20, now): each of its updates is as long as can be, and so are the names of its services."""

    def tell(sign: str, services: int, now: datetime) -> page.Notice:
        name, description = "Very long " * 9, (sign * 9_000)[:9_000]
        rows = [service(f"service-{n}", name=f"{name}{n:03}", description=description) for n in range(services)]
        row = incident(levels=dict.fromkeys(rows), message="The beginning.", now=now)
        for minute in (1, 2):
            message = f"a{(sign * 19_000)[:19_000]}z{minute}"
            row.post_update(by=ops, status=row.state, message=message, now=now + timedelta(minutes=minute))
        first = {rows[0]: ServiceStatus.MAJOR_OUTAGE, **dict.fromkeys(rows[1:])}
        row.post_update(by=ops, status=row.state, message=message, levels=first, now=now + HOUR)
        return told(now + HOUR)

    return tell


@pytest.mark.parametrize("services", [1, 20, 80])
@pytest.mark.parametrize("sign", ["x", "<", "é", "\N{PARTY POPPER}", "x\n", '"'])
def test_however_much_was_written_a_body_stays_small_and_whole(
    wordy: Callable[..., page.Notice], now: datetime, sign: str, services: int
) -> None:
    incident, component = (webhook.body for webhook in webhooks(wordy(sign, services, now), "https://x/?unsubscribe=y"))
    assert max(len(incident), len(component)) < LARGEST

    told = json.loads(incident)
    assert webhook_faults("incident", told) == []
    assert webhook_faults("component", json.loads(component)) == []
    newest = told["incident"]["incident_updates"][0]["body"]
    assert newest.startswith("a")
    assert len(newest) >= WORTH_READING - len("<br />")
    assert newest.count("<") == newest.count("<br />")
    assert newest.count("&") == newest.count("&lt;")


def test_every_channel_but_mail_is_served() -> None:
    assert set(channels.CHANNELS) == set(Channel) - {Channel.EMAIL}
