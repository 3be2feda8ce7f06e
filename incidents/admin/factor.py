"""Everybody's own second factor: set up, given new recovery codes, taken away."""

from typing import Any

import segno
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _t
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from incidents import second_factor
from incidents.admin.access import actor_of
from incidents.admin.entrance import PASSED, VIA, CodeForm, come_in, show, throttled, waiting
from incidents.models import Actor
from incidents.signing_in import Entrance
from statussite.middleware import context_of

_KEY = "key_of_new_second_factor"
_PAGE, _CODES_PAGE = "admin/desk/second_factor.html", "admin/desk/recovery_codes.html"


def urls() -> list[URLPattern]:
    return [path("second-factor/", second_factor_view, name="second_factor")]


@never_cache
@sensitive_post_parameters("code")
@throttled
def second_factor_view(request: HttpRequest) -> HttpResponse:
    """For who is signed in; and, where it is required, for who cannot be before it is set up."""
    is_in = admin.site.has_permission(request)
    user: Any = request.user if is_in else waiting(request)
    if user is None:
        return redirect("admin:login")
    if not second_factor.is_on(user):
        return _set_up(request, user, is_in=is_in)
    return _manage(request, user) if is_in else redirect("admin:login_code")


@sensitive_variables()
def _set_up(request: HttpRequest, user: User, *, is_in: bool) -> HttpResponse:
    key = request.session.setdefault(_KEY, second_factor.new_key())
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        by = Actor(user.get_username(), VIA, context_of(request).address)
        codes = second_factor.turn_on(user, key, form.cleaned_data["code"], by=by)
        if codes:
            del request.session[_KEY]
            onwards = "admin:index" if is_in else come_in(request, user, second_factor.APP)
            request.session[PASSED] = True
            return _show_codes(request, codes, onwards)
        form.refuse()
    address = second_factor.address_for(user, key)
    context = {"qr": _drawn(address), "key": _in_fours(address), "title": _t("Set up a second factor")}
    return show(request, _PAGE, form=form, is_required=second_factor.is_required(user), **context)


def _manage(request: HttpRequest, user: User) -> HttpResponse:
    """Whoever finds an open session must not take the factor away: each change wants a code."""
    form, act = CodeForm(request.POST or None), request.POST.get("act")
    is_required = second_factor.is_required(user)
    if request.method == "POST" and form.is_valid():
        if not Entrance(request, VIA).by_code(user, form.cleaned_data["code"]):
            form.refuse()
        elif act == "renew":
            return _show_codes(request, second_factor.renew_codes(user, by=actor_of(request)), "admin:index")
        elif act == "off" and not is_required:
            second_factor.turn_off(user, by=actor_of(request))
            return redirect("admin:second_factor")
    context = {"left": second_factor.codes_left(user), "title": _t("Second factor")}
    return show(request, _PAGE, form=form, is_on=True, is_required=is_required, **context)


def _show_codes(request: HttpRequest, codes: list[str], onwards: str) -> HttpResponse:
    return show(request, _CODES_PAGE, codes=codes, onwards=redirect(onwards).url, title=_t("Recovery codes"))


def _drawn(address: str) -> SafeString:
    """Black on white in any theme, for cameras."""
    code = segno.make(address, error="m", micro=False)
    return mark_safe(code.svg_inline(scale=5, light="#fff", svgclass="desk-qr", lineclass=None))  # noqa: S308  (ours)


def _in_fours(address: str) -> str:
    """The key as people type it."""
    key = address.partition("secret=")[2].partition("&")[0]
    return " ".join(key[n : n + 4] for n in range(0, len(key), 4))
