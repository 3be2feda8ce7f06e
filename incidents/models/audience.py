"""Who is told of something: the one answer, for the fan-out as for those who ask before they post."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from incidents.lifecycle import IncidentStatus
from incidents.models.channel import Channel, DigestFrequency
from incidents.models.outbox import Event
from incidents.models.subscription import Subscription, SubscriptionQuerySet


@dataclass(frozen=True)
class Topic:
    """What it is about. `services`: the slugs of the public ones that it hits; without any it is for those who want
    everything, and for those who follow this very incident."""

    is_maintenance: bool
    is_recovery: bool
    services: Collection[str]
    incident: str = ""  # id

    @classmethod
    def of(cls, event: Event) -> "Topic":
        is_maintenance = event.subject_type != "incident"
        told = event.payload.get("update") or event.payload
        return cls(
            is_maintenance=is_maintenance,
            is_recovery=not is_maintenance and told.get("status") == IncidentStatus.RESOLVED,
            services=[service["id"] for service in event.payload.get("services", ())],
            incident="" if is_maintenance else event.subject_id,
        )


def audience(topic: Topic) -> SubscriptionQuerySet:
    """Each at most once. Those who wait for a digest are not among them."""
    wants = "notify_maintenance" if topic.is_maintenance else "notify_incidents"
    wants = "notify_recovery" if topic.is_recovery else wants
    now = ~Q(channel=Channel.EMAIL) | Q(digest_frequency=DigestFrequency.IMMEDIATE)
    return Subscription.objects.active().filter(now, _is_about(topic), **{wants: True})


def reach(topic: Topic) -> dict[Channel, int]:
    """How many are told, by each channel that reaches any."""
    counts = audience(topic).order_by().values_list("channel").annotate(count=Count("pk"))
    found = dict(counts)
    return {channel: found[channel] for channel in Channel if channel in found}


def _is_about(topic: Topic) -> Q:
    covered = Q(everything=True)
    if topic.services:
        covered |= _has("services", service__slug__in=topic.services)
        covered |= _has("groups", servicegroup__services__slug__in=topic.services)
    if topic.incident:
        covered |= _has("incidents", incident_id=topic.incident)
    return covered


def _has(relation: str, **of: object) -> Q:
    through = getattr(Subscription, relation).through
    return Q(Exists(through.objects.filter(subscription_id=OuterRef("pk"), **of)))
