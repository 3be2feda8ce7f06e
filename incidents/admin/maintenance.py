from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import Case, Value, When
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from incidents.admin.access import actor_of, ops_only
from incidents.admin.columns import WordsFilter, moment
from incidents.admin.forms.maintenance import PlanForm, ScheduleForm
from incidents.admin.timelines import TimelineAdmin
from incidents.lifecycle import MaintenanceStatus
from incidents.models import MaintenanceWindow


@admin.register(MaintenanceWindow)
class MaintenanceAdmin(TimelineAdmin):
    details_form = PlanForm
    list_display = ("title", "state", "starts", "ends", "last_word", "automatic", "is_public")
    list_filter = (("status", WordsFilter), "is_public", "automatic")
    search_fields = ("title",)
    ordering = (
        Case(
            When(status=MaintenanceStatus.IN_PROGRESS, then=Value(0)),
            When(status=MaintenanceStatus.SCHEDULED, then=Value(1)),
            default=Value(2),
        ),
        "-scheduled_start_at",
    )

    @admin.display(description="Starts", ordering="scheduled_start_at")
    def starts(self, window: MaintenanceWindow) -> str:
        return moment(window.scheduled_start_at)

    @admin.display(description="Ends", ordering="scheduled_end_at")
    def ends(self, window: MaintenanceWindow) -> str:
        return moment(window.scheduled_end_at)

    @ops_only
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        def schedule(form: ScheduleForm) -> str:
            window = MaintenanceWindow.schedule(by=actor_of(request), **form.given())
            messages.success(request, _("Scheduled."))
            return self.address("change", window.pk)

        make = partial(ScheduleForm, request.POST or None)
        return self.serve(request, make, schedule, title=_("Schedule maintenance"), send=_("Schedule it"))
