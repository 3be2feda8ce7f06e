"""What a message costs the database: the same for each, and no more than what it takes to ask and to record."""

from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from incidents.models import Delivery, Incident
from incidents.models.clock import database_now
from incidents.models.message import State
from incidents.notify.fan_out import fan_out
from incidents.notify.senders import send_what_is_due
from tests.notify.situations import rows
from tests.notify.test_confirmations import use
from tests.smtp import Relay, relaying

# The time and the revision; who it goes to; and between two savepoints, what became of it and the attempt.
STATEMENTS = 7


@pytest.fixture
def relay(settings: Settings, socket_enabled: None) -> Iterator[Relay]:
    settings.NOTIFICATION_HOLD = settings.MAILS_PER_SECOND = 0
    with relaying() as found:
        use(settings, found.url)
        yield found


def sent_by(count: int) -> int:
    """The statements that it takes to send that many mails of one claim."""
    Delivery.objects.all().update(state=State.PENDING, finished_at=None)
    Delivery.objects.filter(pk__in=Delivery.objects.values("pk")[count:]).update(
        state=State.SENT, finished_at=database_now()
    )
    with CaptureQueriesContext(connection) as captured:
        send_what_is_due()
    return len(captured)


def test_another_message_costs_seven_statements(incident: Callable[..., Incident], relay: Relay) -> None:
    rows(f"ann{n}@example.com" for n in range(9))
    incident()
    fan_out(database_now())
    sent_by(2)  # which writes what all of them read

    assert sent_by(9) - sent_by(3) == 6 * STATEMENTS
    assert len(relay.received) == 2 + 9 + 3
