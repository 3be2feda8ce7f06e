import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from incidents.errors import Conflict
from incidents.kick import kick
from incidents.models.audit import Actor, AuditEntry
from incidents.models.revision import Revision
from incidents.models.snapshot import Facts
from incidents.models.transaction import in_one_transaction

_TO_FAN_OUT = Q(due_at__isnull=False, fanned_out_at=None, withdrawn_at=None)


class EventQuerySet(models.QuerySet["Event"]):
    def telling_of(self, subject: models.Model) -> Self:
        """Those about it that subscribers are told, or were to be."""
        return self.filter(subject_id=subject.pk, subject_type=subject._meta.model_name, notify=True)

    def told(self, since: datetime, until: datetime) -> Self:
        """Those of which subscribers were told in between: the hold is over, and nobody took it back."""
        return self.filter(due_at__gt=since, due_at__lte=until, withdrawn_at=None)

    def to_fan_out(self) -> Self:
        return self.filter(_TO_FAN_OUT)

    def held(self) -> Self:
        """Nobody has been told yet. After the hold it is the first delivery that ends this, however late it comes."""
        return self.to_fan_out().filter(fanned_out_to="")


class Event(models.Model):
    """What happened, written in the transaction that made it happen; workers and the change feed read it.

    `id` is the page's revision: gap-free and in the order of the commits, so a reader that remembers the last
    one neither skips nor repeats.
    """

    id = models.PositiveBigIntegerField(primary_key=True)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    type = models.CharField(max_length=40)
    subject_type = models.CharField(max_length=20)
    subject_id = models.CharField(max_length=12)
    subject_version = models.PositiveIntegerField(default=0)
    public = models.BooleanField()
    notify = models.BooleanField()
    occurred_at = models.DateTimeField()
    # From when on subscribers are told, by the database's clock: before, ops can withdraw it. None: nobody is told.
    due_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    fanned_out_at = models.DateTimeField(null=True, help_text="Since then every subscriber has a delivery.")
    fanned_out_to = models.CharField(max_length=12, default="", db_default="", help_text="The last who has, so far.")
    # The subject's facts after the change. The database knows the default too: older code may still be writing.
    payload = models.JSONField(default=dict, db_default={}, encoder=DjangoJSONEncoder)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        indexes = [
            models.Index(fields=("due_at",), name="event_to_fan_out", condition=_TO_FAN_OUT),
            # What has been told about one subject.
            models.Index(fields=("subject_id",), name="event_telling_of", condition=Q(notify=True)),
        ]
        constraints = [
            # Only what the public may see may be sent to it.
            models.CheckConstraint(
                name="only_public_events_notify", condition=models.Q(notify=False) | models.Q(public=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.type} {self.subject_id}"

    @classmethod
    def record(
        cls,
        type: str,
        subject: models.Model,
        *,
        now: datetime,
        public: bool,
        payload: Facts,
        notify: bool = False,
        version: int = 0,
    ) -> None:
        tells = notify and public
        if tells and not settings.NOTIFICATION_HOLD:
            kick()
        cls.objects.create(
            id=Revision.bump(public=public, now=now),
            type=type,
            subject_type=subject._meta.model_name or "",
            subject_id=subject.pk,
            subject_version=version,
            public=public,
            notify=tells,
            occurred_at=now,
            due_at=Now() + timedelta(seconds=settings.NOTIFICATION_HOLD) if tells else None,
            payload=payload,
        )

    @property
    def is_held(self) -> bool:
        return self.fanned_out_at is None and self.withdrawn_at is None and not self.fanned_out_to

    @classmethod
    @in_one_transaction
    def withdraw(cls, subject: models.Model, *, by: Actor, now: datetime, id: int | None = None) -> int:
        """Keeps from subscribers what is still held about `subject`, all of it or one event; returns how much it was.

        Raises Conflict where it is too late.
        """
        held = cls.objects.telling_of(subject).held()
        held = held if id is None else held.filter(id=id)
        withdrawn = held.update(withdrawn_at=Now())
        if not withdrawn:
            raise Conflict("It is too late: subscribers are being told, or there is nothing to tell them.")
        AuditEntry.record("notification_withdrawn", subject, by=by, now=now, after={"events": withdrawn})
        return withdrawn
