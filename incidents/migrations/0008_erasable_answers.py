from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0007_idempotency"),
    ]

    operations = [
        migrations.AddField(
            model_name="idempotencyrecord",
            name="about",
            field=models.CharField(blank=True, db_default="", max_length=64),
        ),
        migrations.AddIndex(
            model_name="idempotencyrecord",
            index=models.Index(fields=["about"], name="idempotency_by_person"),
        ),
    ]
