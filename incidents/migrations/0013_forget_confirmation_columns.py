from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("incidents", "0012_confirmations_become_deliveries")]

    operations = [
        migrations.RemoveIndex(
            model_name="subscription",
            name="confirmation_due",
        ),
        migrations.RemoveField(
            model_name="subscription",
            name="confirmation_attempts",
        ),
        migrations.RemoveField(
            model_name="subscription",
            name="confirmation_count",
        ),
        migrations.RemoveField(
            model_name="subscription",
            name="confirmation_due_at",
        ),
        migrations.RemoveField(
            model_name="subscription",
            name="confirmation_sent_at",
        ),
    ]
