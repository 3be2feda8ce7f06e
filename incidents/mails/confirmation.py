from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import gettext as _

from incidents.mails import links
from incidents.mails.mail import AUTOMATIC, Mail, one_click, render, subject_line
from incidents.models import Subscription
from statussite.languages import written_in


def confirmation(subscription: Subscription) -> Mail:
    """The link to confirm or, once that is done, to manage. Nothing in it was typed by who asked for it."""
    with written_in(subscription.language):
        return _manage(subscription) if subscription.verified_at else _confirm(subscription)


def _confirm(subscription: Subscription) -> Mail:
    subject = _("Confirm your subscription to %(page)s") % {"page": settings.PAGE_NAME}
    return _mail("confirm", subscription, subject, link=links.confirm(subscription))


def _manage(subscription: Subscription) -> Mail:
    subject = _("Your subscription to %(page)s") % {"page": settings.PAGE_NAME}
    leave = links.unsubscribe(subscription)
    return _mail("manage", subscription, subject, one_click(leave), link=links.manage(subscription), leave=leave)


def _mail(
    name: str, subscription: Subscription, subject: str, headers: Mapping[str, str] = AUTOMATIC, **context: str
) -> Mail:
    return Mail(
        to=subscription.address,
        subject=subject_line(subject),
        text=render(f"{name}.txt", **context),
        html=render(f"{name}.html", subject=subject, **context),
        headers={**AUTOMATIC, **headers},
    )
