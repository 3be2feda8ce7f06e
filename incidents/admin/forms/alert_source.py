from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from incidents.admin.forms.base import DeskForm, LongText
from incidents.admin.forms.catalogue import EntryForm
from incidents.admin.words import choices
from incidents.models import AlertSource, Service, mapping
from incidents.models.alert_source import MAX_WAIT, Mode, Product

_PRODUCTS = {
    Product.ALERTMANAGER: "Prometheus Alertmanager",
    Product.GRAFANA: "Grafana",
    Product.UPTIME_KUMA: "Uptime Kuma",
    Product.GATUS: "Gatus",
    Product.GENERIC: _("Any other program"),
}
_MODES = {
    Mode.DRAFT: _("Prepare a draft; people publish it"),
    Mode.OPEN: _("Open and publish an incident; people resolve it"),
    Mode.OPEN_AND_RESOLVE: _("Open, publish and resolve"),
}


class MappingField(LongText):
    """One rule a line. Cleaned, it is the stored form, by the ids of services."""

    def __init__(self) -> None:
        help_text = _(
            "One line each: label=value, label=value -> service level. * stands for anything. "
            "Alerts that no line fits change nothing."
        )
        super().__init__(label=_("Which alerts hit which services"), required=False, rows=6, help_text=help_text)

    def clean(self, value: Any) -> Any:
        ids = dict(Service.objects.values_list("slug", "pk"))
        try:
            rules = mapping.read(super().clean(value))
        except mapping.Unreadable as error:
            raise forms.ValidationError(str(error)) from error
        unknown = sorted({rule.service for rule in rules} - set(ids))
        if unknown:
            raise forms.ValidationError(_("There is no service %(slug)s.") % {"slug": ", ".join(unknown)})
        return AlertSource.stored(mapping.Rule(rule.when, ids[rule.service], rule.level) for rule in rules)


class AlertSourceForm(EntryForm):
    field_order = ("name", "slug", "product", "mode", "mapping", "open_after", "resolve_after")
    MORE = ("open_after", "resolve_after", "description", "position")

    product = forms.ChoiceField(label=_("What sends them"), choices=list(_PRODUCTS.items()))
    mode = forms.ChoiceField(
        label=_("What comes of them"), choices=list(_MODES.items()), widget=forms.RadioSelect, initial=Mode.DRAFT
    )
    mapping = MappingField()
    open_after = forms.IntegerField(
        label=_("Act after an alert has fired for (seconds)"), min_value=0, max_value=MAX_WAIT, initial=60
    )
    resolve_after = forms.IntegerField(
        label=_("Resolve after all is quiet for (seconds)"), min_value=0, max_value=MAX_WAIT, initial=300
    )

    def present(self) -> dict[str, Any]:
        if not isinstance(self.entry, AlertSource):
            return {}
        return {**super().present(), "mapping": written(self.entry)}

    def build(self) -> None:
        levels = ", ".join(str(value) for value, _label in choices(mapping.LEVELS))
        self.fields["mapping"].widget.attrs["placeholder"] = "job=api, severity=critical -> api major_outage"
        self.fields["mapping"].help_text = f"{self.fields['mapping'].help_text} {_('Levels')}: {levels}."


def written(source: AlertSource) -> str:
    """The mapping as people write it. A service that is gone since leaves no line."""
    slugs = dict(Service.objects.values_list("pk", "slug"))
    named = [mapping.Rule(rule.when, slugs[rule.service], rule.level) for rule in source.rules if rule.service in slugs]
    return "\n".join(map(str, named))


class TokenForm(DeskForm):
    """Nothing to fill in: a confirmation."""
