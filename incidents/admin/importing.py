"""The history of a Statuspage, brought in from a file: first what would happen, then the button that does it."""

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from incidents.admin.access import actor_of, ops_only
from incidents.admin.desk import DeskAdmin
from incidents.admin.forms.base import DeskForm
from incidents.errors import Violations
from incidents.models import Actor, AuditEntry, UploadedDocument, history
from incidents.statuspage.importing import import_document, rehearsal
from incidents.statuspage.importing.documents import Document, Unreadable, parse
from incidents.statuspage.importing.report import Report
from statussite.deadline import allow

MOST_BYTES = 1_000_000
_PATIENCE = 25  # seconds for the database, rather than the few that a request has


class UploadForm(DeskForm):
    file = forms.FileField(
        label=_("Saved document of a Statuspage"),
        widget=forms.ClearableFileInput(attrs={"accept": ".json,application/json"}),
        help_text=_(
            "summary.json, components.json, incidents.json or scheduled-maintenances.json, or all in one, of at most "
            "1 MB. For more there is manage.py import_statuspage; it also reads the page itself."
        ),
    )

    body: bytes
    document: Document

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_t("It has more than 1 MB: use manage.py import_statuspage."))
        self.body = file.read()
        try:
            self.document = parse(file.name, self.body)
        except Unreadable as error:
            raise forms.ValidationError(str(error)) from error
        return file

    def faults(self, now: Any) -> Violations:
        """Each record is judged by itself when it is read."""
        return Violations()


class ImportingAdmin(DeskAdmin):
    def desk_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_import"
        return [path("import/", self.admin_site.admin_view(self.import_view), name=name), *super().desk_urls()]

    @ops_only
    def import_view(self, request: HttpRequest) -> HttpResponse:
        if request.POST.get("act") == "import":
            return self._import(request)
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method != "POST" or not form.is_valid():
            return self._page(request, form)
        allow(_PATIENCE)
        name = form.cleaned_data["file"].name
        uploaded = UploadedDocument.keep(request.user, name, form.body, now=timezone.now())  # type: ignore[arg-type]
        report = Report()
        with rehearsal():
            import_document(form.document, report, timezone.now(), by=_importer(request))
        return self._page(request, UploadForm(), report=report, uploaded=uploaded)

    def _import(self, request: HttpRequest) -> HttpResponse:
        uploaded = UploadedDocument.objects.filter(owner=request.user.pk).first()
        if uploaded is None or uploaded.edition != request.POST.get("edition"):
            other = _t("Another file has been sent since. Nothing was done: look at it first.")
            none = _t("It was imported already, or is forgotten after a day. Nothing was done: send it again.")
            messages.warning(request, other if uploaded else none)
            return redirect(self.address("import"))
        allow(_PATIENCE)
        report, now = Report(), timezone.now()
        import_document(parse(uploaded.name, uploaded.body), report, now, by=_importer(request))
        told: dict[str, object] = {f"{kind}, {outcome}": count for (kind, outcome), count in report.counts.items()}
        AuditEntry.record("imported", f"Statuspage: {uploaded.name}", by=actor_of(request), now=now, after=told)
        uploaded.delete()
        messages.success(request, _t("Imported: %(name)s.") % {"name": uploaded.name})
        return self._page(request, UploadForm(), report=report)

    def _page(self, request: HttpRequest, form: UploadForm, **context: Any) -> HttpResponse:
        title = _t("Import a Statuspage")
        return self.show(request, "admin/desk/import_statuspage.html", form=form, title=title, **context)


def _importer(request: HttpRequest) -> Actor:
    """A door of its own: what the same person types on the desk afterwards is no import, and stays."""
    return replace(actor_of(request), via=history.VIA)
