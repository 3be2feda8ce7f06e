"""What Gatus sends by its `custom` provider with the body that docs/automation.md gives it.

Gatus tells no time: its alerts begin and end when they arrive.
"""

from datetime import datetime

from incidents.automation.body import MAX_SUMMARY, Body
from incidents.models import Signal

_FIRING = {"TRIGGERED": True, "RESOLVED": False}


def read(body: Body, now: datetime) -> list[Signal]:
    name, group = body.text("name"), body.text_or("group")
    return [
        Signal(
            key=f"{group}/{name}/{body.text_or('description')}",
            name=f"{group}/{name}" if group else name,
            is_firing=body.one_of("status", _FIRING),
            at=now,
            summary=body.text_or("description")[:MAX_SUMMARY],
            labels=Body({"name": name, "group": group, "url": body.text_or("url")}).labels(),
        )
    ]
