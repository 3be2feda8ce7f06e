"""Mails about the subscription itself: it has ended, or its endpoint gets nothing any more."""

from django.conf import settings
from django.utils.translation import gettext as _

from incidents.mails import links
from incidents.mails.mail import AUTOMATIC, Mail, render, subject_line
from incidents.models import Subscription
from incidents.models.farewell import Farewell
from statussite.languages import written_in


def ended_mail(farewell: Farewell) -> Mail:
    """By one click of anybody who had the mail, on a list perhaps: the others learn of it, and how to come back."""
    with written_in(farewell.language):
        subject = _("You are unsubscribed from %(page)s") % {"page": settings.PAGE_NAME}
        return _mail("ended", farewell.to, subject, host=farewell.host, link=links.subscribe())


def disabled_mail(subscription: Subscription) -> Mail:
    """To who answers for an endpoint that was disabled by itself; `disabled_because` tells why. Of what ops do, they
    tell themselves."""
    with written_in(subscription.language):
        subject = _("%(page)s: your endpoint at %(host)s gets nothing any more")
        named = {"page": settings.PAGE_NAME, "host": subscription.host}
        return _mail(
            "disabled",
            subscription.address,
            subject % named,
            subscription=subscription,
            link=links.manage(subscription),
            leave=links.unsubscribe(subscription),
        )


def _mail(name: str, to: str, subject: str, **context: object) -> Mail:
    return Mail(
        to=to,
        subject=subject_line(subject),
        text=render(f"{name}.txt", **context),
        html=render(f"{name}.html", subject=subject, **context),
        headers=AUTOMATIC,
    )
