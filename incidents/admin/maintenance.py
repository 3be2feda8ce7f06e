from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import Case, Value, When
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from incidents.admin.access import actor_of, ops_only
from incidents.admin.calendar import month, month_of, plan_on
from incidents.admin.catalogue import EntryAdmin
from incidents.admin.columns import WordsFilter, moment
from incidents.admin.forms.maintenance import ExtendForm, PlanForm, ScheduleForm
from incidents.admin.forms.series import SeriesForm
from incidents.admin.timelines import TimelineAdmin
from incidents.lifecycle import MaintenanceStatus
from incidents.models import MaintenanceSeries, MaintenanceWindow


@admin.register(MaintenanceWindow)
class MaintenanceAdmin(TimelineAdmin):
    details_form = PlanForm
    list_display = ("title", "state", "starts", "ends", "last_word", "automatic", "is_public")
    list_filter = (("status", WordsFilter), "is_public", "automatic")
    search_fields = ("title",)
    change_list_template = "admin/desk/maintenance.html"
    ordering = (
        Case(
            When(status=MaintenanceStatus.IN_PROGRESS, then=Value(0)),
            When(status=MaintenanceStatus.SCHEDULED, then=Value(1)),
            default=Value(2),
        ),
        "-scheduled_start_at",
    )

    def desk_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_calendar"
        return [
            path("calendar/", self.admin_site.admin_view(self.calendar_view), name=name),
            *super().desk_urls(),
            self.page("extend/", self.extend_view, "extend"),
        ]

    def edited(self, request: HttpRequest, timeline: Any) -> None:
        self._warn_of_overlaps(request, timeline)

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
            self._warn_of_overlaps(request, window)
            return self.address("change", window.pk)

        make = partial(ScheduleForm, request.POST or None, plan_on(request.GET.get("day", ""), timezone.now()))
        context = {"title": _("Schedule maintenance"), "send": _("Schedule it")}
        return self.serve(request, make, schedule, **context)

    @ops_only
    def calendar_view(self, request: HttpRequest) -> HttpResponse:
        today = timezone.localdate()
        shown = month(month_of(request.GET.get("month", ""), today), today)
        return self.show(request, "admin/desk/calendar.html", month=shown, title=date_format(shown.first, "F Y"))

    @ops_only
    def extend_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        window = self.find(request, object_id)

        def extend(form: ExtendForm) -> str:
            window.extend(by=actor_of(request), **form.given())
            messages.success(request, _("Extended until %(end)s.") % {"end": moment(window.scheduled_end_at)})
            self._warn_of_overlaps(request, window)
            return self.address("change", window.pk)

        make = partial(ExtendForm, window, request.POST or None)
        return self.serve(request, make, extend, send=_("Extend"), **self.surroundings(window, _("Extend it")))

    def _warn_of_overlaps(self, request: HttpRequest, window: MaintenanceWindow) -> None:
        """It may be meant: so it is said, not refused."""
        found = [
            (self.address("change", other.pk), other.title, moment(other.scheduled_start_at))
            for other in window.overlapping()
        ]
        if found:
            links = format_html_join(", ", '<a href="{}">{}</a> ({})', found)
            messages.warning(request, format_html("{} {}", _("It overlaps on a service with:"), links))


@admin.register(MaintenanceSeries)
class SeriesAdmin(EntryAdmin):
    entry_form = SeriesForm
    list_display = ("name", "title", "rule", "next_start", "is_public")

    @admin.display(description="Next start")
    def next_start(self, series: MaintenanceSeries) -> str:
        now = timezone.now()
        return moment(next(iter(series.starts(now, now + timedelta(days=400))), None))
