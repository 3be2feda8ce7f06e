import logging
from collections.abc import Callable
from datetime import datetime
from typing import IO, Any, cast

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from rest_framework.exceptions import APIException, NotAuthenticated, Throttled

from incidents.api.intake import StrictJSONParser, admit
from incidents.api.problem import PROBLEM
from incidents.api.refusal import refuse, to_json
from incidents.automation import alertmanager, gatus, generic, uptime_kuma
from incidents.automation.body import Body
from incidents.budget import Budget, of_address
from incidents.errors import Busy, StatusError
from incidents.models import AlertSource, Signal
from incidents.models.alert_source import Product
from statussite.middleware import context_of, forget_cookies

log = logging.getLogger(__name__)

PER_MINUTE = 600  # by one source
REFUSALS_PER_MINUTE = 100  # by one address
_TRIES = 3

READERS: dict[str, Callable[[Body, datetime], list[Signal]]] = {
    Product.ALERTMANAGER: alertmanager.read,
    Product.GRAFANA: alertmanager.read,
    Product.UPTIME_KUMA: uptime_kuma.read,
    Product.GATUS: gatus.read,
    Product.GENERIC: generic.read,
}


class NotNow(APIException):
    """Others are writing: said as 503, since the products send again only what failed on our side."""

    status_code = 503
    default_detail = "Somebody else is changing this right now. Send it again."


@csrf_exempt
@require_POST
def receive(request: HttpRequest, source: str, token: str = "") -> HttpResponse:
    """Alerts of one source, which shows its token in the header, or in the path where a product can send no header."""
    forget_cookies(request)
    try:
        admit(request)
        sender = _sender(request, source, token or _bearer(request))
        taken = _take_in(request, sender)
    except (StatusError, APIException) as error:
        log.warning("Alerts of %s were refused: %s", source, type(error).__name__)
        return refuse(request, error, PROBLEM)
    told = {"code": 0, "message": "Taken in.", "data": {"alerts": taken}}
    return HttpResponse(to_json(told), content_type="application/json", headers={"Cache-Control": "no-store"})


def _bearer(request: HttpRequest) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _sender(request: HttpRequest, slug: str, token: str) -> AlertSource:
    """Which sources there are, nobody learns without a token of one."""
    refusals = Budget(of_address(request), REFUSALS_PER_MINUTE, "refusals")
    source = AlertSource.of_token(slug, token)
    if source is None:
        standing = refusals.spend(request)
        if standing and standing.count > standing.limit:
            raise Throttled(standing.reset)
        raise NotAuthenticated("The token does not fit this source.")
    standing = Budget(f"source {source.pk}", PER_MINUTE).spend(request)
    if standing and standing.count > standing.limit:
        raise Throttled(standing.reset)
    return source


def _content(request: HttpRequest) -> dict[str, Any]:
    request.META.setdefault("CONTENT_LENGTH", "0")
    return StrictJSONParser().parse(cast("IO[Any]", request), parser_context={"request": request})


def _take_in(request: HttpRequest, source: AlertSource) -> int:
    now = timezone.now()
    content = _content(request)
    signals = READERS[source.product](Body(content), now)
    by = source.actor(context_of(request).address)
    for last in (*[False] * (_TRIES - 1), True):
        try:
            source.receive(signals, by=by, now=now)
            break
        except Busy as error:
            if last:
                raise NotNow from error
    return len(signals)
