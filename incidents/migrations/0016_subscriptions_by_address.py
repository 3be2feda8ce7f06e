from django.db import migrations, models


class Migration(migrations.Migration):
    """One index finds a subscription and all that somebody has: that of the constraint, with the address first."""

    dependencies = [("incidents", "0015_farewells")]

    operations = [
        migrations.RemoveConstraint(model_name="subscription", name="one_subscription_per_address_and_endpoint"),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(
                fields=("address_key", "channel", "endpoint_key"), name="one_subscription_per_address_and_endpoint"
            ),
        ),
        migrations.RemoveIndex(model_name="subscription", name="subscription_by_address"),
    ]
