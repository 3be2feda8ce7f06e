"""Subscribers as whole lists: brought in, and taken out."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.admin.access import actor_of, is_ops, may_see_subscribers, ops_only
from incidents.admin.desk import RecordAdmin
from incidents.admin.forms.subscribers import ImportForm
from incidents.admin.tables import written
from incidents.errors import Busy
from incidents.models import AuditEntry, Subscription

_CHUNK = 1000


class ListAdmin(RecordAdmin):
    change_list_template = "admin/desk/subscribers.html"

    def desk_urls(self) -> list[URLPattern]:
        def page(name: str, view: Any) -> URLPattern:
            full, guarded = f"{self.opts.app_label}_{self.opts.model_name}_{name}", self.admin_site.admin_view(view)
            found: URLPattern = path(f"{name}/", guarded, name=full)
            return found

        return [*super().desk_urls(), page("import", self.import_view), page("export", self.export_view)]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"may_import": is_ops(request), **(extra_context or {})})

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """What the list shows with the same query. It is posted, because the audit trail keeps that it was done."""
        if not may_see_subscribers(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        rows: Any = self.get_changelist_instance(request).get_queryset(request)
        subject, after = Subscription(pk="export"), {"records": rows.count()}
        AuditEntry.record("exported", subject, by=actor_of(request), now=timezone.now(), after={**after})
        lines = written(rows.with_scope().iterator(chunk_size=_CHUNK))
        answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="subscribers.csv"'
        return answer

    @ops_only
    def import_view(self, request: HttpRequest) -> HttpResponse:
        """First what would happen, then the same list again with the button that does it."""
        form = ImportForm(request.POST or None, request.FILES or None)
        if request.method != "POST" or not form.is_valid():
            return self._import_page(request, form)
        table, consent = form.read, form.cleaned_data["consent"]
        if request.POST.get("act") == "import":
            try:
                new, known = table.bring_in(confirmed=consent, by=actor_of(request))
            except Busy as error:  # what came in so far is known the next time
                form.refuse(error)
                return self._import_page(request, form)
            messages.success(request, _("%(new)d imported; %(known)d were there.") % {"new": new, "known": known})
            if not table.faulty:
                return redirect(self.address("changelist"))
            form = ImportForm(initial={"table": table.rest, "consent": consent})
            return self._import_page(request, form, left=table.faulty)
        again = ImportForm(initial={"table": form.text, "consent": consent})
        return self._import_page(request, again, table=table)

    def _import_page(self, request: HttpRequest, form: ImportForm, **context: Any) -> HttpResponse:
        title = _("Import subscribers")
        return self.show(request, "admin/desk/import.html", form=form, title=title, **context)
