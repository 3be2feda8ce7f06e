from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone

from incidents import rules
from incidents.errors import Conflict, Violations
from incidents.lifecycle import OPEN_INCIDENT, IncidentStatus
from incidents.models.audit import Actor
from incidents.models.guarded import or_log
from incidents.models.timeline import Timeline
from incidents.models.transaction import in_one_transaction

if TYPE_CHECKING:
    from incidents.models.incident import Incident


class Schedulable(Timeline):
    """A draft that the worker publishes, as it stands by then."""

    publish_at = models.DateTimeField(null=True, editable=False)
    publish_as = models.CharField(max_length=20, default="", db_default="", editable=False, help_text="A status.")

    class Meta:
        abstract = True

    @classmethod
    @in_one_transaction
    def open_later(
        cls, at: datetime, *, by: Actor, status: IncidentStatus, now: datetime | None = None, **given: Any
    ) -> "Incident":
        """A draft with the arguments of `open`, to be published `at` with `status`. Raises as `open` does."""
        now = now or timezone.now()
        cls.check_publication(at, status, now).raise_any()
        kind: Any = cls
        draft: Incident = kind.open(by=by, status=IncidentStatus.DRAFT, now=now, **given)
        draft.publish_later(at, status=status, by=by, now=now)
        return draft

    @in_one_transaction
    def publish_later(
        self,
        at: datetime | None,
        *,
        status: IncidentStatus,
        by: Actor,
        version: int | None = None,
        now: datetime | None = None,
    ) -> None:
        """At another time than before, or no longer (None). Raises NotFound, StaleVersion, Conflict, Invalid, Busy."""
        now = now or timezone.now()
        self.lock(version)
        if self.state is not IncidentStatus.DRAFT:
            raise Conflict("It is published already.")
        if at is not None:
            self.check_publication(at, status, now).raise_any()
        changes = {"publish_at": at, "publish_as": str(status) if at else ""}
        self._edit(by=by, now=now, changes=changes, unseen=True)

    @classmethod
    def publish_due(cls, by: Actor, now: datetime) -> int:
        """Publishes the drafts whose time has come, each in its own transaction; returns how many."""
        failed = "The draft %s could not be published."
        return sum(or_log(partial(draft.publish, by, now), failed, draft.pk) for draft in cls._due(now))

    @in_one_transaction
    def publish(self, by: Actor, now: datetime) -> bool:
        """In the words of the draft; False if somebody was faster, or thought better of it."""
        self.lock()
        if not type(self)._due(now).filter(pk=self.pk).exists():
            return False
        draft, status = self.updates.latest("version"), IncidentStatus(self.publish_as)
        promised = draft.next_update_at if draft.next_update_at and draft.next_update_at > now else None
        words: dict[str, Any] = {"message": draft.message, "next_update_at": promised, "notify": draft.notify}
        self.post_update(by=by, status=status, now=now, **words)
        return True

    @classmethod
    def _due(cls, now: datetime) -> "models.QuerySet[Any]":
        return cls._base_manager.filter(publish_at__lte=now)

    @staticmethod
    def check_publication(at: datetime, status: str, now: datetime) -> Violations:
        found = rules.check({"publish_at": at}, now)
        if at <= now:
            found.add("publish_at", "in_past", "Must lie in the future.")
        if status not in OPEN_INCIDENT:
            found.add("status", "not_open", "Later it can only be published as open.")
        return found
