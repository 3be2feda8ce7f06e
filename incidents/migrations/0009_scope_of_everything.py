from typing import Any

from django.db import migrations, models
from django.db.models import Q


def limit_those_who_chose(apps: Any, schema_editor: Any) -> None:
    """Until now an empty choice alone meant everything."""
    rows = apps.get_model("incidents", "Subscription").objects.using(schema_editor.connection.alias)
    chose = rows.filter(Q(services__isnull=False) | Q(groups__isnull=False)).values("pk")
    rows.filter(pk__in=chose).update(everything=False)


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0008_erasable_answers"),
    ]

    operations = [
        migrations.AddField(
            model_name="subscription",
            name="everything",
            field=models.BooleanField(db_default=True, default=True, help_text="Not limited to services and groups."),
        ),
        migrations.RunPython(limit_those_who_chose, migrations.RunPython.noop),
    ]
