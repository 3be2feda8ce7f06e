from django.conf import settings
from django.utils.translation import gettext as _

from incidents.mails import links
from incidents.mails.mail import Mail, render
from incidents.models import Subscription


def confirmation(subscription: Subscription) -> Mail:
    """The link to confirm or, once that is done, to manage. Nothing in it was typed by who asked for it."""
    return _manage(subscription) if subscription.verified_at else _confirm(subscription)


def _confirm(subscription: Subscription) -> Mail:
    subject = _("Confirm your subscription to %(page)s") % {"page": settings.PAGE_NAME}
    return _mail("confirm", subscription, subject, link=links.confirm(subscription))


def _manage(subscription: Subscription) -> Mail:
    subject = _("Your subscription to %(page)s") % {"page": settings.PAGE_NAME}
    leave = links.unsubscribe(subscription)
    one_click = {"List-Unsubscribe": f"<{leave}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return _mail("manage", subscription, subject, one_click, link=links.manage(subscription), leave=leave)


def _mail(
    name: str, subscription: Subscription, subject: str, headers: dict[str, str] | None = None, **context: str
) -> Mail:
    return Mail(
        to=subscription.address,
        subject=subject,
        text=render(f"{name}.txt", **context),
        html=render(f"{name}.html", subject=subject, **context),
        headers=headers or {},
    )
