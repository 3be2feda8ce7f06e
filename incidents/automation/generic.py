"""For every other program: `{"alerts": [{key, status, name, summary, labels, at}]}`."""

from datetime import datetime

from incidents.automation.body import MAX_SUMMARY, Body
from incidents.models import Signal

_FIRING = {"firing": True, "resolved": False}


def read(body: Body, now: datetime) -> list[Signal]:
    return [_signal(alert, now) for alert in body.parts("alerts")]


def _signal(alert: Body, now: datetime) -> Signal:
    key = alert.text("key")
    return Signal(
        key=key,
        name=alert.text_or("name", key),
        is_firing=alert.one_of("status", _FIRING),
        at=alert.instant_or("at", now),
        summary=alert.text_or("summary")[:MAX_SUMMARY],
        labels=alert.part_or_nothing("labels").labels(),
    )
