from django.db import migrations, models

import incidents.models.identifiers


class Migration(migrations.Migration):
    dependencies = [("incidents", "0002_roles")]

    operations = [
        migrations.CreateModel(
            name="MachineToken",
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
                ("name", models.CharField(max_length=64)),
                ("roles", models.JSONField()),
                ("jti", models.CharField(max_length=64, unique=True, verbose_name="token id")),
                ("created_at", models.DateTimeField(verbose_name="issued")),
                ("expires_at", models.DateTimeField(verbose_name="expires")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="revoked")),
                ("last_used_at", models.DateTimeField(null=True, verbose_name="last used")),
            ],
            options={
                "ordering": ("-created_at",),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at", None)), fields=("name",), name="one_machine_token_of_a_name"
                    )
                ],
            },
        ),
    ]
