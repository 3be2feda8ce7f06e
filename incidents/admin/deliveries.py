"""What was sent, what waits and what failed; and sending it again."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from incidents.admin.access import actor_of, ops_only
from incidents.admin.columns import WordsFilter, badge, moment
from incidents.admin.desk import RecordAdmin
from incidents.admin.forms.replay import OneReplayForm, ReplayForm
from incidents.admin.words import capital
from incidents.errors import StatusError
from incidents.models import Delivery, Event, Incident, MaintenanceWindow, Subscription
from incidents.models.replay import REPLAYABLE, replay

_MOST_FOUND = 200  # stories, events or subscriptions that a search leads to deliveries of


class ErrorFilter(admin.SimpleListFilter):
    """By what went wrong; of the errors that there are."""

    title = "last error"
    parameter_name = "last_error"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = Delivery.objects.exclude(last_error="").order_by("last_error").values_list("last_error", flat=True)
        return [(error, error) for error in found.distinct()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        return queryset.filter(last_error=self.value()) if self.value() else queryset


@admin.register(Delivery)
class DeliveryAdmin(RecordAdmin):
    actions = ("send_again",)
    list_display = ("what", "to", "shown_state", "made")
    list_filter = (("state", WordsFilter), ("kind", WordsFilter), ("lane", WordsFilter), ErrorFilter, "created_at")
    search_fields = ("event", "subscription")  # in a way of its own
    search_help_text = "The title or id of an incident or maintenance window, the id of a subscription, or a host."
    list_select_related = ("event", "subscription", "user")
    list_per_page = 50
    change_list_template = "admin/desk/deliveries.html"
    change_form_template = "admin/desk/delivery.html"
    fields = ("id", "what", "to", "shown_state", "made", "due", "ended", "tries")
    readonly_fields = fields

    def desk_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_replays"
        return [
            path("replay/", self.admin_site.admin_view(self.replays_view), name=name),
            self.page("replay/", self.replay_view, "replay"),
        ]

    def search(self, request: HttpRequest, queryset: QuerySet[Delivery], term: str) -> tuple[QuerySet[Delivery], bool]:
        """Looks for stories and subscriptions first, for there are few of them: then indexes lead to the rest."""
        if not term:
            return queryset, False
        subscriptions = Subscription.objects.filter(Q(pk=term) | Q(host__icontains=term)).values_list("pk", flat=True)
        events = Event.objects.filter(notify=True, subject_id__in=[term, *_titled(term)]).order_by("-pk")
        of_event = Q(event__in=list(events.values_list("pk", flat=True)[:_MOST_FOUND]))
        return queryset.filter(of_event | Q(subscription__in=list(subscriptions[:_MOST_FOUND]))), False

    @admin.action(description="Send again")
    def send_again(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        try:
            _report(request, replay(chosen, by=actor_of(request)))
        except StatusError as error:
            messages.warning(request, error.message)

    @ops_only
    def replay_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        delivery = self.find(request, object_id)

        def act(form: OneReplayForm) -> str:
            _report(request, replay(Delivery.objects.filter(pk=delivery.pk), by=actor_of(request)))
            return self.address("change", delivery.pk)

        make = partial(OneReplayForm, request.POST if request.method == "POST" else None)
        back = self.address("change", delivery.pk)
        context = {"title": _("Send it again?"), "entry": self.what(delivery), "back": back, "send": _("Send again")}
        return self.serve(request, make, act, **context)

    @ops_only
    def replays_view(self, request: HttpRequest) -> HttpResponse:
        def act(form: ReplayForm) -> str:
            _report(request, replay(form.chosen(), by=actor_of(request)))
            return self.address("changelist")

        make = partial(ReplayForm, request.POST or None, timezone.now(), request.GET.get("subscription", ""))
        return self.serve(request, make, act, title=_("Send again, by time"), send=_("Send again"))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        delivery = kwargs.get("obj")
        if delivery is not None and delivery.state in REPLAYABLE and delivery.subscription_id:
            context["replay"] = self.address("replay", delivery.pk)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="What")
    def what(self, delivery: Delivery) -> str:
        title = (delivery.event.payload.get("title") if delivery.event else "") or ""
        return f"{capital(delivery.kind)}: {title}" if title else capital(delivery.kind)

    @admin.display(description="To")
    def to(self, delivery: Delivery) -> str | SafeString:
        if delivery.user:
            return str(delivery.user.get_username())
        if delivery.subscription is None:
            return _("somebody who has left")
        page = reverse("admin:incidents_subscription_change", args=[delivery.subscription.pk])
        who = delivery.subscription.host or delivery.subscription.address
        return format_html('<a href="{}">{}</a> {}', page, who, delivery.subscription.channel)

    @admin.display(description="State", ordering="state")
    def shown_state(self, delivery: Delivery) -> SafeString:
        tried = ngettext("%(n)d attempt", "%(n)d attempts", delivery.attempts) % {"n": delivery.attempts}
        words = ", ".join(filter(None, [delivery.last_error, tried if delivery.attempts else ""]))
        return format_html("{} {}", badge(delivery.state), words)

    @admin.display(description="Made", ordering="created_at")
    def made(self, delivery: Delivery) -> str:
        return moment(delivery.created_at)

    @admin.display(description="Not to be sent before")
    def due(self, delivery: Delivery) -> str:
        return moment(delivery.due_at)

    @admin.display(description="Finished")
    def ended(self, delivery: Delivery) -> str:
        return moment(delivery.finished_at)

    @admin.display(description="Attempts")
    def tries(self, delivery: Delivery) -> SafeString | str:
        rows = (
            (moment(one.at), one.error or _("sent"), one.status or "–", f"{one.milliseconds / 1000:.1f}")
            for one in delivery.history.all()
        )
        body = format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td><td>{} s</td></tr>", rows)
        heads = format_html_join(
            "", "<th scope=col>{}</th>", [[_("At")], [_("Came of it")], [_("Answer")], [_("Took")]]
        )
        table = '<table class="facts"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>'
        return format_html(table, heads, body) if body else _("None yet.")


def _titled(term: str) -> list[str]:
    """The ids of the stories whose title has that, the newest."""
    matching = Q(title__icontains=term)
    models = (Incident, MaintenanceWindow)
    found = (model._base_manager.filter(matching).order_by("-updated_at") for model in models)
    return [pk for rows in found for pk in rows.values_list("pk", flat=True)[:_MOST_FOUND]]


def _report(request: HttpRequest, count: int) -> None:
    if count:
        said = ngettext("%(n)d delivery is sent again.", "%(n)d deliveries are sent again.", count) % {"n": count}
        messages.success(request, said)
    else:
        messages.warning(request, _("There was nothing that can be sent again: it waits, or they have left."))
