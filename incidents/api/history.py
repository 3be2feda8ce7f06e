from datetime import timedelta

from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request

from incidents import page
from incidents.api import figure_shapes
from incidents.api.figures import figure
from incidents.api.operation import read
from incidents.api.queries import HistorySpan
from incidents.api.views import ApiView
from incidents.uptime import Day


class HistoryView(ApiView):
    operations = {
        "days": read(
            "Status and downtime of each service and day",
            figure_shapes.History,
            query=HistorySpan,
            refusals=(404,),
            per_minute=50,
        ),
    }

    def days(self, request: Request) -> HttpResponseBase:
        asked = self.asked()
        services = page.last_days(asked["days"], timezone.now(), asked["service"])
        shown: figure_shapes.History = {
            "time_zone": page.zone().key,
            "services": [_service(service) for service in services],
        }
        return self.shown(shown)


def _service(service: page.Service) -> figure_shapes.ServiceHistory:
    return {
        "id": service.slug,
        "name": service.name,
        "uptime": figure(service.uptime),
        "days": [_day(day) for day in service.days],
    }


def _day(day: Day) -> figure_shapes.HistoryDay:
    existed = day.uptime is not None
    return {
        "date": day.date,
        "status": day.worst if existed else None,
        "uptime": figure(day.uptime),
        "downtime_seconds": _seconds(day.downtime) if existed else None,
        "affected_seconds": _seconds(day.affected) if existed else None,
    }


def _seconds(length: timedelta) -> int:
    return length // timedelta(seconds=1)
