"""What an event did to services, as one list."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from incidents import page
from incidents.severity import ServiceStatus


@dataclass(frozen=True)
class Hit:
    """`before` is None where nothing changed, and both are None for a service that maintenance is only planned for."""

    name: str
    before: ServiceStatus | None
    after: ServiceStatus | None


def hits(notice: page.Notice) -> Sequence[Hit]:
    """In the order of the page; without those that had recovered before."""
    changes = {change.service: change for change in notice.update.changes} if notice.update else {}
    return tuple(_hits(notice.story, changes))


def _hits(story: page.Story, changes: dict[str, page.LevelChange]) -> Iterator[Hit]:
    for hit in story.affected:
        if change := changes.get(hit.id):
            if {change.old, change.new} != {ServiceStatus.OPERATIONAL}:
                yield Hit(hit.name, change.old if change.old != change.new else None, change.new)
        elif not changes:
            is_planned = isinstance(story, page.Maintenance) and not story.is_over and story.started_at is None
            yield Hit(hit.name, None, None if is_planned else hit.level_now)
