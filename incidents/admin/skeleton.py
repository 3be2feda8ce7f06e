"""What a postmortem begins with: its headings, and the timeline as it was told."""

from django.utils import dateformat, timezone
from django.utils.translation import gettext as _

from incidents import text
from incidents.admin.words import capital
from incidents.lifecycle import IncidentStatus
from incidents.models import Incident, IncidentUpdate


def skeleton(incident: Incident) -> str:
    told = incident.updates.exclude(status=IncidentStatus.DRAFT).order_by("display_at", "version")
    lines = [_line(update) for update in told]
    empty = (_("What happened"), _("Why it happened"), _("What we change"))
    first, *rest = (f"## {heading}\n" for heading in empty)
    zone = timezone.localtime(incident.created_at).tzname()
    return "\n\n".join([first, f"## {_('Timeline')} ({zone})\n\n" + "\n".join(lines) + "\n", *rest])


def _line(update: IncidentUpdate) -> str:
    at = dateformat.format(timezone.localtime(update.display_at), "j M, H:i")
    words = " ".join(text.plain(update.message).split())
    return f"- **{at}** {capital(update.status)}: {words}"
