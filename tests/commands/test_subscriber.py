import json
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

from incidents.models import AuditEntry, Delivery, Event, Subscription
from incidents.models.message import State

pytestmark = pytest.mark.django_db
ANN = "ann@example.com"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    call_command("subscriber", *arguments)
    return capsys.readouterr().out


def test_an_export_is_json_of_all_that_is_stored(
    capsys: pytest.CaptureFixture[str],
    subscription: Callable[..., Subscription],
    delivery: Callable[..., Delivery],
    event: Event,
) -> None:
    row = subscription("Ann@example.com")
    sent = delivery(row, State.SENT, event=event)
    (found,) = json.loads(run(capsys, "export", ANN))["subscriptions"]
    assert (found["id"], found["address"], found["notify_incidents"]) == (row.pk, "Ann@example.com", True)
    told = [one for one in found["deliveries"] if one["event_id"]]
    assert [(one["id"], one["event_id"], one["state"]) for one in told] == [(str(sent.pk), event.pk, "sent")]


def test_of_an_unknown_address_nothing_is_stored(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(run(capsys, "export", ANN)) == {"email": ANN, "subscriptions": []}


def test_erasing_can_be_repeated(capsys: pytest.CaptureFixture[str], subscription: Callable[..., Subscription]) -> None:
    subscription(ANN)
    assert run(capsys, "erase", "ANN@example.com").startswith("Erased: 1 subscription.")
    assert run(capsys, "erase", ANN).startswith("Erased: 0 subscriptions.")
    assert not Subscription.objects.exists()
    entries = AuditEntry.objects.values_list("action", "actor", "via")
    assert set(entries) == {("erased", "subscriber", "command")}


@pytest.mark.parametrize("arguments", [(), ("export",), ("erase", "ann"), ("export", "a@b.co,e@v.il"), ("list", ANN)])
def test_nonsense_is_refused(arguments: tuple[str, ...], subscription: Callable[..., Subscription]) -> None:
    subscription(ANN)
    with pytest.raises(CommandError):
        call_command("subscriber", *arguments)
    assert Subscription.objects.exists()
