from typing import Any

from django.db import migrations
from django.db.models.functions import Now


def queue(apps: Any, schema_editor: Any) -> None:
    """What was still to be mailed, or tried again, is mailed by the one engine."""
    Subscription = apps.get_model("incidents", "Subscription")
    Delivery = apps.get_model("incidents", "Delivery")
    due = Subscription.objects.exclude(confirmation_due_at=None).values_list("pk", "confirmation_due_at")
    Delivery.objects.bulk_create(
        (
            Delivery(subscription_id=pk, kind="confirmation", lane="mail", urgency=0, due_at=due_at, created_at=Now())
            for pk, due_at in due.iterator()
        ),
        batch_size=1000,
    )


class Migration(migrations.Migration):
    dependencies = [("incidents", "0011_claiming")]

    operations = [migrations.RunPython(queue, migrations.RunPython.noop)]
