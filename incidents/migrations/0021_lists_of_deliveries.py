from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("incidents", "0020_uploaded_documents")]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["-created_at", "-id"], name="delivery_newest"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["finished_at"], name="delivery_failed", condition=Q(state="dead")),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["last_error"], name="delivery_errors", condition=~Q(last_error="")),
        ),
    ]
