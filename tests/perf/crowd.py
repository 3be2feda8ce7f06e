"""Many incidents and deliveries, written by PostgreSQL itself: one of each is made as ever, and the others like it."""

from datetime import timedelta
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, AuditEntry, Delivery, Event, Incident, Service, Subscription
from incidents.models.message import Kind, State, Urgency
from incidents.models.pacing import Lane
from incidents.severity import Severity
from tests.notify.situations import rows

BY = Actor("bench", "command")
SUBSCRIBERS = 1000
OPEN = 5


@transaction.atomic
def fill(incidents: int, deliveries: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
    services = [Service.add(by=BY, slug=f"service-{n}", name=f"Service {n}") for n in range(20)]
    now = timezone.now()
    past: dict[str, Any] = {"started_at": now - timedelta(hours=3), "resolved_at": now - timedelta(hours=2)}
    told: dict[str, Any] = {"severity": Severity.MINOR, "levels": {services[0]: None}, "by": BY}
    one = Incident.open(title="Incident number 0", status=IncidentStatus.RESOLVED, notify=False, **past, **told)
    _multiply(one, incidents - OPEN - 1)
    rows(f"person{n}@example.com" for n in range(SUBSCRIBERS))
    _deliver(deliveries)
    for n in range(OPEN):
        Incident.open(title=f"Open number {n}", status=IncidentStatus.INVESTIGATING, force=True, **told)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _multiply(one: Incident, times: int) -> None:
    """With updates, impacts, audit entries and events. Ids are `x` and the number."""
    name = "lpad(n::text, 11, '0')"
    back = "- n * interval '1 hour'"
    own = {"id": f"'x' || {name}", "title": "'Incident number ' || n"}
    _copy(Incident, f"id = '{one.pk}'", times, own, back)
    of = {"incident_id": own["id"]}
    _copy(one.updates.model, f"incident_id = '{one.pk}'", times, {"id": f"'u' || {name}", **of}, back)
    _copy(one.impacts.model, f"incident_id = '{one.pk}'", times, of, back)
    subject = {"subject_id": own["id"]}
    _copy(AuditEntry, f"subject_id = '{one.pk}'", times, {**subject, "subject_title": own["title"]}, back)
    newest = Event.objects.latest("id").pk
    told = {"id": f"{newest} + n", "uuid": "gen_random_uuid()", **subject, "notify": "true", "public": "true"}
    _copy(Event, f"subject_id = '{one.pk}'", times, told, back)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE incidents_revision SET number = number + %s", [times])


def _copy(model: type[models.Model], where: str, times: int, own: dict[str, str], back: str) -> None:
    """Rows like the one that `where` names; the instants of each are so much earlier."""
    table = model._meta.db_table
    fields = [field for field in model._meta.local_concrete_fields if not isinstance(field, models.AutoField)]
    moved = {f.column: f"{f.column} {back}" for f in fields if isinstance(f, models.DateTimeField)}
    values: dict[Any, Any] = {field.column: field.column for field in fields} | moved | own
    source = f"{table}, generate_series(1, {times}) AS n WHERE {where}"
    sql = f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())} FROM {source}"
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _deliver(count: int) -> None:
    """Each subscriber was told of the newest events; one message in a hundred failed."""
    events, failed = -(-count // SUBSCRIBERS), "hashtext(e.id::text || s.id) % 100 = 0"
    sql = f"""
    INSERT INTO {Delivery._meta.db_table}
      (id, kind, lane, urgency, event_id, subscription_id, about, state, attempts, due_at, last_error, created_at,
       finished_at)
    SELECT gen_random_uuid(), '{Kind.EVENT}', '{Lane.MAIL}', {Urgency.NEWS}, e.id, s.id, '{{}}',
      CASE WHEN {failed} THEN '{State.DEAD}' ELSE '{State.SENT}' END, 1, e.occurred_at,
      CASE WHEN {failed} THEN 'timeout' ELSE '' END, e.occurred_at, e.occurred_at
    FROM (SELECT * FROM {Event._meta.db_table} WHERE notify ORDER BY id LIMIT {events}) e,
      {Subscription._meta.db_table} s
    """
    with connection.cursor() as cursor:
        cursor.execute(sql)
