"""How far subscribers have been told of something: for those who posted it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.db.models import Count, Model

from incidents.models.audience import Topic, reach
from incidents.models.delivery import Delivery
from incidents.models.message import State
from incidents.models.outbox import Event
from incidents.models.pacing import Lane
from incidents.models.subscription import Channel

NEWEST = 3  # events of a subject that are looked at
_GROUPS = {State.SENT: "sent", State.DEAD: "failed", State.SUPERSEDED: "dropped", State.CANCELLED: "dropped"}


class Phase(StrEnum):
    HELD = "held"  # nobody has been told yet, so it can be withdrawn
    WITHDRAWN = "withdrawn"
    SENDING = "sending"
    DONE = "done"


@dataclass(frozen=True)
class Tally:
    """Deliveries by one channel; "" for endpoints of subscriptions that have ended since. `dropped`: newer word went
    out instead, or nobody wanted it any more."""

    channel: Channel | str
    sent: int = 0
    waiting: int = 0
    failed: int = 0
    dropped: int = 0

    @property
    def people(self) -> int:
        return self.sent + self.waiting + self.failed + self.dropped


@dataclass(frozen=True)
class Telling:
    """One event that subscribers are told. While it is held, `tallies` are of those who will be."""

    event: Event
    tallies: tuple[Tally, ...]
    seconds_left: int  # of the hold

    @property
    def phase(self) -> Phase:
        if self.event.withdrawn_at:
            return Phase.WITHDRAWN
        if self.event.is_held:
            return Phase.HELD
        is_done = self.event.fanned_out_at is not None and not self.total.waiting
        return Phase.DONE if is_done else Phase.SENDING

    @cached_property
    def total(self) -> Tally:
        figures = ("sent", "waiting", "failed", "dropped")
        return Tally("", *(sum(getattr(tally, name) for tally in self.tallies) for name in figures))

    @property
    def update(self) -> str:
        """The id of the word that it is about; empty for none."""
        told: Any = self.event.payload.get("update") or {}
        return str(told.get("id", ""))


def progress(subject: Model, now: datetime) -> tuple[Telling, ...]:
    """The newest first. `now` is the database's. As many queries as are held, and two."""
    events = list(Event.objects.telling_of(subject).order_by("-id")[:NEWEST])
    counted = _counted(events)
    return tuple(_telling(event, counted[event.pk], now) for event in events)


def _telling(event: Event, counted: Iterable[Tally], now: datetime) -> Telling:
    if event.is_held:
        counted = (Tally(channel, waiting=count) for channel, count in reach(Topic.of(event)).items())
    left = (event.due_at - now).total_seconds() if event.due_at else 0
    return Telling(event, tuple(counted), max(0, round(left)))


def _counted(events: Iterable[Event]) -> Mapping[int, list[Tally]]:
    """Event → its tallies, in the order of the channels."""
    rows = Delivery.objects.filter(event__in=list(events)).order_by()
    groups = rows.values_list("event", "subscription__channel", "lane", "state").annotate(count=Count("pk"))
    figures: dict[tuple[int, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for event, channel, lane, state, count in groups:
        known = channel or (Channel.EMAIL if lane == Lane.MAIL else "")
        figures[event, known][_GROUPS.get(state, "waiting")] += count
    found: dict[int, list[Tally]] = defaultdict(list)
    for channel in (*Channel, ""):
        for (event, known), counts in figures.items():
            if known == channel:
                found[event].append(Tally(channel, **counts))
    return found
