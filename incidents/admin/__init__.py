"""Door 0: the desk of platform ops. Stock Django admin with our pages; every write is a method of the models."""

from django.conf import settings
from django.contrib import admin
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from incidents.admin import (
    audit,
    automation,
    catalogue,
    deliveries,
    incident,
    machine_token,
    maintenance,
    subscriptions,
)

__all__ = [
    "audit",
    "automation",
    "catalogue",
    "deliveries",
    "incident",
    "machine_token",
    "maintenance",
    "subscriptions",
]

admin.site.site_header = admin.site.site_title = format_lazy("{} – {}", settings.PAGE_NAME, _("desk"))
admin.site.index_title = _("Now")
