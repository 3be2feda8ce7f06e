from django.db import migrations, models

import incidents.models.identifiers
import incidents.models.subscription


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0005_templates"),
    ]

    operations = [
        migrations.CreateModel(
            name="PeriodicJob",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("interval", models.DurationField()),
                ("next_at", models.DateTimeField()),
                ("last_run_at", models.DateTimeField(null=True)),
                (
                    "last_error",
                    models.CharField(blank=True, help_text="The kind of error; the log has the rest.", max_length=100),
                ),
                ("lease_until", models.DateTimeField(null=True)),
                ("lease_token", models.UUIDField(null=True)),
            ],
            options={
                "ordering": ("name",),
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                (
                    "asked_at",
                    models.DateTimeField(
                        editable=False, help_text="When somebody last asked to subscribe this address."
                    ),
                ),
                (
                    "confirmation_due_at",
                    models.DateTimeField(editable=False, help_text="None: nothing is to be sent.", null=True),
                ),
                ("confirmation_sent_at", models.DateTimeField(editable=False, null=True)),
                ("confirmation_count", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("confirmation_attempts", models.PositiveSmallIntegerField(default=0, editable=False)),
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
                (
                    "channel",
                    models.CharField(
                        choices=[
                            (
                                incidents.models.subscription.Channel["EMAIL"],
                                incidents.models.subscription.Channel["EMAIL"],
                            )
                        ],
                        default=incidents.models.subscription.Channel["EMAIL"],
                        max_length=10,
                    ),
                ),
                ("address", models.CharField(help_text="As it was typed.", max_length=254)),
                ("address_key", models.CharField(editable=False, max_length=254)),
                ("notify_incidents", models.BooleanField(default=True)),
                ("notify_maintenance", models.BooleanField(default=True)),
                ("notify_recovery", models.BooleanField(default=True)),
                (
                    "digest_frequency",
                    models.CharField(
                        choices=[
                            (
                                incidents.models.subscription.DigestFrequency["IMMEDIATE"],
                                incidents.models.subscription.DigestFrequency["IMMEDIATE"],
                            ),
                            (
                                incidents.models.subscription.DigestFrequency["DAILY"],
                                incidents.models.subscription.DigestFrequency["DAILY"],
                            ),
                            (
                                incidents.models.subscription.DigestFrequency["WEEKLY"],
                                incidents.models.subscription.DigestFrequency["WEEKLY"],
                            ),
                        ],
                        default=incidents.models.subscription.DigestFrequency["IMMEDIATE"],
                        max_length=10,
                    ),
                ),
                (
                    "generation",
                    models.PositiveIntegerField(
                        default=1, editable=False, help_text="Tokens of an earlier one are void."
                    ),
                ),
                ("verified_at", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(editable=False)),
                ("updated_at", models.DateTimeField(editable=False)),
                (
                    "groups",
                    models.ManyToManyField(blank=True, related_name="subscriptions", to="incidents.servicegroup"),
                ),
                ("services", models.ManyToManyField(blank=True, related_name="subscriptions", to="incidents.service")),
            ],
            options={
                "ordering": ("-created_at",),
                "indexes": [
                    models.Index(fields=["confirmation_due_at"], name="confirmation_due"),
                    models.Index(fields=["verified_at", "asked_at"], name="subscription_unverified"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("channel", "address_key"), name="one_subscription_per_address")
                ],
            },
        ),
    ]
