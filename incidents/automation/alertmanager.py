"""Prometheus Alertmanager's webhook, version 4, and Grafana's, which is the same with more fields."""

from datetime import datetime

from incidents.automation.body import MAX_SUMMARY, Body
from incidents.models import Signal

_FIRING = {"firing": True, "resolved": False}


def read(body: Body, now: datetime) -> list[Signal]:
    return [_signal(alert) for alert in body.parts("alerts")]


def _signal(alert: Body) -> Signal:
    is_firing = alert.one_of("status", _FIRING)
    labels = alert.part("labels").labels()
    notes = alert.part_or_nothing("annotations")
    return Signal(
        key=alert.text_or("fingerprint") or repr(sorted(labels.items())),
        name=labels.get("alertname", "Alert"),
        is_firing=is_firing,
        at=alert.instant("startsAt" if is_firing else "endsAt"),
        summary=(notes.text_or("summary") or notes.text_or("description"))[:MAX_SUMMARY],
        labels=labels,
    )
