from django.db import migrations, models

import incidents.lifecycle


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0021_lists_of_deliveries"),
    ]

    operations = [
        migrations.AddField(
            model_name="incident",
            name="publish_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="incident",
            name="publish_as",
            field=models.CharField(db_default="", default="", editable=False, help_text="A status.", max_length=20),
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                fields=["publish_at"], condition=models.Q(("publish_at__isnull", False)), name="draft_to_publish"
            ),
        ),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("publish_at", None), ("status", incidents.lifecycle.IncidentStatus["DRAFT"]), _connector="OR"
                ),
                name="only_a_draft_waits",
            ),
        ),
    ]
