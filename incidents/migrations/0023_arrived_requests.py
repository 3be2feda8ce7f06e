from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0022_drafts_that_wait"),
    ]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="arrived",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, editable=False, help_text="How many of a webhook's requests, so far."
            ),
        ),
    ]
