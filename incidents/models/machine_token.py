import logging
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Self
from uuid import uuid4

from django.db import Error as DatabaseFailure
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from incidents import roles
from incidents.errors import Conflict, NotFound, Violations
from incidents.models.audit import Actor, AuditEntry
from incidents.models.identifiers import LENGTH, new_id
from incidents.models.transaction import in_one_transaction

log = logging.getLogger(__name__)

MAX_NAME = 64
MAX_DAYS = 3650
USE_IS_NOTED_EVERY = timedelta(minutes=15)
_NAME = re.compile(rf"[A-Za-z0-9._-]{{1,{MAX_NAME}}}", re.ASCII)


class MachineTokenQuerySet(models.QuerySet["MachineToken"]):
    def unrevoked(self) -> Self:
        return self.filter(revoked_at=None)


class MachineToken(models.Model):
    """A program's right to use the API, without a user. The signed token itself is not stored: `jti` is in it.

    Stands as the caller of a request, as a user does.
    """

    id = models.CharField(primary_key=True, max_length=LENGTH, default=new_id, editable=False)
    name = models.CharField(max_length=MAX_NAME)
    roles = models.JSONField()  # a list of `incidents.roles`
    jti = models.CharField("token id", max_length=64, unique=True)
    created_at = models.DateTimeField("issued")
    expires_at = models.DateTimeField("expires")
    revoked_at = models.DateTimeField("revoked", null=True)
    last_used_at = models.DateTimeField("last used", null=True)  # a quarter of an hour behind, at most

    objects = MachineTokenQuerySet.as_manager()
    is_authenticated = True

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            # so that a name tells which one to revoke
            models.UniqueConstraint(fields=("name",), condition=Q(revoked_at=None), name="one_machine_token_of_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    @in_one_transaction
    def issue(cls, name: str, held: Sequence[str], *, days: int, by: Actor, now: datetime | None = None) -> Self:
        """An expired one of the same name is revoked and makes room. Raises Invalid, Conflict, Busy."""
        now = now or timezone.now()
        cls._check(name, held, days)
        namesake = cls.objects.unrevoked().filter(name=name).first()
        if namesake is not None and namesake.expires_at > now:
            raise Conflict(f"There is a token {name} already. Revoke it first, or choose another name.")
        if namesake is not None:
            namesake.revoke(by=by, now=now)
        token = cls.objects.create(
            name=name,
            roles=list(roles.known(held)),
            jti=uuid4().hex,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        AuditEntry.record("issued", token, by=by, now=now, after=token.facts())
        return token

    @in_one_transaction
    def revoke(self, *, by: Actor, now: datetime | None = None) -> None:
        """Ends it at once. Raises NotFound if that was done before, Busy."""
        now = now or timezone.now()
        if not type(self).objects.unrevoked().filter(pk=self.pk).update(revoked_at=now):
            raise NotFound(f"The token {self.name} is revoked already.")
        self.revoked_at = now
        AuditEntry.record("revoked", self, by=by, now=now, before=self.facts())

    def note_use(self, now: datetime) -> None:
        """Seldom, and never at the cost of the request: what cannot be written now is written another time."""
        since = now - USE_IS_NOTED_EVERY
        if self.last_used_at is not None and self.last_used_at > since:
            return
        unnoted = type(self).objects.filter(Q(last_used_at=None) | Q(last_used_at__lte=since), pk=self.pk)
        try:
            with transaction.atomic():
                unnoted.update(last_used_at=now)
        except DatabaseFailure:
            log.warning("The use of a machine token could not be noted.", exc_info=True)

    def get_username(self) -> str:
        return self.name

    def state(self, now: datetime) -> str:
        if self.revoked_at is not None:
            return "revoked"
        return "works" if self.expires_at > now else "expired"

    def facts(self) -> dict[str, object]:
        return {"roles": self.roles, "expires_at": self.expires_at, "jti": self.jti}

    @staticmethod
    def _check(name: str, held: Sequence[str], days: int) -> None:
        found = Violations()
        if not _NAME.fullmatch(name):
            found.add("name", "invalid", f"Use up to {MAX_NAME} letters, digits, dots, hyphens and underscores.")
        if not held or set(held) - set(roles.ALL):
            found.add("roles", "invalid", f"Give one or more of: {', '.join(roles.ALL)}.")
        if not 1 <= days <= MAX_DAYS:
            found.add("days", "out_of_range", f"Give 1 to {MAX_DAYS} days.")
        found.raise_any()
