"""Where mailed links lead. A GET shows a button, only a POST acts: mail scanners open every link.

The token in the address is the secret, so there is no cookie and nothing to forge; and so the address goes nowhere.
"""

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from incidents import page
from incidents.errors import Busy, Conflict, Invalid, InvalidToken
from incidents.models import Subscription, tokens
from incidents.models.tokens import Purpose
from incidents.public import faults
from incidents.public.wishes import Wishes
from statussite.middleware import forget_cookies

type View = Callable[[HttpRequest, str], HttpResponse]

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
            response = render("invalid", status=400)
        except Busy:
            response = busy()
        except Conflict:  # a button that was not on the page
            response = render("invalid", status=409)
        for header, value in _HEADERS.items():
            response[header] = value
        return response

    return answer


@for_holder
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    if request.method == "POST":
        return _manage_page(Subscription.verify(token), done="confirmed")
    return render("confirm", subscription=Subscription.held_by(token, Purpose.CONFIRM))


@for_holder
def manage(request: HttpRequest, token: str) -> HttpResponse:
    """`act` says which button it was; without one it is that of the preferences."""
    subscription = Subscription.held_by(token, Purpose.MANAGE)
    if request.method != "POST":
        return _manage_page(subscription)
    act = _ACTS.get(request.POST.get("act", ""), _save)
    return act(subscription, request)


def _save(subscription: Subscription, request: HttpRequest) -> HttpResponse:
    wishes = Wishes.typed(request.POST)
    found = wishes.check()
    if not wishes.kinds or (wishes.chooses_nothing and (subscription.categories or subscription.followed)):
        return _manage_page(subscription, wishes, status=422, errors=faults.told(found))
    subscription.change(**wishes.given)
    return _manage_page(subscription, done="saved")


def _rotate(subscription: Subscription, request: HttpRequest) -> HttpResponse:
    """Once for each page that was shown: sent again, by a reload perhaps, it would void what is in use."""
    if request.POST.get("seen") == _seen(subscription):
        subscription.rotate_secret()
    return _manage_page(subscription, done="rotated" if subscription.fresh_secret else "")


def _enable(subscription: Subscription, request: HttpRequest) -> HttpResponse:
    subscription.enable()
    return _manage_page(subscription, done="enabled")


_ACTS = {"secret": _rotate, "enable": _enable}


@for_holder
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """One click, as RFC 8058 has it: the mail program's POST is as good as the button's, and so is the second one."""
    if request.method == "POST":
        Subscription.unsubscribe_by(token)
        return render("left")
    tokens.read(token, Purpose.UNSUBSCRIBE)
    return render("unsubscribe")


def _manage_page(
    subscription: Subscription, wishes: Wishes | None = None, *, status: int = 200, **context: Any
) -> HttpResponse:
    return render(
        "manage",
        status=status,
        subscription=subscription,
        wishes=wishes or Wishes.of(subscription),
        catalogue=page.catalogue(timezone.now()),
        followed=[incident for incident in subscription.incidents.all() if incident.is_visible],
        others=[_other(row) for row in subscription.others],
        stays_chosen=not (subscription.everything or subscription.categories or subscription.followed),
        seen=_seen(subscription),
        manage_token=subscription.token(Purpose.MANAGE),
        leave_token=subscription.token(Purpose.UNSUBSCRIBE),
        **context,
    )


def _other(row: Subscription) -> dict[str, Any]:
    """Who holds one token has the mailbox, so may open whatever else is the mailbox's."""
    purpose = Purpose.MANAGE if row.verified_at else Purpose.CONFIRM
    return {"row": row, "address": reverse(f"public:{purpose}", args=[row.token(purpose)])}


def _seen(subscription: Subscription) -> str:
    """Changes with every new secret."""
    return subscription.secret_rotated_at.isoformat() if subscription.secret_rotated_at else ""


def busy() -> HttpResponse:
    response = render("busy", status=503)
    response["Retry-After"] = "1"
    return response


def render(name: str, *, status: int = 200, **context: object) -> HttpResponse:
    return HttpResponse(render_to_string(f"public/subscriptions/{name}.html", context), status=status)
