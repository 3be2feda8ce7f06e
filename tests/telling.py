from django.db.models import F

from incidents.models import Event


def tell_on_time() -> None:
    """What tests date back, subscribers were told when it happened; else all of it is due now, by the database."""
    Event.objects.exclude(due_at=None).update(due_at=F("occurred_at"))
