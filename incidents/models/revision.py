from datetime import datetime

from django.db import models
from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Coalesce, Greatest


class Revision(models.Model):
    """One row that counts the changes. Its lock orders all writers, so numbers follow the order of the commits."""

    ONLY = 1

    number = models.PositiveBigIntegerField(default=0)
    public_changed_at = models.DateTimeField(null=True)

    @classmethod
    def bump(cls, *, public: bool, now: datetime) -> int:
        """Marks published pages as changed and returns the new number. The last statement before the event row."""
        changes: dict[str, object] = {"number": F("number") + 1}
        if public:
            at = Value(now, DateTimeField())
            # never earlier than before, whatever the clock says: Last-Modified is made of it
            changes["public_changed_at"] = Greatest(Coalesce("public_changed_at", at), at)
        if not cls.objects.filter(pk=cls.ONLY).update(**changes):
            Revision.objects.bulk_create([Revision(pk=cls.ONLY)], ignore_conflicts=True)
            cls.objects.filter(pk=cls.ONLY).update(**changes)
        return cls.current().number

    @classmethod
    def current(cls) -> "Revision":
        return cls.objects.filter(pk=cls.ONLY).first() or Revision(pk=cls.ONLY)
