from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models

from incidents import rules
from incidents.errors import InvalidToken, Violations
from incidents.models import farewell
from incidents.models.address import MAX_ADDRESS, check_address, fold
from incidents.models.audit import Actor, AuditEntry
from incidents.models.channel import Channel, DigestFrequency
from incidents.models.clock import database_now
from incidents.models.confirmation import Confirmation
from incidents.models.ending import end
from incidents.models.endpoint import Endpoint
from incidents.models.held import Held
from incidents.models.identifiers import LENGTH, new_id
from incidents.models.personal import Personal
from incidents.models.scope import Scope
from incidents.models.transaction import as_if, in_one_transaction

__all__ = ["Channel", "DigestFrequency", "Subscription", "SubscriptionQuerySet"]

MOST_WAITING = 5  # endpoints that one address may have waiting for its confirmation


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def verified(self) -> Self:
        return self.exclude(verified_at=None)

    def active(self) -> Self:
        """Who may be sent something."""
        return self.verified().filter(disabled_at=None)

    def of_address(self, address: str) -> Self:
        """By whichever channel."""
        return self.filter(address_key=fold(address))

    def mailboxes(self) -> Self:
        return self.filter(channel=Channel.EMAIL)

    def with_scope(self) -> Self:
        """All that `categories`, `followed` and `covers` ask for, in four queries more."""
        return self.prefetch_related(*Subscription.SCOPE)


class Subscription(Held, Personal, Confirmation, Scope, Endpoint):
    """One address that is told what happens, once its holder has confirmed it. Ended, it is deleted.

    By e-mail or at an endpoint; then the address is that of the person who answers for it. One person may have several.

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
    language = models.CharField(max_length=10, blank=True, db_default="", help_text="Of the mails; empty: the page's.")
    digested_until = models.DateTimeField(null=True, editable=False, help_text="Where the last digest ended.")
    generation = models.PositiveIntegerField(default=1, editable=False, help_text="Tokens of an earlier one are void.")
    verified_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    EDITABLE = ("notify_incidents", "notify_maintenance", "notify_recovery", "digest_frequency", "language")

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            # Its index finds all that somebody has, too.
            models.UniqueConstraint(
                fields=("address_key", "channel", "endpoint_key"), name="one_subscription_per_address_and_endpoint"
            ),
        ]
        indexes = [
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
    def check_wishes(cls, given: Mapping[str, Any]) -> Violations:
        """Every rule that the other fields break; `subscribe` and `change` refuse what breaks any."""
        found = cls.check_scope(given.get("categories"), given.get("incidents"))
        if given.get("language") and given["language"] not in dict(settings.LANGUAGES):
            found.add("language", "unknown_language", "There is no such language here. Empty is the page's own.")
        return found

    @classmethod
    @in_one_transaction
    def subscribe(
        cls,
        address: str,
        *,
        channel: Channel = Channel.EMAIL,
        endpoint: str = "",
        now: datetime | None = None,
        **wishes: Any,
    ) -> None:
        """Has the link to confirm mailed; where it is confirmed, the link to manage. Within the limits.

        `wishes`: as `change` takes them. Nobody but the holder changes those of a confirmed subscription; of one that
        waits, the last who asked is right. Where the endpoint leads was judged by `incidents.guard`.

        Answers nothing, and makes the same statements in the same order for every address, so that no caller learns
        whether it was known. Raises Invalid, Busy.
        """
        cls._refuse(address, channel, endpoint, wishes)
        now = now or database_now()
        known, waiting = cls._find(address, channel, endpoint), cls._waiting(address)
        # So many wait for the same person that one more must be somebody else's doing.
        is_one_too_many = known is None and bool(endpoint) and waiting >= MOST_WAITING
        with as_if(not is_one_too_many):
            row = cls._put(address, channel, endpoint, now, known)
            if wishes:
                with as_if(row.verified_at is None):
                    row._begin_with(wishes, now)
            row.ask(now)

    @classmethod
    def _refuse(cls, address: str, channel: Channel, endpoint: str, wishes: Mapping[str, Any]) -> None:
        found = cls.check_new(address)
        found.extend(cls.check_endpoint(channel, endpoint))
        found.extend(cls.check_wishes(wishes))
        found.raise_any()

    @classmethod
    def _find(cls, address: str, channel: Channel, endpoint: str) -> Self | None:
        keys = cls.endpoint_keys(endpoint)
        same = {"channel": channel, "address_key": fold(address), "endpoint_key__in": keys}
        return cls._base_manager.filter(**same).first()

    @classmethod
    def _put(cls, address: str, channel: Channel, endpoint: str, now: datetime, known: Self | None = None) -> Self:
        """The row, made or only asked for again by one and the same statement."""
        row = cls(channel=channel, address=rules.tidy(address), address_key=fold(address))
        row.put_endpoint(endpoint)
        row.endpoint_key = known.endpoint_key if known else row.endpoint_key  # by an older SECRET_KEY, perhaps
        row.created_at = row.updated_at = row.asked_at = now
        key = ("address_key", "channel", "endpoint_key")
        cls._base_manager.bulk_create([row], update_conflicts=True, unique_fields=key, update_fields=["asked_at"])
        return cls._base_manager.get(**{name: getattr(row, name) for name in key})

    @classmethod
    def _waiting(cls, address: str) -> int:
        rows = cls._base_manager.filter(address_key=fold(address), verified_at=None)
        return rows.exclude(channel=Channel.EMAIL).count()

    # For ops, who have a list

    @classmethod
    @in_one_transaction
    def bring_in(
        cls,
        address: str,
        *,
        by: Actor,
        confirmed: bool,
        channel: Channel = Channel.EMAIL,
        endpoint: str = "",
        now: datetime | None = None,
        **wishes: Any,
    ) -> bool:
        """As `subscribe`; `confirmed` where ops say that the person has agreed, else they are asked by mail.

        What is there already stays as it is, and the answer is False. Raises Invalid, Busy.
        """
        cls._refuse(address, channel, endpoint, wishes)
        if cls._find(address, channel, endpoint):
            return False
        now = now or database_now()
        row = cls._put(address, channel, endpoint, now)
        row._set(wishes, now)
        if confirmed:
            row._confirm(now)
        else:
            row.ask(now)
        AuditEntry.record("imported", row, by=by, now=now, after={"confirmed": confirmed})
        return True

    # For who holds a token

    @in_one_transaction
    def change(self, *, now: datetime | None = None, **wishes: Any) -> None:
        """Sets any of EDITABLE, and the scope: `categories`, `incidents`, as Scope has them.

        Raises Invalid, InvalidToken, Busy.
        """
        self.check_wishes(wishes).raise_any()
        self.lock()
        self._set(wishes, now or database_now())

    def _set(self, wishes: Mapping[str, Any], now: datetime) -> None:
        given = {field: value for field, value in wishes.items() if field in self.EDITABLE}
        begins = given.get("digest_frequency", DigestFrequency.IMMEDIATE) != DigestFrequency.IMMEDIATE
        if begins and self.digest_frequency == DigestFrequency.IMMEDIATE:
            self.digested_until = now  # of what came before, it has been told
        for field, value in given.items():
            setattr(self, field, value)
        self.updated_at = now
        self._limit_to(wishes.get("categories"), wishes.get("incidents"))
        self.save(update_fields=[*given, "everything", "digested_until", "updated_at"])

    def _begin_with(self, wishes: Mapping[str, Any], now: datetime) -> None:
        """As `_set`, whatever the row was limited to before."""
        self._limit_to_nothing()
        self._set(wishes, now)

    def lock(self) -> None:
        """Raises InvalidToken where it has ended."""
        try:
            self.refresh_from_db(from_queryset=type(self)._base_manager.select_for_update())
        except type(self).DoesNotExist as error:
            raise InvalidToken from error

    @in_one_transaction
    def unsubscribe(self) -> None:
        """With it go the messages that wait, and the answers about it that are kept for retries. One last mail tells
        whoever else reads at the address."""
        if end(type(self)._base_manager.filter(pk=self.pk)):
            farewell.bid(self, database_now())
