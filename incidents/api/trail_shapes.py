"""Shapes, as in `shapes`, of what happened."""

from datetime import datetime
from typing import Any, TypedDict


class Subject(TypedDict):
    """What an event is about, by the name of its model. `version`: 0 if it has none."""

    type: str
    id: str
    version: int


class Event(TypedDict):
    """`payload`: the subject's facts after the change; empty for events of older versions of this program."""

    id: int
    type: str
    subject: Subject
    occurred_at: datetime
    public: bool
    notify: bool
    payload: dict[str, Any]


class Events(TypedDict):
    """`next`: the cursor to ask with next time, be there `more` now or not."""

    events: list[Event]
    next: int
    more: bool


class AuditedSubject(TypedDict):
    type: str
    id: str
    title: str


class AuditEntry(TypedDict):
    """`before` and `after`: what the change touched, field by field."""

    id: int
    at: datetime
    actor: str
    via: str
    address: str
    token: str
    action: str
    subject: AuditedSubject
    before: dict[str, Any]
    after: dict[str, Any]
