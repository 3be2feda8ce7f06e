from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


@dataclass(frozen=True)
class Actor:
    """Who changes something, and through which door ("admin", "api", "command", "import", "scheduler")."""

    name: str
    via: str
    address: str = ""
    token: str = ""


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """What has happened does not change."""

    def update(self, **_: Any) -> NoReturn:
        _refuse()

    def delete(self) -> NoReturn:
        _refuse()


class AuditEntry(models.Model):
    """One change: who, when, from where, what, before and after. Rows are only ever added."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=255)
    via = models.CharField(max_length=16)
    address = models.CharField(max_length=45, blank=True)
    token = models.CharField(max_length=64, blank=True)
    action = models.CharField(max_length=40)
    subject_type = models.CharField(max_length=20)
    subject_id = models.CharField(max_length=12)
    subject_title = models.CharField(max_length=200)
    before = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    after = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "audit trail"
        indexes = [
            models.Index(fields=("subject_type", "subject_id"), name="audit_of_subject"),  # history of one object
            models.Index(fields=("at",), name="audit_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_title} by {self.actor}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            _refuse()
        super().save(*args, **kwargs)

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        _refuse()

    @classmethod
    def record(
        cls,
        action: str,
        subject: models.Model | str,
        *,
        by: Actor,
        now: datetime,
        before: dict[str, object] | None = None,
        after: dict[str, object] | None = None,
    ) -> "AuditEntry":
        """`subject`: a row, or a title where it is about no single one."""
        row = subject if isinstance(subject, models.Model) else None
        return cls.objects.create(
            at=now,
            actor=by.name,
            via=by.via,
            address=by.address,
            token=by.token,
            action=action,
            subject_type=(row._meta.model_name or "") if row else "",
            subject_id=(row.pk or "") if row else "",
            subject_title=str(subject)[:200],
            before=before or {},
            after=after or {},
        )


def _refuse() -> NoReturn:
    raise TypeError("The audit trail is only ever added to.")
