"""Where mailed links lead. A GET shows a button, only a POST acts: mail scanners open every link.

The token in the address is the secret, so there is no cookie and nothing to forge; and so the address goes nowhere.
"""

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from incidents import page
from incidents.errors import Busy, Invalid, InvalidToken
from incidents.models import DigestFrequency, Subscription, tokens
from incidents.models.tokens import Purpose
from statussite.middleware import forget_cookies

type View = Callable[[HttpRequest, str], HttpResponse]

_KINDS = ("notify_incidents", "notify_maintenance", "notify_recovery")
_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


def for_holder(view: View) -> Callable[..., HttpResponseBase]:
    """A page for whoever holds the token; a bad one, and a form that nobody was shown, get a page that says so."""

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @functools.wraps(view)
    def answer(request: HttpRequest, token: str) -> HttpResponseBase:
        forget_cookies(request)
        try:
            response = view(request, token)
        except (InvalidToken, Invalid):
            response = _render("invalid", status=400)
        except Busy:
            response = _render("busy", status=503)
            response["Retry-After"] = "1"
        for header, value in _HEADERS.items():
            response[header] = value
        return response

    return answer


@for_holder
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    if request.method == "POST":
        return _manage_page(Subscription.verify(token), done="confirmed")
    return _render("confirm", subscription=Subscription.held_by(token, Purpose.CONFIRM))


@for_holder
def manage(request: HttpRequest, token: str) -> HttpResponse:
    subscription = Subscription.held_by(token, Purpose.MANAGE)
    if request.method != "POST":
        return _manage_page(subscription)
    subscription.change(**_typed(request))
    return _manage_page(subscription, done="saved")


@for_holder
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """One click, as RFC 8058 has it: the mail program's POST is as good as the button's, and so is the second one."""
    if request.method == "POST":
        Subscription.unsubscribe_by(token)
        return _render("left")
    tokens.read(token, Purpose.UNSUBSCRIBE)
    return _render("unsubscribe")


def _typed(request: HttpRequest) -> dict[str, Any]:
    frequency = request.POST.get("digest_frequency", "")
    return {
        **{kind: kind in request.POST for kind in _KINDS},
        **({"digest_frequency": frequency} if frequency in list(DigestFrequency) else {}),
        "categories": request.POST.getlist("categories"),
    }


def _manage_page(subscription: Subscription, done: str = "") -> HttpResponse:
    return _render(
        "manage",
        subscription=subscription,
        done=done,
        chosen=subscription.categories,
        catalogue=page.catalogue(timezone.now()),
        manage_token=subscription.token(Purpose.MANAGE),
        leave_token=subscription.token(Purpose.UNSUBSCRIBE),
    )


def _render(name: str, *, status: int = 200, **context: object) -> HttpResponse:
    return HttpResponse(render_to_string(f"public/subscriptions/{name}.html", context), status=status)
