from datetime import datetime

from django.db import models
from django.utils import timezone

from incidents import rules
from incidents.errors import Conflict
from incidents.lifecycle import IncidentStatus
from incidents.models.audit import Actor
from incidents.models.timeline import Timeline
from incidents.models.transaction import in_one_transaction


class Reviewable(Timeline):
    """Once it is over, what was learned can be told: the postmortem, a draft until it is published."""

    postmortem = models.TextField(blank=True)
    postmortem_published_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    @in_one_transaction
    def write_postmortem(
        self, body: str, *, published: bool, by: Actor, version: int | None = None, now: datetime | None = None
    ) -> None:
        """Stores the text; shows it when `published`. Raises Conflict before resolution, Invalid, NotFound."""
        now = now or timezone.now()
        self.lock(version)
        found = rules.check({"body": body}, now)
        if published and not body.strip():
            found.add("body", "blank", "A published postmortem needs a text.")
        found.raise_any()
        if published and self.state is not IncidentStatus.RESOLVED:
            raise Conflict("A postmortem can be published once the incident is resolved.")
        published_at = (self.postmortem_published_at or now) if published else None
        changes = {"postmortem": rules.tidy(body), "postmortem_published_at": published_at}
        self._edit(by=by, now=now, changes=changes, unseen=not published and self.postmortem_published_at is None)
