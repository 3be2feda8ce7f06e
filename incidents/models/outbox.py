import uuid
from datetime import datetime

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from incidents.models.revision import Revision
from incidents.models.snapshot import Facts


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
    # The subject's facts after the change. The database knows the default too: older code may still be writing.
    payload = models.JSONField(default=dict, db_default={}, encoder=DjangoJSONEncoder)

    class Meta:
        ordering = ("id",)
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
        cls.objects.create(
            id=Revision.bump(public=public, now=now),
            type=type,
            subject_type=subject._meta.model_name or "",
            subject_id=subject.pk,
            subject_version=version,
            public=public,
            notify=notify and public,
            occurred_at=now,
            payload=payload,
        )
