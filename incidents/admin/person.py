"""What the data protection officer answers a person with: all that is stored about an address, or that it is gone."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from incidents.admin.access import actor_of, may_see_subscribers
from incidents.admin.desk import FORM_PAGE, RecordAdmin
from incidents.admin.forms.base import DeskForm, Text
from incidents.errors import StatusError
from incidents.models import Subscription

EXPORT, ERASE = "export", "erase"


class PersonForm(DeskForm):
    email = Text(label=_("E-mail address"), widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email"}))
    wish = forms.ChoiceField(
        label=_("What the person asked for"),
        widget=forms.RadioSelect,
        choices=[
            (EXPORT, _("To be told all that is stored: you get it as a file")),
            (ERASE, _("To be erased: for good, at once; the audit trail says so without the address")),
        ],
        initial=EXPORT,
    )


class PersonAdmin(RecordAdmin):
    def desk_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_person"
        return [*super().desk_urls(), path("person/", self.admin_site.admin_view(self.person_view), name=name)]

    def person_view(self, request: HttpRequest) -> HttpResponse:
        """The address is posted, so that it is in no log and no history of a browser."""
        if not may_see_subscribers(request):
            raise PermissionDenied
        form = PersonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                return self._answer(request, **form.cleaned_data)
            except StatusError as error:
                form.refuse(error)
        return self.show(request, FORM_PAGE, form=form, title=_t("Export or erase a person"), send=_t("Do it"))

    def _answer(self, request: HttpRequest, email: str, wish: str) -> HttpResponse:
        """Raises Invalid, Busy."""
        if wish == EXPORT:
            return _file({"email": email, "subscriptions": Subscription.export(email)})
        erased = Subscription.erase(email, by=actor_of(request))
        said = ngettext("Erased: %(n)d subscription.", "Erased: %(n)d subscriptions.", erased) % {"n": erased}
        messages.success(request, f"{said} {_t('Nothing is stored about that address now.')}")
        return redirect(self.address("changelist"))


def _file(facts: dict[str, Any]) -> HttpResponse:
    answer = JsonResponse(facts, json_dumps_params={"indent": 2, "ensure_ascii": False})
    answer["Content-Disposition"] = 'attachment; filename="stored.json"'
    return answer
