from datetime import datetime

from django.db import connection, models

from incidents.models.transaction import in_one_transaction

_COUNT = "UPDATE incidents_revision SET number = number + 1"
# Never earlier than before, whatever the clock says: Last-Modified is made of it.
_MARK = ", public_changed_at = CASE WHEN public_changed_at > %s THEN public_changed_at ELSE %s END"
_RETURN = " WHERE id = %s RETURNING number"


class Revision(models.Model):
    """One row that counts the changes. Its lock orders all writers, so numbers follow the order of the commits."""

    ONLY = 1

    number = models.PositiveBigIntegerField(default=0)
    public_changed_at = models.DateTimeField(null=True)

    @classmethod
    def bump(cls, *, public: bool, now: datetime) -> int:
        """Marks published pages as changed and returns the new number. The last statement before the event row,
        and a single one: whoever writes next waits from here to the commit."""
        number = cls._bump(public, now)
        if number is None:
            cls._begin()
            number = cls._bump(public, now)
        if number is None:
            raise cls.DoesNotExist
        return number

    @classmethod
    @in_one_transaction
    def settle(cls) -> None:
        """Waits for who is about to commit. Afterwards every event is there that was written earlier. Raises Busy."""
        if cls.objects.select_for_update().filter(pk=cls.ONLY).first() is None:
            cls._begin()  # which waits for who is doing the same

    @classmethod
    def current(cls) -> "Revision":
        return cls.objects.filter(pk=cls.ONLY).first() or Revision(pk=cls.ONLY)

    @classmethod
    def _begin(cls) -> None:
        Revision.objects.bulk_create([Revision(pk=cls.ONLY)], ignore_conflicts=True)

    @classmethod
    def _bump(cls, public: bool, now: datetime) -> int | None:
        at = connection.ops.adapt_datetimefield_value(now)
        with connection.cursor() as cursor:
            cursor.execute(_COUNT + (_MARK if public else "") + _RETURN, [*([at, at] if public else []), cls.ONLY])
            row = cursor.fetchone()
        return row[0] if row else None
