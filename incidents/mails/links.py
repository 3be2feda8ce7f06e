"""The addresses in mails: of pages that change nothing until a button on them is pressed."""

from django.conf import settings
from django.urls import reverse

from incidents.models import Subscription
from incidents.models.tokens import Purpose


def confirm(subscription: Subscription) -> str:
    return _absolute("confirm", subscription.token(Purpose.CONFIRM))


def manage(subscription: Subscription) -> str:
    return _absolute("manage", subscription.token(Purpose.MANAGE))


def unsubscribe(subscription: Subscription) -> str:
    return _absolute("unsubscribe", subscription.token(Purpose.UNSUBSCRIBE))


def _absolute(name: str, *args: str) -> str:
    return f"{settings.SITE_URL}{reverse(f'public:{name}', args=args)}"
