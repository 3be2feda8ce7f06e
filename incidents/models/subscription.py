from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from django.db import models
from django.db.models import F

from incidents import rules
from incidents.errors import InvalidToken, Violations
from incidents.models import tokens
from incidents.models.address import MAX_ADDRESS, check_address, fold, pseudonym
from incidents.models.audit import Actor, AuditEntry
from incidents.models.clock import database_now
from incidents.models.confirmation import Confirmation
from incidents.models.idempotency import IdempotencyRecord
from incidents.models.identifiers import LENGTH, new_id
from incidents.models.scope import Scope
from incidents.models.tokens import Named, Purpose
from incidents.models.transaction import in_one_transaction

UNVERIFIED_FOR = timedelta(days=7)
_CHUNK = 1000


class Channel(StrEnum):
    EMAIL = "email"


class DigestFrequency(StrEnum):
    IMMEDIATE = "immediate"
    DAILY = "daily"
    WEEKLY = "weekly"


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def verified(self) -> Self:
        return self.exclude(verified_at=None)

    def of_address(self, address: str) -> Self:
        return self.filter(channel=Channel.EMAIL, address_key=fold(address))

    def with_scope(self) -> Self:
        """All that `categories` and `covers` ask for, in three queries more."""
        return self.prefetch_related(*Subscription.SCOPE)


class Subscription(Confirmation, Scope):
    """One address that is told what happens, once its holder has confirmed it. Ended, it is deleted.

    Nothing is stored but what is needed to do so, and nothing of it can be seen or changed without a token that was
    mailed to the address.
    """

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    channel = models.CharField(max_length=10, choices=[(c, c) for c in Channel], default=Channel.EMAIL)
    address = models.CharField(max_length=MAX_ADDRESS, help_text="As it was typed.")
    address_key = models.CharField(max_length=MAX_ADDRESS, editable=False)
    notify_incidents = models.BooleanField(default=True)
    notify_maintenance = models.BooleanField(default=True)
    notify_recovery = models.BooleanField(default=True)
    digest_frequency = models.CharField(
        max_length=10, choices=[(f, f) for f in DigestFrequency], default=DigestFrequency.IMMEDIATE
    )
    generation = models.PositiveIntegerField(default=1, editable=False, help_text="Tokens of an earlier one are void.")
    verified_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    EDITABLE = ("notify_incidents", "notify_maintenance", "notify_recovery", "digest_frequency")

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(fields=("channel", "address_key"), name="one_subscription_per_address"),
        ]
        indexes = [
            models.Index(fields=("confirmation_due_at",), name="confirmation_due"),  # what the worker has to mail
            models.Index(fields=("verified_at", "asked_at"), name="subscription_unverified"),  # list, purge
        ]

    def __str__(self) -> str:
        return f"Subscription {self.pk}"  # for logs and the audit trail too: never the address

    # For everybody

    @classmethod
    def check_new(cls, address: str, field: str = "email") -> Violations:
        """Every rule that the address breaks; `subscribe` refuses what breaks any."""
        return check_address(field, address)

    @classmethod
    @in_one_transaction
    def subscribe(cls, address: str, *, now: datetime | None = None) -> None:
        """Has the link to confirm mailed; where the address is confirmed, the link to manage. Within the limits.

        Answers nothing and always writes, so that no caller learns whether the address was known.
        Raises Invalid, Busy.
        """
        cls.check_new(address).raise_any()
        now = now or database_now()
        times = dict.fromkeys(("created_at", "updated_at", "asked_at", "confirmation_due_at"), now)
        row, is_new = cls.objects.get_or_create(
            channel=Channel.EMAIL,
            address_key=fold(address),
            defaults={"address": rules.tidy(address), **times},
        )
        if not is_new:
            row.ask(now)

    # For who holds a token

    @classmethod
    def held_by(cls, token: str, *purposes: Purpose, even_expired: bool = False) -> Self:
        """Raises InvalidToken."""
        named = tokens.read(token, *purposes, even_expired=even_expired)
        row = cls._base_manager.filter(pk=named.subscription, generation=named.generation).first()
        if row is None:
            raise InvalidToken
        return row

    @classmethod
    @in_one_transaction
    def verify(cls, token: str, *, now: datetime | None = None) -> Self:
        """Confirms the address; which uses the token up. Raises InvalidToken."""
        now = now or database_now()
        row = cls.held_by(token, Purpose.CONFIRM)
        same = cls._base_manager.filter(pk=row.pk, generation=row.generation, verified_at=None)
        if not same.update(verified_at=now, updated_at=now, generation=F("generation") + 1, confirmation_due_at=None):
            raise InvalidToken
        row.refresh_from_db()
        return row

    @classmethod
    @in_one_transaction
    def resend(cls, token: str, *, now: datetime | None = None) -> Self:
        """As `subscribe`, for who has an older link, even an expired one. Raises InvalidToken."""
        row = cls.held_by(token, Purpose.CONFIRM, Purpose.MANAGE, even_expired=True)
        row.ask(now or database_now())
        return row

    @classmethod
    @in_one_transaction
    def unsubscribe_by(cls, token: str) -> None:
        """Whatever it names is gone afterwards, also if it was before. Raises InvalidToken for a forged one."""
        named = tokens.read(token, Purpose.UNSUBSCRIBE)
        row = cls._base_manager.filter(pk=named.subscription, generation=named.generation).first()
        if row is not None:
            row.unsubscribe()

    @in_one_transaction
    def unsubscribe(self) -> None:
        """With it go the answers about it that are kept for retries."""
        self.delete()
        IdempotencyRecord.forget(self.address)

    @in_one_transaction
    def change(self, *, categories: Sequence[str] | None = None, now: datetime | None = None, **given: Any) -> None:
        """Sets any of EDITABLE; `categories` as Scope has it.

        Raises Invalid, InvalidToken, Busy.
        """
        self.check_change({**given, "categories": categories}).raise_any()
        self._lock()
        for field, value in given.items():
            setattr(self, field, value)
        self.updated_at = now or database_now()
        if categories is not None:
            self._limit_to(categories)
        self.save(update_fields=[*given, "everything", "updated_at"])

    def check_change(self, given: Mapping[str, Any]) -> Violations:
        """Every rule that the given fields break; `change` refuses what breaks any."""
        return self.check_categories(given.get("categories") or ())

    def _lock(self) -> None:
        try:
            self.refresh_from_db(from_queryset=type(self)._base_manager.select_for_update())
        except type(self).DoesNotExist as error:
            raise InvalidToken from error

    def token(self, purpose: Purpose) -> str:
        return tokens.issue(purpose, Named(self.pk, self.generation))

    # For ops and the data protection officer

    @classmethod
    @in_one_transaction
    def erase(cls, address: str, *, by: Actor, now: datetime | None = None) -> int:
        """Removes all that is stored about the address, and with it every token; returns how many subscriptions it had.

        Answers that are kept for retries go too. The audit trail keeps that it was asked for, under the address's
        pseudonym. Raises Invalid, Busy.
        """
        cls.check_new(address).raise_any()
        rows = cls.objects.of_address(address)
        erased = rows.count()
        rows.delete()
        IdempotencyRecord.forget(address)
        subject = cls(pk=pseudonym(address))
        AuditEntry.record("erased", subject, by=by, now=now or database_now(), after={"records": erased})
        return erased

    @classmethod
    def export(cls, address: str) -> list[dict[str, object]]:
        """All that is stored about the address, by the names of the columns. Raises Invalid."""
        cls.check_new(address).raise_any()
        return [row.facts() for row in cls.objects.of_address(address).with_scope()]

    @classmethod
    def purge(cls, now: datetime) -> bool:
        """Forgets some of those who never confirmed; returns whether there was anybody."""
        return _delete_some(cls.objects.filter(verified_at=None, asked_at__lte=now - UNVERIFIED_FOR))

    def facts(self) -> dict[str, object]:
        columns = {field.attname: getattr(self, field.attname) for field in self._meta.concrete_fields}
        return {
            **columns,
            "channel": Channel(self.channel),
            "digest_frequency": DigestFrequency(self.digest_frequency),
            "services": [service.slug for service in self.services.all()],
            "groups": [group.slug for group in self.groups.all()],
        }


@in_one_transaction
def _delete_some(rows: "models.QuerySet[Any]") -> bool:
    """A chunk of them, locked first, so that what changes meanwhile is judged anew; whether there were any."""
    chunk = list(rows.select_for_update().order_by("pk")[:_CHUNK])
    rows.model._base_manager.filter(pk__in=[row.pk for row in chunk]).delete()
    return bool(chunk)
