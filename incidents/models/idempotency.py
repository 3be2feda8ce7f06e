import hashlib
import json
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from django.db import connection, models, transaction
from django.db.models.functions import Now

from incidents.errors import Busy, IdempotencyInProgress, IdempotencyLost, IdempotencyMismatch
from incidents.models.address import fold
from incidents.models.sealing import Unreadable, digests, seal, unseal
from incidents.models.transaction import in_one_transaction

KEPT = timedelta(hours=24)

# One statement decides who owns a key; one that is too old is taken over as if it were not there.
_CLAIM = """
INSERT INTO incidents_idempotencyrecord (scope, "key", fingerprint, status, sealed) VALUES (%s, %s, %s, 0, %s)
ON CONFLICT (scope, "key") DO UPDATE SET fingerprint = excluded.fingerprint, created_at = excluded.created_at
WHERE incidents_idempotencyrecord.created_at < """
_SECONDS = f"{KEPT.total_seconds():.0f} seconds"
_TOO_OLD = {
    "sqlite": f"strftime('%%Y-%%m-%%d %%H:%%M:%%f', excluded.created_at, '-{_SECONDS}')",
    "postgresql": f"excluded.created_at - interval '{_SECONDS}'",
}


@dataclass(frozen=True)
class Outcome:
    """What a write answered: all that it takes to answer the same again. `address`: whom it tells about, if anybody."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    replayed: bool = False
    address: str = ""


class Refused(Exception):
    """Ends a write that changes nothing, and whose outcome is kept all the same."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


class IdempotencyQuerySet(models.QuerySet["IdempotencyRecord"]):
    def expired(self) -> Self:
        """By the clock of the database, which all processes share."""
        return self.filter(created_at__lt=Now() - KEPT)

    def kept(self) -> Self:
        return self.filter(created_at__gte=Now() - KEPT)


class IdempotencyRecord(models.Model):
    """A key that somebody sent with a write, and what came of it. `sealed` is the outcome's headers and body,
    encrypted: an answer may hold a secret that is told only once. `about` stands for the address of the person whom it
    tells about, so that it can be forgotten with them."""

    scope = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    sealed = models.BinaryField()
    about = models.CharField(max_length=64, blank=True, db_default="")
    created_at = models.DateTimeField(db_default=Now())

    objects = IdempotencyQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("scope", "key"), name="one_write_for_a_key")]
        indexes = [
            models.Index(fields=("created_at",), name="idempotency_by_age"),  # what is to be purged
            models.Index(fields=("about",), name="idempotency_by_person"),  # what is to be forgotten
        ]

    def __str__(self) -> str:
        return self.key

    @classmethod
    def once(cls, subject: str, key: str, request: bytes, write: Callable[[], Outcome]) -> Outcome:
        """Runs `write`, unless this subject has sent this key within 24 hours: then its outcome of that time.

        `request` is everything in which two requests under one key must be alike. One transaction holds:

        1. The key. Its insert is the arbiter: who comes second waits for the first to commit or to fail.
        2. `write` in a savepoint. `Refused` takes back what it did; any other exception frees the key.
        3. The outcome.

        Raises IdempotencyMismatch, IdempotencyInProgress, IdempotencyLost, Busy, and what `write` raises.
        """
        scope, fingerprints = _scope(subject), digests(request)
        claimed = False

        def attempt() -> Outcome:
            nonlocal claimed
            claimed = False
            claimed = cls._claim(scope, key, fingerprints[0])
            if not claimed:
                return cls._earlier(scope, key, fingerprints)
            outcome = _in_a_savepoint(write)
            cls.objects.filter(scope=scope, key=key).update(**_columns(outcome))
            return outcome

        try:
            return in_one_transaction(attempt)()
        except Busy as busy:
            if claimed:
                raise
            raise IdempotencyInProgress from busy

    @classmethod
    def told_before(cls, subject: str, key: str, request: bytes) -> Outcome | None:
        """What `once` would replay, for whoever has something slow to do before a write; None: ask `once`.

        Raises IdempotencyMismatch, IdempotencyLost.
        """
        record = cls.objects.kept().filter(scope=_scope(subject), key=key).first()
        return record._replayed(digests(request)) if record else None

    @classmethod
    def forget(cls, *addresses: str) -> None:
        """Deletes every answer that tells about who has such an address; their keys are free again."""
        cls.objects.filter(about__in=[digest for one in addresses for digest in digests(_person(one))]).delete()

    @classmethod
    def purge(cls, chunk: int = 1000) -> int:
        """Deletes at most `chunk` rows of those that are too old; returns how many."""
        expired = cls.objects.expired()
        oldest = expired.order_by("created_at").values("pk")[:chunk]
        # "Too old" is asked twice: a row that was claimed anew while this statement waited for it has to stay.
        deleted, _ = expired.filter(pk__in=oldest).delete()
        return deleted

    @classmethod
    def _claim(cls, scope: str, key: str, fingerprint: str) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM + _TOO_OLD[connection.vendor], [scope, key, fingerprint, b""])
            return bool(cursor.rowcount)

    @classmethod
    def _earlier(cls, scope: str, key: str, fingerprints: Container[str]) -> Outcome:
        record = cls.objects.filter(scope=scope, key=key).first()
        if record is None:
            raise IdempotencyInProgress  # it was purged between two statements: the next try finds it gone
        return record._replayed(fingerprints)

    def _replayed(self, fingerprints: Container[str]) -> Outcome:
        outcome = self._outcome()
        if self.fingerprint not in fingerprints:
            raise IdempotencyMismatch
        return outcome

    def _outcome(self) -> Outcome:
        try:
            headers, _, body = unseal(bytes(self.sealed)).partition(b"\n")
        except Unreadable as error:
            raise IdempotencyLost from error
        return Outcome(self.status, json.loads(headers), body, replayed=True)


def _scope(subject: str) -> str:
    return hashlib.sha256(subject.encode()).hexdigest()


def _in_a_savepoint(write: Callable[[], Outcome]) -> Outcome:
    try:
        with transaction.atomic():
            return write()
    except Refused as refused:
        return refused.outcome


def _columns(outcome: Outcome) -> dict[str, object]:
    return {
        "status": outcome.status,
        "sealed": seal(json.dumps(dict(outcome.headers)).encode() + b"\n" + outcome.body),
        "about": digests(_person(outcome.address))[0] if outcome.address else "",
    }


def _person(address: str) -> bytes:
    return b"address:" + fold(address).encode()
