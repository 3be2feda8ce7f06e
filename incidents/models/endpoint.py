"""Where a subscription that is no mailbox is served: an address that holds a secret, and how it has been doing."""

import base64
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from django.db import models

from incidents.errors import Conflict, Violations
from incidents.models import sealing
from incidents.models.audit import Actor, AuditEntry
from incidents.models.channel import Channel
from incidents.models.clock import database_now
from incidents.models.ending import cancel
from incidents.models.transaction import in_one_transaction

MAX_ENDPOINT = 2048
SECRET_BYTES = 32  # Standard Webhooks has 24 to 64
OLD_SECRET_FOR = timedelta(hours=24)  # after a rotation, both secrets sign


class Disabled(StrEnum):
    """Why nothing is sent any more."""

    GONE = "gone"  # the endpoint answered 410
    FAILING = "failing"  # for days, nothing but failures
    BOUNCING = "bouncing"  # the mailbox does not exist
    BY_OPS = "by_ops"


class Endpoint(models.Model):
    """Empty for a mailbox, but for its health. Address and secrets are stored encrypted."""

    endpoint_key = models.CharField(max_length=64, editable=False, default="", db_default="")
    sealed_endpoint = models.BinaryField(null=True, editable=False)
    sealed_secret = models.BinaryField(null=True, editable=False)
    sealed_old_secret = models.BinaryField(null=True, editable=False)
    secret_rotated_at = models.DateTimeField(null=True, editable=False)
    host = models.CharField(max_length=255, editable=False, default="", db_default="")
    failing_since = models.DateTimeField(null=True, editable=False, help_text="None: the last attempt succeeded.")
    failures = models.PositiveIntegerField(default=0, db_default=0, editable=False, help_text="In a row.")
    disabled_at = models.DateTimeField(null=True, editable=False)
    disabled_because = models.CharField(
        max_length=10, blank=True, default="", db_default="", editable=False, choices=[(d, d) for d in Disabled]
    )

    SEALED = ("endpoint_key", "sealed_endpoint", "sealed_secret", "sealed_old_secret")  # shown to nobody

    lock: Any
    fresh_secret = ""  # in clear, on the object that has just made it: the one time that it can be told

    class Meta:
        abstract = True

    @property
    def endpoint(self) -> str:
        """Empty for a mailbox. Raises sealing.Unreadable."""
        return sealing.unseal(bytes(self.sealed_endpoint)).decode() if self.sealed_endpoint else ""

    @staticmethod
    def check_endpoint(channel: str, endpoint: str, field: str = "endpoint") -> Violations:
        """Whether there is one where there must be; where it leads, `incidents.guard` knows."""
        found = Violations()
        if channel == Channel.EMAIL and endpoint:
            found.add(field, "not_allowed", "E-mail goes to the address in email: leave this out.")
        if channel != Channel.EMAIL and not endpoint:
            found.add(field, "required", "Give the address that messages are to be posted to.")
        return found

    def put_endpoint(self, url: str) -> None:
        """Empty for a mailbox."""
        self.endpoint_key = self.endpoint_keys(url)[0]
        self.sealed_endpoint = sealing.seal(url.encode()) if url else None
        self.host = (urlsplit(url).hostname or "").lower()

    @staticmethod
    def endpoint_keys(url: str) -> tuple[str, ...]:
        """What stands for the address, by each key that there was; the present one first."""
        return sealing.digests(url.encode()) if url else ("",)

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """What signs, the present one first; after a rotation the old one for a day. Raises sealing.Unreadable."""
        overlaps = self.secret_rotated_at is not None and now - self.secret_rotated_at < OLD_SECRET_FOR
        sealed = (self.sealed_secret, self.sealed_old_secret if overlaps else None)
        return tuple(sealing.unseal(bytes(one)).decode() for one in sealed if one)

    def make_secret(self) -> None:
        """As Standard Webhooks has it. Stored by whoever asked for it, and told in `fresh_secret` alone."""
        self.fresh_secret = f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"
        self.sealed_secret = sealing.seal(self.fresh_secret.encode())

    @property
    def is_mailbox(self) -> bool:
        return not self.endpoint_key

    @property
    def has_secret(self) -> bool:
        return self.sealed_secret is not None

    @in_one_transaction
    def rotate_secret(self, *, now: datetime | None = None) -> None:
        """Makes another one, told in `fresh_secret`; the old one goes on signing for a day.

        Raises Conflict where nothing is signed, InvalidToken.
        """
        self.lock()
        if not self.has_secret:
            raise Conflict("Messages that go there are not signed, so there is no secret.")
        self.sealed_old_secret, self.secret_rotated_at = self.sealed_secret, now or database_now()
        self.make_secret()
        self.save(update_fields=["sealed_secret", "sealed_old_secret", "secret_rotated_at"])

    @in_one_transaction
    def disable(self, because: Disabled, now: datetime | None = None, *, by: Actor | None = None) -> bool:
        """Nothing is sent from now on, what waits included; whether it was on until now. Raises Busy."""
        now = now or database_now()
        rows = type(self)._base_manager.filter(pk=self.pk)
        if not rows.filter(disabled_at=None).update(disabled_at=now, disabled_because=because):
            return False
        cancel(rows, now)
        if by:
            AuditEntry.record("disabled", self, by=by, now=now)
        self.disabled_at, self.disabled_because = now, because
        return True

    @in_one_transaction
    def enable(self, now: datetime | None = None, *, by: Actor | None = None) -> bool:
        """Counts its failures anew; whether it was off until now. What happened meanwhile is not told.

        What ops have disabled, only they enable. Raises Conflict, InvalidToken, Busy.
        """
        self.lock()
        if self.disabled_at is None:
            return False
        if self.disabled_because == Disabled.BY_OPS and not by:
            raise Conflict("Whoever runs this page has disabled it; ask them.")
        if by:
            before: dict[str, object] = {"because": self.disabled_because}
            AuditEntry.record("enabled", self, by=by, now=now or database_now(), before=before)
        self.disabled_at, self.disabled_because, self.failing_since, self.failures = None, "", None, 0
        self.save(update_fields=["disabled_at", "disabled_because", "failing_since", "failures"])
        return True
