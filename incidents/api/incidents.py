from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request

from incidents import rules
from incidents.api import bodies, payloads, shapes
from incidents.api.bodies import Given
from incidents.api.operation import Operation, read
from incidents.api.queries import IncidentFilters, Paged
from incidents.api.timeline import TimelineView, with_services_as
from incidents.errors import Conflict, Merged, NotFound, StaleVersion, Violations
from incidents.lifecycle import IncidentStatus
from incidents.models import Impact, Incident, IncidentUpdate
from incidents.models.impact import Levels
from incidents.models.transaction import in_one_transaction

_INTO = "m4c8d2p6w1xz"
_MERGED = {404: {"missing": NotFound("No such incident."), "merged": Merged(_INTO)}}
_NOT_OPEN = Conflict("“Checkout answers slowly” is not open: only open incidents are merged.")
_NO_MERGE: dict[int, dict[str, Exception]] = {
    409: {
        "draft": _NOT_OPEN,
        "ended": _NOT_OPEN,
        "private_and_public": Conflict(
            "One of them is private: what only ops may see is not merged with what everybody sees."
        ),
        "itself": Conflict("An incident cannot be merged into itself."),
        "stale_version": StaleVersion(2, 3),
    }
}
_EDITED = ("title", "description", "severity", "is_public")


class IncidentView(TimelineView):
    model = Incident
    noun = "Incident"
    operations = {
        "list": read("List incidents, newest first", shapes.Incident, lists=True, query=IncidentFilters),
        "create": Operation("Report an incident", shapes.Incident, status=201, body=bodies.NewIncident),
        "retrieve": read("Read an incident", shapes.Incident, examples=_MERGED),
        "partial_update": Operation("Change an incident", shapes.Incident, body=bodies.IncidentChange),
        "destroy": Operation("Delete an incident", body=bodies.Removal),
        "list_updates": read(
            "List its updates, newest first", shapes.IncidentUpdate, lists=True, query=Paged, examples=_MERGED
        ),
        "post_update": Operation("Post an update", shapes.IncidentUpdate, status=201, body=bodies.NewIncidentUpdate),
        "merge": Operation("Merge it into another one", shapes.Incident, body=bodies.Merge, examples=_NO_MERGE),
        "put_postmortem": Operation("Write the postmortem", shapes.Postmortem, body=bodies.Postmortem),
        "delete_postmortem": Operation("Delete the postmortem", body=bodies.Removal),
    }

    def rows(self) -> QuerySet[Incident]:
        return payloads.incidents(everything=self.sees_everything)

    def found(self, id: str) -> Any:
        try:
            return super().found(id)
        except NotFound:
            into = Incident.leading_away().filter(pk=id).values_list("merged_into", flat=True).first()
            if into is None:
                raise
            raise Merged(into) from None

    def filtered(self, rows: QuerySet[Any], asked: Given) -> QuerySet[Any]:
        severity, status, slug = asked["severity"], asked["status"], asked["service"]
        rows = rows.filter(severity=severity) if severity else rows
        rows = rows.filter(status=status) if status else rows
        return rows.filter(pk__in=self._hits(slug)) if slug else rows

    def show(self, row: Incident) -> shapes.Incident:
        return payloads.incident(row, everything=self.sees_everything)

    def show_update(self, row: IncidentUpdate) -> shapes.IncidentUpdate:
        return payloads.incident_update(row)

    def begin(self, given: Given) -> Incident:
        return Incident.open(by=self.actor, **with_services_as("levels", given))

    def change(self, row: Incident, given: Given) -> None:
        edits = {field: given[field] for field in _EDITED if field in given}
        levels = _new_levels(row, given.get("affected_services"))
        if row.state is IncidentStatus.DRAFT:
            edits, levels = {**edits, "levels": levels}, None  # what a draft foresees is not told by an update
        status = given.get("status", row.state)
        resolved_at = given.get("resolved_at") if row.resolved_at is None else None
        posts = status != row.state or given.get("message") or levels is not None or resolved_at
        if edits:
            row.edit(by=self.actor, notify=not posts, **edits)  # or the update will tell
        if posts:
            row.post_update(
                by=self.actor,
                status=status,
                message=given.get("message", ""),
                levels=levels,
                effective_at=resolved_at,
            )

    def judge_change(self, row: Incident, given: Given) -> Violations:
        now, at = timezone.now(), given.get("resolved_at")
        found = rules.check(given, now)
        if at is None or any(error.field == "resolved_at" for error in found.found):
            return found
        if row.resolved_at is None:
            move = row.check_update(now, given.get("status", row.state), effective_at=at)
            found.found.extend(move.found)
        elif at != row.resolved_at:
            found.add("resolved_at", "already_resolved", "It is resolved already; that time stands.")
        return found

    @in_one_transaction
    def merge(self, request: Request, id: str) -> HttpResponseBase:
        """For a duplicate. Answers the one that goes on: it takes over what was hit and who follows, and `message`
        becomes a note there. Both must be open, and both public or both private: a draft, one that is over, a private
        and a public one, the same one twice, or another `version` than the present one is 409. Afterwards the duplicate
        is 404 to the public, with `merged_into`.
        """
        row = self._existing(Incident.objects.filter(pk=id).first())
        given = self.given()
        other = given.pop("into")
        Incident.lock_pair(row, other)
        self.seen(given).insist(row)
        row.merge_into(other, by=self.actor, **given)
        return self.answer(self.show(self.found(other.pk)), "Merged: this one tells of both now.")

    @in_one_transaction
    def put_postmortem(self, request: Request, id: str) -> HttpResponseBase:
        row = self.before_writing(id)
        given = self.given()
        self.seen(given).insist(row)
        row.write_postmortem(**given, by=self.actor)
        return self.answer(payloads.postmortem(row), "Postmortem saved.")

    @in_one_transaction
    def delete_postmortem(self, request: Request, id: str) -> HttpResponseBase:
        row = self.before_writing(id)
        seen = self.seen(self.given())
        if not row.postmortem:
            raise NotFound("It has no postmortem.")
        seen.insist(row)
        row.write_postmortem("", published=False, by=self.actor)
        return self.nothing("Postmortem deleted.")

    def _hits(self, slug: str) -> Any:
        impacts = Impact.objects.all() if self.sees_everything else Impact.objects.public()
        return impacts.filter(service__slug=slug).exclude(incident=None).values("incident")


def _new_levels(row: Incident, levels: Levels | None) -> Levels | None:
    """None where the picture stays as it is shown, so that sending back what was read tells nobody anything."""
    if levels is None:
        return None
    impacts = row.impacts.select_related("service")
    if row.resolved_at is None:
        impacts = impacts.open()
    present = {impact.service: impact.level for impact in impacts}
    same = levels.keys() == present.keys() and all(level in (None, present[s]) for s, level in levels.items())
    return None if same else levels
