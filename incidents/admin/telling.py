"""The way back between posting and telling."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.admin.access import actor_of, ops_only
from incidents.admin.desk import DeskAdmin
from incidents.errors import StatusError
from incidents.models import Event


class TellingAdmin(DeskAdmin):
    def desk_urls(self) -> list[URLPattern]:
        return [self.page("notifications/<int:event_id>/withdraw/", self.withdraw_view, "withdraw")]

    @ops_only
    def withdraw_view(self, request: HttpRequest, object_id: str, event_id: int) -> HttpResponse:
        timeline = self.find(request, object_id)
        if request.method == "POST":
            try:
                Event.withdraw(timeline, by=actor_of(request), now=timezone.now(), id=event_id)
            except StatusError as error:
                messages.warning(request, error.message)
            else:
                messages.success(request, _("Withdrawn: nobody is told. It stays on the pages."))
        return redirect(self.address("change", timeline.pk))
