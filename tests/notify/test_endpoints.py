"""Endpoints as they really are, good and bad, and what workers make of them. Each test is for each engine."""

import json
import socket
import struct
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from standardwebhooks import Webhook, WebhookVerificationError

from incidents.models.delivery import JITTER, RETRIES
from incidents.models.pacing import Lane
from tests.certificates import DAY, Authority
from tests.engines import EACH_KIND, engine
from tests.notify.conftest import OLD_SECRET, SECRET
from tests.notify.office import Office
from tests.receiver import Answer, Received, Receiver, answers, goes_on, receiving, say, says_nothing
from tests.smtp import relaying

SECONDS = 15  # that an endpoint has for an answer


@pytest.fixture(scope="module", params=EACH_KIND)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    directory = Path(tmp_path_factory.mktemp("endpoints"))
    authority = Authority(directory)
    more = {"SSL_CERT_FILE": str(authority.file), "WEBHOOK_ALLOW_PRIVATE": "127.0.0.0/8,::1/128"}
    with relaying() as relay, engine(request.param, directory, EMAIL_URL=relay.url, **more) as on:
        on.start()
        yield Office(on, relay, authority)


@pytest.fixture
def theirs(socket_enabled: None) -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def verified(received: Received, secret: str = SECRET) -> object:
    return Webhook(secret).verify(received.body, dict(received.headers))


def test_one_that_fails_three_times_is_told_the_fourth_time(office: Office, theirs: Receiver) -> None:
    theirs.answer = answers(500)
    those = office.tell(theirs.url())
    for attempt in (1, 2, 3):
        office.wait_for(those, "retry", attempts=attempt)
        theirs.answer = answers(204 if attempt == 3 else 500)
        time.sleep(1)  # the time that is told is in whole seconds
        office.on.hurry(f"subscription_id IN {those}")
    office.wait_for(those, "sent", attempts=4)

    same = theirs.received[0].headers["webhook-id"]
    calls = [received for received in theirs.received if received.headers["webhook-id"] == same]
    times = [int(call.headers["webhook-timestamp"]) for call in calls]
    assert len(calls) == len(set(times)) == 4
    assert times == sorted(times)
    assert all(verified(call) for call in calls)


def test_one_that_leads_elsewhere_is_not_followed(office: Office, theirs: Receiver) -> None:
    with receiving() as other:
        theirs.answer = answers(302, Location=other.url())
        those = office.tell(theirs.url())
        office.wait_for(those, "retry")

        assert (len(theirs.received), other.connections) == (1, 0)
    assert office.attempts(those)[0] == {"redirect"}


def test_one_that_is_gone_is_asked_once_and_its_holder_mailed(office: Office, theirs: Receiver) -> None:
    theirs.answer = answers(410)
    before = len(office.relay.received)
    those = office.tell(theirs.url())
    office.wait_for(those, "dead")
    office.on.wait_for(lambda: len(office.relay.received) == before + 1)

    assert len(theirs.received) == 1
    assert theirs.host in office.relay.received[-1].body("plain")
    assert office.on.query(f"SELECT disabled_because FROM incidents_subscription WHERE id IN {those}") == [("gone",)]


def test_one_that_is_busy_may_say_for_how_long(office: Office, theirs: Receiver) -> None:
    in_an_hour = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    asked = {"a": "3600", "b": in_an_hour, "c": "soon", "d": "1000000000"}
    theirs.answer = lambda handler: say(handler, 429, Retry_After=asked[_query(handler, "asks")])
    those = office.tell(*(f"{theirs.url()}&asks={name}" for name in asked))
    office.on.wait_for(lambda: office.on.count(f"subscription_id IN {those} AND state = 'retry'") == len(asked))
    waits = _waits(office, those)
    waited, attempt = waits["c"]  # after the first one, or already after the second
    planned = RETRIES[Lane.HOOK][attempt - 1].total_seconds()

    assert waits["a"] == [pytest.approx(3600, abs=2), 1]
    assert waits["b"] == [pytest.approx(3600, abs=60), 1]
    assert (1 - JITTER) * planned <= waited <= (1 + JITTER) * planned
    assert waits["d"] == [pytest.approx(24 * 3600, abs=2), 1]


def _query(handler: BaseHTTPRequestHandler, name: str) -> str:
    return parse_qs(urlsplit(handler.path).query)[name][0]


def _waits(office: Office, those: str) -> dict[str, list[Any]]:
    """What was asked → the seconds from the last attempt until the next, and how many there were."""
    return dict(json.loads(office.on.run(_WAITS.format(those=those))))


_WAITS = """
import json
from incidents.models import Delivery
found = Delivery.objects.filter(subscription__in={those})
wait = lambda row: ((row.due_at - row.history.latest("at").at).total_seconds(), row.attempts)
print(json.dumps({{row.subscription.endpoint.split("asks=")[1][0]: wait(row) for row in found}}))
"""

NONSENSE: dict[str, Answer] = {
    "nothing": says_nothing,
    "drip": goes_on(b"HTTP/1.1 200 ", b"O", 2.0),
    "headers": goes_on(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n", 0.02),
    "body": goes_on(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n", b"x" * 10_000, 0.001),
}


def test_those_that_never_end_are_cut_off_and_hold_up_nobody(office: Office, theirs: Receiver) -> None:
    with receiving(host="127.0.0.2") as bad:
        bad.answer = lambda handler: NONSENSE[_query(handler, "says")](handler)
        hanging = office.tell(*(f"{bad.url()}&says={what}" for what in NONSENSE))
        office.on.wait_for(lambda: office.count(hanging, "leased", 0) == 3)
        good = office.tell(*(f"{theirs.url()}&n={n}" for n in range(10)))
        office.wait_for(good, "sent", 10)
        assert office.count(hanging, "leased", 0) == 3
        office.wait_for(hanging, "retry", 3)
        office.wait_for(hanging, "sent", 1)  # the status was there, and the rest nobody wants

    errors, longest = office.attempts(hanging)
    assert errors == {"timeout", ""}
    assert longest < 1000 * (SECONDS + 1)


def test_those_that_cannot_be_reached_are_told_apart_by_a_word(office: Office, theirs: Receiver) -> None:
    theirs.answer = _reset
    with receiving() as gone:
        pass
    urls = [theirs.url(), gone.url(), "http://nowhere.invalid/?", "http://169.254.169.254/?"]
    those = office.tell(*urls)
    office.wait_for(those, "retry", 4)

    assert office.attempts(those)[0] == {"connection", "name", "blocked"}


def _reset(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def test_tls_is_never_done_without(office: Office, theirs: Receiver, tmp_path: Path) -> None:
    """Not for an expired certificate, another host's, one that nobody vouches for, nor where there is none."""
    authority = office.authority
    with (
        receiving(authority.serving("localhost", valid_for=-DAY)) as expired,
        receiving(authority.serving("other.example")) as other,
        receiving(Authority(tmp_path).serving("localhost")) as stranger,
    ):
        bad = (expired, other, stranger, theirs)
        those = office.tell(*(found.url("localhost", "https") for found in bad))
        office.wait_for(those, "retry", len(bad))

        assert [found.received for found in bad] == [[]] * len(bad)
    assert office.attempts(those)[0] == {"tls"}


def test_good_tls_is_taken(office: Office, socket_enabled: None) -> None:
    with receiving(office.authority.serving("localhost")) as theirs:
        office.wait_for(office.tell(theirs.url("localhost", "https")), "sent")


def test_a_day_long_after_a_rotation_both_secrets_sign(office: Office, theirs: Receiver) -> None:
    old = f'"sealed_old_secret": sealing.seal({OLD_SECRET!r}.encode()), "secret_rotated_at": database_now()'
    slug, those = office.follow(theirs.url(), more=f"{old} - timedelta(hours=23)")
    office.happen(slug)
    office.wait_for(those, "sent")
    during = theirs.received[0]
    theirs.received.clear()
    office.on.run(_TWO_HOURS_LATER)
    office.happen(slug)
    office.wait_for(those, "sent", 2)
    after = theirs.received[0]

    assert verified(during, SECRET) == verified(during, OLD_SECRET)
    assert verified(after, SECRET)
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        verified(after, OLD_SECRET)


_TWO_HOURS_LATER = """
from datetime import timedelta
from django.db.models import F
from incidents.models import Subscription
Subscription.objects.update(secret_rotated_at=F("secret_rotated_at") - timedelta(hours=2))
"""


def test_who_verifies_refuses_what_was_tampered_with_or_is_old(office: Office, theirs: Receiver) -> None:
    office.wait_for(office.tell(theirs.url()), "sent")
    (received, *_) = theirs.received
    other = Received(received.path, received.headers, received.body.replace(b"Broken", b"Better"))

    assert verified(received)
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        verified(other)
    for minutes in (-10, 10):
        at = datetime.now(UTC) + timedelta(minutes=minutes)
        with time_machine.travel(at), pytest.raises(WebhookVerificationError, match="timestamp"):
            verified(received)
