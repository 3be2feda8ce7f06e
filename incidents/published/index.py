"""Which public pages exist. Visitors' requests ask it, so it answers from memory; the publisher keeps it true."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import chain
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from incidents import page, rules
from incidents.lifecycle import OPEN_INCIDENT
from incidents.models import Event, Incident, MaintenanceWindow, Service
from incidents.models.identifiers import LENGTH
from incidents.public.error_pages import CATALOGUE
from incidents.published.ids import Ids
from incidents.uptime import midnight
from statussite import languages

HOME = "public:home"
FIRST = (HOME, "public:rss")  # what most ask for when something has happened
_DOCUMENTS = ("summary", "status", "components", "incidents", "unresolved", "maintenances", "upcoming", "active")
_PAGES = ("home", "history", "privacy", "favicon", "badge", "badge_json", "embed", "embed_script", "robots", "security")
_FEEDS = ("rss", "atom", "json_feed", "ics", "maintenances_ics", "sitemap")  # the slow ones last
FIXED = (
    *(f"public:{name}" for name in _PAGES),
    *(f"statuspage:{name}" for name in _DOCUMENTS),
    *(f"public:{name}" for name in _FEEDS),
)
# Kind → the routes that have one page for each of its members.
ROUTES = {
    "incident": ("public:incident", "statuspage:incident"),
    "maintenancewindow": ("public:maintenance", "public:maintenance_ics"),
    "service": (
        *("public:service", "public:service_badge", "public:service_badge_json"),
        *("public:service_rss", "public:service_atom", "public:service_ics"),
    ),
    "error": ("public:error",),
    "month": ("public:month",),
}
# Of these a page is made when somebody asks: there may be many, and few ask.
RARE = ("public:maintenance_ics", "public:service_rss", "public:service_atom", "public:service_ics")
_SAMPLES: Mapping[str, str | date] = {
    "incident": "x" * LENGTH,
    "maintenancewindow": "x" * LENGTH,
    "service": "x",
    "month": date(2000, 1, 1),
    "error": "x",
}
_STORIES = ("incident", "maintenancewindow")
MOST_RECENT = 50  # of the incidents, and of the windows, that the home page shows, as many are kept ready


@dataclass(frozen=True)
class Route:
    """The paths `prefix` + member + `suffix`."""

    kind: str
    prefix: str
    suffix: str
    is_rare: bool = field(compare=False)
    is_in_our_language: bool = field(compare=False)

    def path(self, member: str) -> str:
        return f"{self.prefix}{member}{self.suffix}"

    def member(self, path: str) -> str | None:
        fits = path.startswith(self.prefix) and path.endswith(self.suffix)
        return path[len(self.prefix) : len(path) - len(self.suffix)] if fits else None


class Index:
    def __init__(self) -> None:
        self.is_loaded = False
        self._stories = {kind: Ids() for kind in _STORIES}
        self._few: dict[str, set[str]] = {kind: set() for kind in ROUTES if kind not in _STORIES}
        self._recent: dict[str, list[str]] = {}

    # Asked by requests

    def is_public(self, path: str) -> bool:
        return path in self._fixed or any(route.member(path) is not None for route in self._routes)

    def knows(self, path: str) -> bool:
        return path in self._fixed or any(route.member(path) in self._members(route.kind) for route in self._routes)

    # Asked by the publisher

    def lacks(self, path: str) -> bool:
        """Something may have been there, but is not now."""
        return self.is_public(path) and not self.knows(path)

    def is_fixed(self, path: str) -> bool:
        return path in self._fixed

    def kept(self) -> dict[str, None]:
        """The pages that are ready before anybody asks, in the order in which to make them. In other languages than the
        page's own these are the fixed ones, and the story that was touched last."""
        last_touched = {kind: members[:1] for kind, members in self._recent.items()}
        some = {**self._recent, "service": sorted(self._few["service"]), "error": list(CATALOGUE)}
        common = [route for route in self._routes if not route.is_rare]
        ours = [route for route in common if route.is_in_our_language]
        first = [*map(reverse, FIRST), *_paths(ours, last_touched)]
        translated = [*_in_every_language(lambda: [reverse(HOME)]), *_paths(common, last_touched)]
        return dict.fromkeys([*first, *translated, *self._fixed, *_paths(ours, some)])

    def every(self) -> list[str]:
        """All pages there are; those that are kept first, and last the months, most of which show nothing."""
        found = [_paths(self._routes, {kind: sorted(self._members(kind))}) for kind in ROUTES]
        return list(dict.fromkeys(chain(self.kept(), *found)))

    def beside(self, paths: Iterable[str]) -> set[str]:
        """These pages of members, and the others of the same ones."""
        found = ((route.kind, route.member(path)) for path in paths for route in self._routes)
        members = {(kind, member) for kind, member in found if member is not None and member in self._members(kind)}
        return {path for kind, member in members for path in self.paths_of(kind, member)}

    def paths_of(self, kind: str, member: str) -> list[str]:
        return _paths(self._routes, {kind: [member]})

    # Whatever the database refuses, the index stays as it was: only then does the next attempt find the same loss.

    def reload(self, now: datetime) -> set[str]:
        """Reads everything anew; returns the pages of what was public and is so no longer."""
        stories = {kind: Ids(_with_page(kind).values_list("pk", flat=True).iterator()) for kind in _STORIES}
        few = {"service": set(Service.objects.public().values_list("slug", flat=True)), "error": set(CATALOGUE)}
        recent = _recent(now)
        lost = {kind: known.lost_in(stories[kind]) for kind, known in self._stories.items()}
        lost |= {kind: self._few[kind] - there for kind, there in few.items()}
        self._stories = stories
        self._few |= few
        self._show(now, recent)
        self.is_loaded = True
        return set(_paths(self._routes, lost))

    def take_in(self, events: Iterable[Event], now: datetime) -> set[str]:
        """Follows what happened to incidents and windows; returns the pages of those that were public, if only between
        two looks, and are so no longer."""
        there = {kind: _still_there(kind, events) for kind in _STORIES}
        recent = _recent(now)
        lost: set[str] = set()
        for kind, known in self._stories.items():
            for event in events:
                if event.subject_type != kind:
                    continue
                if event.subject_id in there[kind]:
                    known.add(event.subject_id)
                elif event.public or event.subject_id in known:
                    known.discard(event.subject_id)
                    lost.update(self.paths_of(kind, event.subject_id))
        self._show(now, recent)
        return lost

    def move_to(self, now: datetime) -> None:
        """What is there because of the time alone."""
        self._show(now, _recent(now))

    def _show(self, now: datetime, recent: dict[str, list[str]]) -> None:
        self._few["month"] = _months(now)
        self._recent = recent

    @cached_property
    def _fixed(self) -> dict[str, None]:
        names = [name for name in FIXED if settings.SECURITY_CONTACT or name != "public:security"]
        return _in_every_language(lambda: map(reverse, names))

    @cached_property
    def _routes(self) -> tuple[Route, ...]:
        return tuple(
            _in_every_language(lambda: (_route(kind, name) for kind, names in ROUTES.items() for name in names))
        )

    def _members(self, kind: str) -> Ids | set[str]:
        return self._stories[kind] if kind in _STORIES else self._few[kind]


def _in_every_language[T: Hashable](make: Callable[[], Iterable[T]]) -> dict[T, None]:
    """What it makes in each, the page's own first; what is the same in all of them once."""
    found: dict[T, None] = {}
    for language in languages.every():
        with languages.written_in(language):
            found |= dict.fromkeys(make())
    return found


def _paths(routes: Iterable[Route], members: Mapping[str, Iterable[str]]) -> list[str]:
    """`members`: some of each kind."""
    return [
        route.path(member)
        for kind, found in members.items()
        for member in found
        for route in routes
        if route.kind == kind
    ]


def _route(kind: str, name: str) -> Route:
    sample = _SAMPLES[kind]
    written = f"{sample:%Y/%m}" if isinstance(sample, date) else sample
    prefix, suffix = reverse(name, args=[sample]).rsplit(written, 1)
    return Route(kind, prefix, suffix, is_rare=name in RARE, is_in_our_language=not languages.wished())


def _public(kind: str) -> Any:
    return {"incident": Incident, "maintenancewindow": MaintenanceWindow}[kind].objects.public()  # type: ignore[attr-defined]


def _with_page(kind: str) -> Any:
    """The page of a merged incident leads to the other one."""
    return _public(kind) | Incident.leading_away() if kind == "incident" else _public(kind)


def _still_there(kind: str, events: Iterable[Event]) -> set[str]:
    """Of those that the events are about."""
    touched = {event.subject_id for event in events if event.subject_type == kind}
    return set(_with_page(kind).filter(pk__in=touched).values_list("pk", flat=True)) if touched else set()


def _months(now: datetime) -> set[str]:
    """Each that has a page, whether or not it has something to show."""
    first, last = rules.EARLIEST, page.today(now)
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return {f"{month // 12:04}/{month % 12 + 1:02}" for month in months}


def _recent(now: datetime) -> dict[str, list[str]]:
    """What the home page leads to, the last touched first."""
    since = midnight(page.today(now) - timedelta(days=page.PAST_DAYS - 1), page.zone())
    rows = {
        "incident": _public("incident").with_listed_at().filter(Q(status__in=OPEN_INCIDENT) | Q(listed_at__gte=since)),
        "maintenancewindow": _public("maintenancewindow").filter(Q(ended_at=None) | Q(ended_at__gte=since)),
    }
    # Sorted here: asked for an order, SQLite walks the whole history in it instead of using two indexes.
    found = {kind: sorted(some.order_by().values_list("updated_at", "pk"), reverse=True) for kind, some in rows.items()}
    return {kind: [pk for _, pk in some[:MOST_RECENT]] for kind, some in found.items()}
