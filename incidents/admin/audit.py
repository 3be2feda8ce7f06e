from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.http import (
    HttpRequest,
    HttpResponseBadRequest,
    HttpResponseBase,
    HttpResponseNotAllowed,
    StreamingHttpResponse,
)
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from incidents import errors
from incidents.admin.access import actor_of, ops_only
from incidents.admin.columns import moment
from incidents.admin.desk import RecordAdmin
from incidents.admin.trail import FORMATS
from incidents.models import AuditEntry

_CHUNK = 1000


@admin.register(AuditEntry)
class AuditAdmin(RecordAdmin):
    """Who changed what, when and from where: to be read and taken out, never written."""

    list_display = ("when", "actor", "what", "subject_title", "via", "address")
    list_filter = ("via", "subject_type", "action")
    search_fields = ("actor", "subject_title", "subject_id", "address", "token", "action")
    search_help_text = "A name, a title or id, an address, a token, or what was done."
    date_hierarchy = "at"
    list_per_page = 50
    change_list_template = "admin/desk/audit.html"
    change_form_template = "admin/desk/audit_entry.html"
    fields = ("at", "actor", "via", "address", "token", "action", "subject_type", "subject_id", "facts")
    readonly_fields = fields

    def desk_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export/", self.admin_site.admin_view(self.export_view), name=name)]

    @ops_only
    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """What the list shows with the same query. It is posted, because that it was done is an entry itself."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        form = request.POST.get("format", "")
        if form not in FORMATS:
            return HttpResponseBadRequest(_("There is no such format."))
        write, content_type = FORMATS[form]
        rows: Any = self.get_changelist_instance(request).get_queryset(request)
        asked = {name: value[:_SHOWN] for name, value in request.GET.items()}
        after = {"records": rows.count(), "format": form, "asked": asked}
        told = AuditEntry.record("exported", "Audit trail", by=actor_of(request), now=timezone.now(), after=after)
        before = rows.filter(pk__lt=told.pk)
        answer = StreamingHttpResponse(write(before.iterator(chunk_size=_CHUNK)), content_type=content_type)
        answer["Content-Disposition"] = f'attachment; filename="audit-trail.{form}"'
        return answer

    @admin.display(description="When", ordering="at")
    def when(self, entry: AuditEntry) -> str:
        return moment(entry.at)

    @admin.display(description="What", ordering="action")
    def what(self, entry: AuditEntry) -> str:
        return ": ".join(filter(None, [entry.subject_type, errors.words(entry.action)]))

    @admin.display(description="Before and after")
    def facts(self, entry: AuditEntry) -> SafeString:
        fields = dict.fromkeys([*entry.before, *entry.after])
        rows = ((errors.words(name), _shown(entry.before, name), _shown(entry.after, name)) for name in fields)
        body = format_html_join("", "<tr><th scope=row>{}</th><td>{}</td><td>{}</td></tr>", rows)
        head = format_html("<tr><td></td><th scope=col>{}</th><th scope=col>{}</th></tr>", _("Before"), _("After"))
        return format_html('<table class="facts"><thead>{}</thead><tbody>{}</tbody></table>', head, body)


_SHOWN = 200  # characters of a search that the trail keeps


def _shown(facts: Mapping[str, object], name: str) -> str:
    value = facts.get(name)
    return "–" if value in (None, "") else str(value)
