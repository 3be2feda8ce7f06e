from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from incidents import errors
from incidents.admin.columns import moment
from incidents.admin.desk import DeskAdmin
from incidents.models import AuditEntry


@admin.register(AuditEntry)
class AuditAdmin(DeskAdmin):
    """Who changed what, when and from where: to be read, never written."""

    list_display = ("when", "actor", "what", "subject_title", "via", "address")
    list_filter = ("via", "action")
    search_fields = ("actor", "subject_title", "subject_id", "address")
    date_hierarchy = "at"
    list_per_page = 50
    change_form_template = "admin/desk/audit_entry.html"
    fields = ("at", "actor", "via", "address", "token", "action", "subject_type", "subject_id", "facts")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="When", ordering="at")
    def when(self, entry: AuditEntry) -> str:
        return moment(entry.at)

    @admin.display(description="What", ordering="action")
    def what(self, entry: AuditEntry) -> str:
        return f"{entry.subject_type}: {errors.words(entry.action)}"

    @admin.display(description="Before and after")
    def facts(self, entry: AuditEntry) -> SafeString:
        fields = dict.fromkeys([*entry.before, *entry.after])
        rows = ((errors.words(name), _shown(entry.before, name), _shown(entry.after, name)) for name in fields)
        body = format_html_join("", "<tr><th scope=row>{}</th><td>{}</td><td>{}</td></tr>", rows)
        head = format_html("<tr><th></th><th scope=col>{}</th><th scope=col>{}</th></tr>", _("Before"), _("After"))
        return format_html('<table class="facts"><thead>{}</thead><tbody>{}</tbody></table>', head, body)


def _shown(facts: Mapping[str, object], name: str) -> str:
    value = facts.get(name)
    return "–" if value in (None, "") else str(value)
