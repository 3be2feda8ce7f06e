"""What every page of the desk has in common: one way to show a form, try it, and keep what was typed."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db import DataError, models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from incidents.admin.access import OpsOnly, ops_only
from incidents.admin.forms.base import DeskForm
from incidents.admin.paginator import CappedPaginator
from incidents.errors import StaleVersion, StatusError

FORM_PAGE = "admin/desk/form.html"
FORESEE, LOOK = "_foresee", "_look"  # posted by the script, and by a button


_MOST_WORDS, _MOST_LETTERS = 10, 300  # of a search: each word is looked for in every field


class SafeLists(admin.ModelAdmin):  # type: ignore[type-arg]
    """Lists that take whatever somebody puts into their addresses."""

    show_full_result_count = False
    paginator = CappedPaginator

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Django answers IncorrectLookupParameters with the whole list; an instant that no calendar has is one too."""
        try:
            return super().get_changelist_instance(request)
        except (ValueError, OverflowError, DataError) as error:
            raise IncorrectLookupParameters from error

    def get_search_results(
        self, request: HttpRequest, queryset: "models.QuerySet[Any]", search_term: str
    ) -> "tuple[models.QuerySet[Any], bool]":
        if len(search_term.split()) > _MOST_WORDS or len(search_term) > _MOST_LETTERS:
            messages.warning(request, _("Nothing was found: a search has at most ten words."))
            return queryset.none(), False
        return self.search(request, queryset, search_term)

    def search(
        self, request: HttpRequest, queryset: "models.QuerySet[Any]", term: str
    ) -> "tuple[models.QuerySet[Any], bool]":
        """What is found, and whether a row may come twice. The stock search asks every field for every word."""
        return super().get_search_results(request, queryset, term)


class DeskAdmin(OpsOnly, SafeLists):
    """The stock lists, with our forms: nothing here saves or deletes a row but the domain's own methods."""

    actions: tuple[str, ...] | None = None

    def desk_urls(self) -> list[URLPattern]:
        return []

    def get_urls(self) -> list[Any]:
        return [*self.desk_urls(), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, {**title, **(extra_context or {})})

    def page(self, route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
        name = f"{self.opts.app_label}_{self.opts.model_name}_{name}"
        return path(f"<str:object_id>/{route}", self.admin_site.admin_view(view), name=name)

    def address(self, page: str, *args: object) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)

    def find(self, request: HttpRequest, object_id: str) -> Any:
        found = self.get_object(request, object_id)
        if found is None:
            raise Http404
        return found

    def serve[F: DeskForm](
        self,
        request: HttpRequest,
        make: Callable[[], F],
        act: Callable[[F], str],
        template: str = FORM_PAGE,
        **context: Any,
    ) -> HttpResponse:
        """Shows what `make` makes. When posted and valid, `act` does it and says where to go next.

        A refusal by the domain is told on the form, with everything that was typed still in it. What only asks what
        would come of it (the script, or the button that is there without it) does nothing.
        """
        form = make()
        if FORESEE in request.POST:
            return TemplateResponse(request, "admin/desk/_foreseen.html", {"form": form})
        if request.method == "POST" and LOOK not in request.POST and form.is_valid():
            try:
                return redirect(act(form))
            except StaleVersion:
                form = make()  # the domain has read the row anew, so this one knows that it is outdated
            except StatusError as error:
                form.refuse(error)
        return self.show(request, template, form=form, **context)

    def show(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        common = {**self.admin_site.each_context(request), "opts": self.opts, "lists": self.address("changelist")}
        return TemplateResponse(request, template, {**common, **context})

    @ops_only
    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect(audit_address(self.find(request, object_id)))


class RecordAdmin(DeskAdmin):
    """What is written elsewhere, to be read here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def audit_address(subject: models.Model) -> str:
    of = urlencode({"subject_type__exact": subject._meta.model_name, "subject_id__exact": subject.pk})
    return f"{reverse('admin:incidents_auditentry_changelist')}?{of}"
