"""Figures over time, as a chart wants them: one point a step, the last step still running."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request

from incidents import page
from incidents.api import figure_shapes, prometheus
from incidents.api.operation import read
from incidents.api.queries import MetricSpan, Range
from incidents.api.views import ApiView
from incidents.uptime import percent


class Grid(NamedTuple):
    step: timedelta
    steps: int

    def starts(self, now: datetime) -> list[datetime]:
        """Where each step begins: at whole multiples of it, so that the same step has the same time in every answer."""
        epoch = datetime.fromtimestamp(0, UTC)
        last = now - (now - epoch) % self.step
        return [last - self.step * n for n in reversed(range(self.steps))]


GRIDS = {
    Range.HOUR: Grid(timedelta(minutes=1), 60),
    Range.DAY: Grid(timedelta(minutes=15), 96),
    Range.WEEK: Grid(timedelta(hours=2), 84),
    Range.MONTH: Grid(timedelta(hours=6), 120),
}


class MetricView(ApiView):
    operations = {
        "uptime": read(
            "Uptime of a service over time, in percent", figure_shapes.Metric, query=MetricSpan, refusals=(404,)
        ),
        "latency": read(
            "Latency of a service over time, if it is measured", figure_shapes.Metric, query=MetricSpan, refusals=(404,)
        ),
    }

    def uptime(self, request: Request) -> HttpResponseBase:
        asked, now = self.asked(), timezone.now()
        grid = GRIDS[asked["range"]]
        starts = grid.starts(now)
        shares = page.uptimes(asked["service"], [*starts, starts[-1] + grid.step], now)
        return self._drawn(asked, zip(starts, map(_percent, shares), strict=True))

    def latency(self, request: Request) -> HttpResponseBase:
        """Asks the database first, and holds no transaction while it asks the other server."""
        asked = self.asked()
        grid, slug = GRIDS[asked["range"]], page.standing(asked["service"]).slug
        if not settings.PROMETHEUS_URL:
            return self._drawn(asked, None)
        starts = grid.starts(timezone.now())
        found = prometheus.values(slug, starts[0], starts[-1], grid.step)
        return self._drawn(asked, [(start, found.get(start)) for start in starts])

    def _drawn(self, asked: dict[str, str], points: Iterable[tuple[datetime, float | None]] | None) -> HttpResponseBase:
        shown: figure_shapes.Metric = {
            "service": asked["service"],
            "range": str(asked["range"]),
            "available": points is not None,
            "points": [{"timestamp": at, "value": value} for at, value in points or ()],
        }
        return self.shown(shown)


def _percent(share: Fraction | None) -> float | None:
    value = percent(share)
    return None if value is None else float(value)
