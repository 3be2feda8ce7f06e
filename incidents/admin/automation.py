"""Programs that watch: what may come of their alerts, and what they said last."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from incidents.admin.access import actor_of, ops_only
from incidents.admin.catalogue import EntryAdmin
from incidents.admin.columns import WordsFilter, badge, moment
from incidents.admin.desk import RecordAdmin
from incidents.admin.forms.alert_source import AlertSourceForm, TokenForm
from incidents.admin.words import capital
from incidents.errors import StatusError
from incidents.models import Alert, AlertSource

NEVER = "–"


@admin.register(AlertSource)
class AlertSourceAdmin(EntryAdmin):
    entry_form = AlertSourceForm
    list_display = ("name", "slug", "product_in_words", "mode_in_words", "heard", "token")
    list_filter = (("product", WordsFilter), ("mode", WordsFilter))

    def desk_urls(self) -> list[URLPattern]:
        return [*super().desk_urls(), self.page("token/", self.token_view, "token")]

    def beside(self, entry: Any) -> dict[str, str]:
        return {"token": self.address("token", entry.pk)}

    @admin.display(description="Product", ordering="product")
    def product_in_words(self, source: AlertSource) -> str:
        return capital(source.product)

    @admin.display(description="Mode", ordering="mode")
    def mode_in_words(self, source: AlertSource) -> str:
        return capital(source.mode)

    @admin.display(description="Last received", ordering="last_received_at")
    def heard(self, source: AlertSource) -> str:
        return moment(source.last_received_at)

    @admin.display(description="Token")
    def token(self, source: AlertSource) -> SafeString:
        words = _("Replace it") if source.token_hash else _("Make one")
        return format_html('<a href="{}">{}</a>', self.address("token", source.pk), words)

    @ops_only
    def token_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks first, then shows the token in the answer itself: it is kept nowhere, in no message and no cookie."""
        source = self.find(request, object_id)
        form = TokenForm(request.POST if request.method == "POST" else None)
        context = {"title": _("Token"), "entry": source, "back": self.address("change", source.pk)}
        if form.is_bound and form.is_valid():
            try:
                context |= {"token": source.issue_token(by=actor_of(request)), "address": _address(source)}
                return self.show(request, "admin/desk/token.html", **context)
            except StatusError as error:
                form.refuse(error)
        return self.show(request, "admin/desk/new_token.html", form=form, **context)


@admin.register(Alert)
class AlertAdmin(RecordAdmin):
    list_display = ("name", "source", "state", "since", "heard", "told_by")
    list_filter = ("is_firing", "source")
    list_select_related = ("source", "incident")
    search_fields = ("name", "summary")
    fields = ("name", "source", "state", "summary", "shown_labels", "since", "began", "ended", "heard", "told_by")
    readonly_fields = fields

    @admin.display(description="State", ordering="is_firing")
    def state(self, alert: Alert) -> SafeString:
        return badge("major_outage", _("Firing")) if alert.is_firing else badge("operational", _("Quiet"))

    @admin.display(description="Labels")
    def shown_labels(self, alert: Alert) -> str:
        return ", ".join(f"{name}={value}" for name, value in sorted(alert.labels.items()))

    @admin.display(description="Since", ordering="changed_at")
    def since(self, alert: Alert) -> str:
        return moment(alert.changed_at)

    @admin.display(description="Last began, as told")
    def began(self, alert: Alert) -> str:
        return moment(alert.started_at)

    @admin.display(description="Last ended, as told")
    def ended(self, alert: Alert) -> str:
        return moment(alert.ended_at)

    @admin.display(description="Last heard of", ordering="heard_at")
    def heard(self, alert: Alert) -> str:
        return moment(alert.heard_at)

    @admin.display(description="Told by")
    def told_by(self, alert: Alert) -> Any:
        if alert.incident is None:
            return NEVER
        page = reverse("admin:incidents_incident_change", args=[alert.incident.pk])
        return format_html('<a href="{}">{}</a>', page, alert.incident.title)


def _address(source: AlertSource) -> str:
    return f"{settings.SITE_URL}/hooks/{source.slug}/"
