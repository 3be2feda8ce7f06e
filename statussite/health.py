"""What orchestrators and monitoring ask. It stands before the check of the Host header, because they ask by address,
and before everything that the database could keep waiting."""

from collections.abc import Callable
from hmac import compare_digest
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST

from statussite.checkup import Report, checkup
from statussite.metrics import exposition
from statussite.middleware import ROUTE, context_of


class HealthMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = _PROBES.get(request.path_info)
        if probe is None:
            return self.get_response(request)
        request.META[ROUTE] = request.path_info.removeprefix("/")
        return probe(request)


def _live(request: HttpRequest) -> HttpResponse:
    """200 while the process serves. Touches nothing, so that a database outage restarts no web process."""
    return _text("ok\n")


def _ready(request: HttpRequest) -> HttpResponse:
    report = checkup.report()
    lines = {
        "database": "ok" if report.has_database else "away",
        "migrations": _migrations(report),
        "cache": "ok" if report.has_cache else "away; each process counts and caches for itself",
        **_of_workers(report),
    }
    return _lines(lines, 200 if report.is_ready else 503)


def _worker(request: HttpRequest) -> HttpResponse:
    report = checkup.report()
    lines = _of_workers(report)
    if pulse := report.pulse:
        lines |= {"leases lost in an hour": str(pulse.lost), "given up in a day": str(pulse.dead)}
    is_well = report.pulse is not None and report.pulse.is_beating and not report.pulse.is_late
    return _lines(lines, 200 if is_well else 503)


def _metrics(request: HttpRequest) -> HttpResponse:
    if not _may_measure(request):
        return _text("Not from here: see METRICS_ALLOWED and METRICS_TOKEN.\n", 403)
    return _text(exposition(checkup.report()), content_type=CONTENT_TYPE_LATEST)


_PROBES = {"/livez": _live, "/readyz": _ready, "/healthz/worker": _worker, "/metrics": _metrics}


def _migrations(report: Report) -> str:
    if not report.has_database:
        return "unknown"
    return f"{len(report.missing)} missing, the first is {report.missing[0]}" if report.missing else "ok"


def _of_workers(report: Report) -> dict[str, str]:
    if (pulse := report.pulse) is None:
        return {"worker": "unknown", "queue": "unknown"}
    seen = "never seen" if pulse.idle_for is None else f"seen {pulse.idle_for.total_seconds():.0f} s ago"
    waits = f"the oldest message has waited {pulse.queue_age.total_seconds():.0f} s"
    return {
        "worker": f"{'ok' if pulse.is_beating else 'late'}, {seen}",
        "queue": f"{'late' if pulse.is_late else 'ok'}, {waits}" if pulse.queue_age else "ok, nothing is due",
    }


def _may_measure(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and any(compare_digest(token.encode(), t.encode()) for t in settings.METRICS_TOKEN):
        return True
    try:
        address = ip_address(context_of(request).address)
    except ValueError:  # behind a Unix socket
        return False
    return any(address in network for network in settings.METRICS_ALLOWED)


def _lines(lines: dict[str, str], status: int) -> HttpResponse:
    return _text("".join(f"{name}: {said}\n" for name, said in lines.items()), status)


def _text(said: str | bytes, status: int = 200, content_type: str = "text/plain; charset=utf-8") -> HttpResponse:
    return HttpResponse(said, status=status, content_type=content_type, headers={"Cache-Control": "no-store"})
