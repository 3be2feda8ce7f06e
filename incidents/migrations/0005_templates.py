import django.utils.timezone
from django.db import migrations, models

import incidents.models.identifiers
import incidents.severity


class Migration(migrations.Migration):
    dependencies = [("incidents", "0004_event_payload")]

    operations = [
        migrations.CreateModel(
            name="IncidentTemplate",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=incidents.models.identifiers.new_id,
                        editable=False,
                        max_length=12,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("slug", models.SlugField(help_text="Its name in URLs and in the API.", max_length=100, unique=True)),
                ("name", models.CharField(max_length=100)),
                (
                    "position",
                    models.PositiveIntegerField(default=0, help_text="Order on the page; equal ones go by name."),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("title", models.CharField(max_length=200)),
                (
                    "severity",
                    models.CharField(
                        choices=[(s, s) for s in incidents.severity.REPORTABLE_SEVERITIES],
                        max_length=20,
                    ),
                ),
                ("description", models.TextField(blank=True)),
                ("message", models.TextField(blank=True)),
                ("levels", models.JSONField(blank=True, default=dict)),
            ],
            options={"ordering": ("position", "name"), "abstract": False},
        ),
    ]
