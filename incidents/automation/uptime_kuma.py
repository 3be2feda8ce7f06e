"""Uptime Kuma's webhook, as "application/json"."""

from datetime import datetime

from incidents.automation.body import MAX_SUMMARY, Body
from incidents.models import Signal

_DOWN, _UP = 0, 1


def read(body: Body, now: datetime) -> list[Signal]:
    """Nothing for a test, for a certificate that is going to expire, and for what is pending or under maintenance."""
    beat = body.part_or_nothing("heartbeat")
    if not beat.content or beat.content.get("status") not in (_DOWN, _UP):
        return []
    monitor = body.part("monitor")
    name = monitor.text("name")
    return [
        Signal(
            key=str(beat.content.get("monitorID") or name),
            name=name,
            is_firing=beat.content["status"] == _DOWN,
            at=beat.instant("time"),
            summary=beat.text_or("msg")[:MAX_SUMMARY],
            labels={"name": name, **_described(monitor)},
        )
    ]


def _described(monitor: Body) -> dict[str, str]:
    labels = monitor.labels()
    return {label: labels[label] for label in ("name", "type", "url", "hostname", "pathName") if label in labels}
