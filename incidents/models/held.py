"""What somebody may do who holds a token: it was mailed to them, so the mailbox is theirs."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F

from incidents.errors import InvalidToken
from incidents.models import tokens
from incidents.models.channel import SIGNED
from incidents.models.clock import database_now
from incidents.models.message import Kind, State
from incidents.models.tokens import Named, Purpose
from incidents.models.transaction import in_one_transaction


class Held(models.Model):
    pk: Any
    channel: Any
    address_key: Any
    generation: Any
    verified_at: Any

    class Meta:
        abstract = True

    def token(self, purpose: Purpose) -> str:
        return tokens.issue(purpose, Named(self.pk, self.generation))

    @property
    def others(self) -> "models.QuerySet[Self]":
        """The same person's, by other channels or to other endpoints; the first one first."""
        rows = type(self)._base_manager.filter(address_key=self.address_key)
        return rows.exclude(pk=self.pk).order_by("created_at", "pk")

    @classmethod
    def held_by(cls, token: str, *purposes: Purpose, even_expired: bool = False) -> Self:
        """Raises InvalidToken."""
        row = cls._named(tokens.read(token, *purposes, even_expired=even_expired))
        if row is None:
            raise InvalidToken
        return row

    @classmethod
    @in_one_transaction
    def verify(cls, token: str, *, now: datetime | None = None) -> Self:
        """Confirms it; which uses the token up. Where messages are signed, `fresh_secret` tells by what.

        Raises InvalidToken.
        """
        row = cls.held_by(token, Purpose.CONFIRM)
        row._confirm(now or database_now())
        return row

    def _confirm(self: Any, now: datetime) -> None:
        """Raises InvalidToken where somebody was faster."""
        if self.channel in SIGNED:
            self.make_secret()
        same = self._meta.model._base_manager.filter(pk=self.pk, generation=self.generation, verified_at=None)
        changes = {"verified_at": now, "updated_at": now}
        if not same.update(**changes, sealed_secret=self.sealed_secret, generation=F("generation") + 1):
            raise InvalidToken
        self.deliveries.filter(kind=Kind.CONFIRMATION).drop(State.CANCELLED, now)
        self.refresh_from_db()

    @classmethod
    @in_one_transaction
    def resend(cls, token: str, *, now: datetime | None = None) -> Self:
        """As `subscribe`, for who has an older link, even an expired one. Raises InvalidToken."""
        row: Any = cls.held_by(token, Purpose.CONFIRM, Purpose.MANAGE, even_expired=True)
        row.ask(now or database_now())
        return row  # type: ignore[no-any-return]

    @classmethod
    @in_one_transaction
    def unsubscribe_by(cls, token: str) -> None:
        """Whatever it names is gone afterwards, also if it was before. Raises InvalidToken for a forged one."""
        row: Any = cls._named(tokens.read(token, Purpose.UNSUBSCRIBE))
        if row is not None:
            row.unsubscribe()

    @classmethod
    def _named(cls, named: Named) -> Self | None:
        same: dict[str, object] = {"pk": named.subscription, "generation": named.generation}
        return cls._base_manager.filter(**same).first()
