from django.db import migrations


def create_roles(apps, schema_editor):
    groups = apps.get_model("auth", "Group").objects
    for name in ("PLATFORM_OPS", "DATA_PROTECTION_OFFICER"):
        groups.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0001_initial"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [migrations.RunPython(create_roles, migrations.RunPython.noop)]
