"""What is stored about a person: told and removed on request, and forgotten where it has no more use."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q

from incidents.models import farewell
from incidents.models.address import check_address, pseudonym
from incidents.models.audit import Actor, AuditEntry
from incidents.models.channel import Channel, DigestFrequency
from incidents.models.clock import database_now
from incidents.models.ending import end
from incidents.models.endpoint import Endpoint
from incidents.models.incident import Incident
from incidents.models.transaction import in_one_transaction

UNVERIFIED_FOR = timedelta(days=7)
FOLLOWED_FOR = timedelta(days=30)  # after an incident is over; by then its postmortem is out
_CHUNK = 1000
NOT_OF_A_DELIVERY = ("sealed", "lease_token", "subscription_id", "user_id")  # secret, or told by where it stands
NOT_OF_AN_ATTEMPT = ("id", "delivery_id")


class Personal(models.Model):
    class Meta:
        abstract = True

    @classmethod
    @in_one_transaction
    def erase(cls, address: str, *, by: Actor, now: datetime | None = None) -> int:
        """Removes all that is stored about the address, and with it every token; returns how many subscriptions it had.

        Answers that are kept for retries go too. The audit trail keeps that it was asked for, under the address's
        pseudonym. Raises Invalid, Busy.
        """
        check_address("email", address).raise_any()
        model: Any = cls
        now, erased = now or database_now(), end(model.objects.of_address(address), address)
        farewell.forget(address)
        AuditEntry.record("erased", model(pk=pseudonym(address)), by=by, now=now, after={"records": erased})
        return erased

    @classmethod
    def export(cls, address: str) -> list[dict[str, object]]:
        """All that is stored about the address, by the names of the columns, each message with its attempts; of an
        endpoint its host, and of what is sealed only whether it is there. Raises Invalid."""
        check_address("email", address).raise_any()
        model: Any = cls
        rows = model.objects.of_address(address).order_by("created_at", "pk")
        return [row.facts() for row in rows.with_scope()]

    def facts(self: Any) -> dict[str, object]:
        return {
            **_columns(self, but=Endpoint.SEALED),
            "channel": Channel(self.channel),
            "digest_frequency": DigestFrequency(self.digest_frequency),
            "has_endpoint": self.sealed_endpoint is not None,
            "has_secret": self.has_secret,
            "has_old_secret": self.sealed_old_secret is not None,
            "services": [service.slug for service in self.services.all()],
            "groups": [group.slug for group in self.groups.all()],
            "incidents": [incident.pk for incident in self.incidents.all()],
            "deliveries": [
                _delivery(row) for row in self.deliveries.order_by("created_at").prefetch_related("history")
            ],
        }

    @classmethod
    def purge(cls, now: datetime) -> bool:
        """Forgets some of those who never confirmed, and of those who followed what is long over; returns whether
        there was anybody."""
        waiting = Q(verified_at=None, asked_at__lte=now - UNVERIFIED_FOR)
        return _end_some(cls, waiting) or _end_some(cls, _has_nothing_left(cls, now))


def _delivery(row: Any) -> dict[str, object]:
    history = [_columns(attempt, but=NOT_OF_AN_ATTEMPT) for attempt in row.history.all()]
    return {**_columns(row, but=NOT_OF_A_DELIVERY), "history": history}


def _columns(row: models.Model, *, but: Collection[str]) -> dict[str, object]:
    names = [field.attname for field in row._meta.concrete_fields]
    return {name: getattr(row, name) for name in names if name not in but}


def _has_nothing_left(model: Any, now: datetime) -> Q:
    """About incidents alone, each of them over for long."""
    services, groups, incidents = (
        relation.through.objects.filter(subscription_id=OuterRef("pk"))
        for relation in (model.services, model.groups, model.incidents)
    )
    over = Incident.objects.filter(resolved_at__lte=now - FOLLOWED_FOR)
    about_more = Q(everything=True) | Q(Exists(services)) | Q(Exists(groups))
    return ~about_more & Q(Exists(incidents)) & ~Q(Exists(incidents.exclude(incident__in=over)))


@in_one_transaction
def _end_some(model: Any, which: Q) -> bool:
    """A chunk of them, locked first, so that what changes meanwhile is judged anew; whether there were any."""
    rows = model._base_manager.filter(which).select_for_update().order_by("pk")[:_CHUNK]
    chunk = [row.pk for row in rows]
    return bool(chunk and end(model._base_manager.filter(pk__in=chunk)))
