"""What the page would say if a story went on like this: for those who are about to post it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from incidents import severity
from incidents.models import Impact
from incidents.models.timeline import Timeline
from incidents.models.transaction import in_one_snapshot
from incidents.page.present import present
from incidents.page.values import Service
from incidents.severity import Overall, ServiceStatus, Severity

type _Hits = list[tuple[ServiceStatus, str]]  # level and title of each other cause


@dataclass(frozen=True)
class Expected:
    """A public service. `others`: the titles of what else hits it; `is_held`: that alone is as bad as all together."""

    name: str
    before: ServiceStatus
    after: ServiceStatus
    others: tuple[str, ...]
    is_held: bool

    @property
    def changes(self) -> bool:
        return self.before is not self.after


@dataclass(frozen=True)
class Outlook:
    before: Overall
    after: Overall
    changes: tuple[Expected, ...]
    remaining: tuple[Expected, ...]  # services of this story that something else keeps where they are


@in_one_snapshot
def outlook(
    levels: Mapping[str, ServiceStatus],
    now: datetime,
    *,
    story: Timeline | None = None,
    severity_if_open: Severity | None = None,
) -> Outlook:
    """If `story` (None: a new one) hit these from now on: the ids of services → levels, the whole picture.

    `severity_if_open` counts for an incident that goes on and never hit any service.
    """
    shown, others, mine = present(now), _others(story), _hit_by(story)
    services = shown.catalogue.services
    expected = [_expected(service, others.get(service.id, []), levels.get(service.id)) for service in services]
    is_told = [incident for incident in shown.incidents if story is None or incident.id != story.pk]
    silent = [incident.severity for incident in is_told if not incident.hits]
    if severity_if_open and not mine and not any(service.id in levels for service in services):
        silent.append(severity_if_open)
    return Outlook(
        before=shown.overall,
        after=severity.overall([one.after for one in expected], silent),
        changes=tuple(one for one in expected if one.changes),
        remaining=tuple(
            one
            for one, service in zip(expected, services, strict=True)
            if one.is_held and (service.id in mine or service.id in levels)
        ),
    )


def _others(story: Timeline | None) -> dict[str, _Hits]:
    """Service id → what else hits it."""
    impacts = Impact.objects.public().open().exclude(level=ServiceStatus.OPERATIONAL)
    if story is not None:
        impacts = impacts.exclude(**{story.CAUSE: story.pk})
    found: dict[str, _Hits] = {}
    for impact in impacts.select_related("incident", "maintenance"):
        cause = impact.incident or impact.maintenance
        found.setdefault(impact.service_id, []).append((ServiceStatus(impact.level), str(cause)))
    return found


def _hit_by(story: Timeline | None) -> set[str]:
    """The ids of the public services that it has hit, ever."""
    if story is None:
        return set()
    hits = story.impacts.filter(service__is_public=True).exclude(level=ServiceStatus.OPERATIONAL)
    return set(hits.values_list("service_id", flat=True))


def _expected(service: Service, others: _Hits, level: ServiceStatus | None) -> Expected:
    held = severity.worst(hit for hit, _ in others)
    after = severity.worst([held, level]) if level else held
    titles = tuple(dict.fromkeys(title for _, title in others))
    return Expected(service.name, service.status, after, titles, is_held=bool(others) and after is held)
