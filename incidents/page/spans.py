"""How public services did over a span, for those who draw it themselves."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

from incidents import models, uptime
from incidents.errors import NotFound
from incidents.models.transaction import in_one_snapshot
from incidents.page.home import plain, stretches, with_last_days
from incidents.page.values import Service


@in_one_snapshot
def last_days(days: int, now: datetime, slug: str | None = None) -> tuple[Service, ...]:
    """The public services, or the one that is named, with their last `days`. Raises NotFound. Two queries."""
    rows, impacts = models.Service.objects.public().select_related("group"), models.Impact.objects.public()
    if slug is not None:
        rows, impacts = rows.filter(slug=slug), impacts.filter(service__slug=slug)
    found = with_last_days(list(rows), days, impacts, now)
    if slug is not None and not found:
        raise _unknown()
    return found


@in_one_snapshot
def uptimes(slug: str, edges: Sequence[datetime], now: datetime) -> tuple[Fraction | None, ...]:
    """The uptime between each edge and the next, None where the service did not exist. Raises NotFound."""
    row = existing(slug)
    impacts = models.Impact.objects.public().filter(service=row).overlapping(edges[0], edges[-1])
    hits = stretches(impacts).get(row.pk, [])
    return tuple(figures.uptime for figures in uptime.series(hits, edges, since=row.since, now=now))


@in_one_snapshot
def standing(slug: str) -> Service:
    """One public service as it is now. Raises NotFound."""
    row = existing(slug)
    return plain(row, stretches(models.Impact.objects.public().open().filter(service=row)).get(row.pk, ()))


def existing(slug: str) -> models.Service:
    """Raises NotFound for what the public may not see."""
    row = models.Service.objects.public().select_related("group").filter(slug=slug).first()
    if row is None:
        raise _unknown()
    return row


def _unknown() -> NotFound:
    return NotFound("No such service.")
