"""The way in: user name and password, then the code of the second factor where there is one. Nobody is signed in
before both were right.
"""

import functools
from collections.abc import Callable
from time import time
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import login, logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from incidents import second_factor
from incidents.errors import Busy, RateLimited
from incidents.signing_in import Entrance

VIA = "admin"
PASSED = "second_factor_passed"
_WAITING = "waiting_for_second_factor"
_WAITS_FOR = 5 * 60  # seconds between password and code


def urls() -> list[URLPattern]:
    return [
        path("login/", Login.as_view(), name="login"),
        path("login/code/", code_view, name="login_code"),
    ]


def has_second_factor(request: HttpRequest) -> bool:
    """Whether this session has all that settings ask for: they may ask for more since it began."""
    return not settings.REQUIRE_SECOND_FACTOR or bool(request.session.get(PASSED))


def throttled(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Tells who tried too often to wait, and for how long; lets who met somebody else's write try again."""

    @functools.wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except RateLimited as error:
            wait = error.retry_after or 1
            context = {"title": _t("Too many failed logins"), "minutes": -(-wait // 60)}
            page = show(request, "admin/desk/locked.html", **context)
            page.status_code, page["Retry-After"] = 429, str(wait)
            return page
        except Busy as error:
            messages.warning(request, error.message)
            return redirect(request.get_full_path())

    return answer


def show(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    return TemplateResponse(request, template, {**admin.site.each_context(request), **context})


class LoginForm(AdminAuthenticationForm):
    def clean(self) -> dict[str, Any]:
        """Raises RateLimited."""
        typed = self.cleaned_data
        if {"username", "password"} <= typed.keys():
            entrance = Entrance(self.request, VIA)  # type: ignore[arg-type]
            self.user_cache = entrance.by_password(typed["username"], typed["password"], staff_only=True)
            if self.user_cache is None:
                raise self.get_invalid_login_error()
        return typed


@method_decorator([never_cache, throttled], name="dispatch")
class Login(LoginView):
    authentication_form = LoginForm
    template_name = "admin/login.html"
    next_page = "admin:index"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if admin.site.has_permission(request):
            return redirect(self.get_success_url())
        return super().get(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponseRedirect:
        user: Any = form.get_user()
        if second_factor.is_on(user) or second_factor.is_required(user):
            wait_for_code(self.request, user, self.get_success_url())
            return redirect("admin:login_code")
        come_in(self.request, user)
        return redirect(self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        common = {**admin.site.each_context(self.request), "title": _t("Log in"), "subtitle": None}
        own = {"app_path": self.request.get_full_path(), "username": self.request.user.get_username()}
        return super().get_context_data(**common, **own, **kwargs)


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}),
    )

    def refuse(self) -> None:
        self.add_error("code", _t("That code is not right, was used before, or is too old. Take the one shown now."))


@never_cache
@sensitive_post_parameters("code")
@throttled
def code_view(request: HttpRequest) -> HttpResponse:
    """The second half of a login."""
    user = waiting(request)
    if user is None:
        return redirect("admin:login")
    if not second_factor.is_on(user):
        return redirect("admin:second_factor")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        means = Entrance(request, VIA).by_code(user, form.cleaned_data["code"])
        if means:
            return redirect(come_in(request, user, means))
        form.refuse()
    return show(request, "admin/desk/login_code.html", form=form, title=_t("Second factor"))


def wait_for_code(request: HttpRequest, user: User, onwards: str) -> None:
    """Remembers for some minutes that the password was right. Whoever was signed in here is no longer."""
    logout(request)
    held = {"user": user.pk, "password": user.get_session_auth_hash(), "until": time() + _WAITS_FOR, "onwards": onwards}
    request.session[_WAITING] = held


def waiting(request: HttpRequest) -> User | None:
    """Whose password was right a short while ago, and is the same still."""
    held = request.session.get(_WAITING)
    if not held or held["until"] < time():
        return None
    user = User.objects.filter(pk=held["user"], is_active=True, is_staff=True).first()
    if user is None or not constant_time_compare(held["password"], user.get_session_auth_hash()):
        return None
    return user


def come_in(request: HttpRequest, user: User, means: str = "") -> str:
    """Begins a session, under a new key; returns where it was to lead."""
    held = request.session.pop(_WAITING, {})
    login(request, user)
    request.session[PASSED] = bool(means)
    Entrance(request, VIA).succeeded(user, means)
    return str(held.get("onwards") or "admin:index")
