import django.core.serializers.json
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0003_machine_tokens")]

    operations = [
        migrations.AddField(
            model_name="event",
            name="payload",
            field=models.JSONField(db_default={}, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder),
        ),
    ]
