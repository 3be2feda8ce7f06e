"""For other programs of the same house, by key: what is scheduled, digests to be sent elsewhere, erasure."""

from datetime import datetime
from typing import Any, TypedDict

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from incidents.api import bodies
from incidents.api.auth import InternalKeyAuthentication
from incidents.api.erasure import Erased, ErasingView
from incidents.api.operation import Operation
from incidents.api.paging import turn_to
from incidents.api.queries import Paged
from incidents.mails.digest import Digest, digests
from incidents.models import DigestFrequency, PeriodicJob
from incidents.models.clock import database_now


class Scheduler(TypedDict):
    name: str
    interval_seconds: int
    last_run_at: datetime | None
    next_run_at: datetime
    last_error: str | None
    running: bool


class DigestItem(TypedDict):
    email: str
    subject: str
    body: str
    unsubscribe_url: str


class Digests(TypedDict):
    frequency: DigestFrequency
    count: int
    items: list[DigestItem]


def scheduler(job: PeriodicJob, now: datetime) -> Scheduler:
    return {
        "name": job.name,
        "interval_seconds": int(job.interval.total_seconds()),
        "last_run_at": job.last_run_at,
        "next_run_at": job.next_at,
        "last_error": job.last_error or None,
        "running": job.is_running(now),
    }


def item(digest: Digest) -> DigestItem:
    return {
        "email": digest.email,
        "subject": digest.subject,
        "body": digest.body,
        "unsubscribe_url": digest.unsubscribe_url,
    }


def digests_of(frequency: DigestFrequency, now: datetime) -> Digests:
    """`count` is the number of items: of the subscribers for whom anything happened."""
    items = [item(digest) for digest in digests(frequency, now)]
    return {"frequency": frequency, "count": len(items), "items": items}


class InternalView(ErasingView):
    authentication_classes = (InternalKeyAuthentication,)
    operations = {
        "schedulers": Operation("List the periodic jobs", Scheduler, lists=True, query=Paged),
        "digest": Operation(
            "Write digests, without sending them", Digests, body=bodies.DigestRequest, takes_keys=False
        ),
        "erase": Operation("Erase a person", Erased, body=bodies.Erasure),
    }

    def get_permissions(self) -> list[Any]:
        return []  # who has a key may do all that is here

    def schedulers(self, request: Request) -> HttpResponseBase:
        now = database_now()
        return self.listed(turn_to(PeriodicJob.objects.all(), self.asked(), lambda job: scheduler(job, now)))

    def digest(self, request: Request) -> HttpResponseBase:
        return self.answer(digests_of(self.given()["frequency"], database_now()))
