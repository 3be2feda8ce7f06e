"""What the desk's templates ask for."""

from typing import Any

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from incidents import text
from incidents.admin.access import is_ops
from incidents.admin.columns import badge
from incidents.admin.now import desk
from incidents.admin.words import CHANNELS, capital

register = template.Library()

register.filter("badge", badge)
register.filter("capital", capital)


@register.filter
def markdown(source: str) -> SafeString:
    return mark_safe(text.html(source))  # noqa: S308  (sanitised to the allow-list)


@register.filter
def channel(name: str) -> object:
    """How people are reached by it: “12 by e-mail”."""
    return CHANNELS.get(name, CHANNELS[""])


@register.inclusion_tag("admin/desk/now.html", takes_context=True)
def now_open(context: dict[str, Any]) -> dict[str, Any]:
    """Nothing for staff who are not platform ops."""
    request = context["request"]
    return {"desk": desk(timezone.now()) if is_ops(request) else None, "user": request.user}
