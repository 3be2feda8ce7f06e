"""The addresses in mails: of pages that change nothing until a button on them is pressed, in the reader's language."""

from django.conf import settings
from django.urls import reverse

from incidents.models import Subscription
from incidents.models.timeline import Timeline
from incidents.models.tokens import Purpose
from statussite.languages import written_in


def home() -> str:
    return _absolute("home")


def confirm(subscription: Subscription) -> str:
    return _held(subscription, Purpose.CONFIRM)


def manage(subscription: Subscription) -> str:
    return _held(subscription, Purpose.MANAGE)


def unsubscribe(subscription: Subscription) -> str:
    return _held(subscription, Purpose.UNSUBSCRIBE)


def subscribe() -> str:
    return _absolute("subscribe")


def desk(timeline: Timeline) -> str:
    """Where ops post the next update."""
    return f"{settings.SITE_URL}{reverse(f'admin:incidents_{timeline.kind}_change', args=[timeline.pk])}"


def _held(subscription: Subscription, purpose: Purpose) -> str:
    with written_in(subscription.language):
        return _absolute(purpose, subscription.token(purpose))


def _absolute(name: str, *args: str) -> str:
    return f"{settings.SITE_URL}{reverse(f'public:{name}', args=args)}"
