from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.admin.access import actor_of
from incidents.admin.columns import moment
from incidents.admin.desk import RecordAdmin
from incidents.admin.words import capital
from incidents.errors import StatusError
from incidents.models import MachineToken


@admin.register(MachineToken)
class MachineTokenAdmin(RecordAdmin):
    """What there is, to be looked at and revoked. `manage.py issue_token` makes them: a secret is not shown here."""

    actions = ("revoke",)
    list_display = ("name", "state", "held", "used", "ends", "issued")
    search_fields = ("name", "jti")
    fields = ("name", "held", "jti", "state", "issued", "ends", "used", "revoked_at")
    readonly_fields = fields

    @admin.action(description="Revoke at once, for good")
    def revoke(self, request: HttpRequest, chosen: QuerySet[MachineToken]) -> None:
        for token in chosen:
            try:
                token.revoke(by=actor_of(request))
            except StatusError as error:
                messages.warning(request, error.message)
            else:
                messages.success(request, _("Revoked: %(name)s.") % {"name": token.name})

    @admin.display(description="State")
    def state(self, token: MachineToken) -> str:
        return capital(token.state(timezone.now()))

    @admin.display(description="Roles")
    def held(self, token: MachineToken) -> str:
        return ", ".join(token.roles)

    @admin.display(description="Issued", ordering="created_at")
    def issued(self, token: MachineToken) -> str:
        return moment(token.created_at)

    @admin.display(description="Works until", ordering="expires_at")
    def ends(self, token: MachineToken) -> str:
        return moment(token.expires_at)

    @admin.display(description="Last used", ordering="last_used_at")
    def used(self, token: MachineToken) -> str:
        return moment(token.last_used_at)
