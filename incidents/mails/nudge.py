from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from incidents.mails import links
from incidents.mails.mail import AUTOMATIC, Mail, render, subject_line
from incidents.models.timeline import Timeline
from statussite.languages import written_in


def nudge_mail(user: AbstractBaseUser, timeline: Timeline, promised_at: datetime) -> Mail:
    """To one of ops: the next word on an incident or window was promised, and has not come."""
    with written_in():
        subject = subject_line(
            _("%(page)s: update overdue: %(title)s") % {"page": settings.PAGE_NAME, "title": timeline}
        )
        context = {"title": timeline.title, "promised_at": promised_at, "link": links.desk(timeline)}
        return Mail(
            to=getattr(user, user.get_email_field_name()),
            subject=subject,
            text=render("nudge.txt", **context),
            html=render("nudge.html", subject=subject, **context),
            headers=AUTOMATIC,
        )
