"""Pages to look at, as a company of middling size would have them: each scene fills an empty database.

`python manage.py shell -c "from tests.browser.scenes import fill; fill('outage')"`
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.models import Actor, Incident, MaintenanceWindow, Service, ServiceGroup
from incidents.severity import ServiceStatus, Severity

BY = Actor("scene", "test")
SLOW, PARTIAL, DOWN = ServiceStatus.DEGRADED_PERFORMANCE, ServiceStatus.PARTIAL_OUTAGE, ServiceStatus.MAJOR_OUTAGE
OF_LEVEL = {SLOW: Severity.MINOR, PARTIAL: Severity.MAJOR, DOWN: Severity.CRITICAL}

# Group → its services; what stands alone has no group.
CATALOGUE: Mapping[str, tuple[str, ...]] = {
    "": ("Website", "Sign-in"),
    "API": ("REST API", "GraphQL", "Webhooks"),
    "Payments": ("Cards", "Bank transfers", "Payouts", "Invoices"),
    "Data": ("Search", "File storage", "Reports"),
}
ABOUT = {
    "Website": "The public pages and the documentation.",
    "REST API": "Everything below api.acme.example: reads and writes.",
    "Cards": "Charges, refunds and disputes of card payments.",
    "File storage": "Uploads and downloads of files, and their previews.",
}


@dataclass(frozen=True)
class Trouble:
    """What was over `minutes` after it began, `days` ago at that hour, so on the same day."""

    days: int
    hour: int
    minutes: int
    level: ServiceStatus
    service: str
    title: str
    cause: str


PAST = (
    Trouble(1, 14, 34, SLOW, "Search", "Search results are slow", "One of three search nodes ran out of memory."),
    Trouble(4, 10, 96, PARTIAL, "Webhooks", "Webhooks arrive late", "A queue stood still after a deployment."),
    Trouble(4, 13, 12, SLOW, "REST API", "Elevated error rate of the API", "A certificate was rotated too early."),
    Trouble(11, 13, 205, DOWN, "Payouts", "Payouts are not sent", "Our bank refused the nightly file."),
    Trouble(19, 17, 48, SLOW, "Reports", "Reports are generated slowly", "One huge report held up the others."),
    Trouble(33, 16, 71, PARTIAL, "Sign-in", "Some people cannot sign in", "Sessions in one region were lost."),
    Trouble(47, 16, 25, SLOW, "Website", "Pages load slowly", "A content network had trouble in Asia."),
    Trouble(61, 10, 130, DOWN, "File storage", "Uploads fail", "A disk array lost its power."),
    Trouble(78, 14, 18, PARTIAL, "Cards", "Some card payments are declined", "One card network was unreachable."),
)
POSTMORTEM = """We sent no payouts for **3 hours and 25 minutes**. Nobody lost money; 1,204 payouts were late.

## What happened

Our bank changed the format of the nightly file and told an address that nobody reads any more.

## What we change

- The file is checked against the bank's own validator before it is sent.
- The address now leads to everybody on call.

> Thank you for your patience, and sorry.
"""
LONG = "We are still working on it, and this is what we know so far. " * 66
ARABIC = "تعذر الوصول إلى خدمة الدفع في بعض المناطق"


@transaction.atomic
def fill(scene: str) -> None:
    SCENES[scene](timezone.now())


def empty(now: datetime) -> None:
    """Nothing at all."""


def one(now: datetime) -> None:
    Service.add(by=BY, slug="api", name="API", now=now - timedelta(days=20))


def down(now: datetime) -> None:
    one(now)
    _opened(now - timedelta(minutes=4), "Nothing answers", DOWN, {_service("API"): DOWN}, "We have been called.")


def ok(now: datetime) -> None:
    _company(now)
    _plan(now, "File storage", "Bigger disks for file storage", timedelta(days=2, hours=3))


def degraded(now: datetime) -> None:
    ok(now)
    begun, levels = now - timedelta(minutes=26), {_service("Search"): SLOW}
    _opened(begun, "Search results are slow", SLOW, levels, "Some searches take ten seconds.")


def outage(now: datetime) -> None:
    ok(now)
    first = "Most card payments are declined. We are looking into it."
    story = _opened(now - timedelta(minutes=58), "Card payments fail", DOWN, {_service("Cards"): DOWN}, first)
    api = _service("REST API")
    levels = {_service("Cards"): DOWN, _service("Invoices"): PARTIAL, api: SLOW}
    story.post_update(
        by=BY,
        status=IncidentStatus.IDENTIFIED,
        levels=levels,
        message="A database of our **card processor** is overloaded. Together with them we take load away from it.",
        now=now - timedelta(minutes=31),
    )
    story.post_update(
        by=BY,
        status=IncidentStatus.IDENTIFIED,
        message="One payment in four works again. Bank transfers are *not* affected: please offer them meanwhile.",
        next_update_at=now + timedelta(minutes=20),
        now=now - timedelta(minutes=7),
    )


def maintenance(now: datetime) -> None:
    _company(now)
    window = _plan(now, "File storage", "Bigger disks for file storage", -timedelta(minutes=35), asked=2)
    window.post_update(
        by=BY,
        status=MaintenanceStatus.IN_PROGRESS,
        message="We have begun. Files can be read all the time; uploads are refused until we are done.",
        now=now - timedelta(minutes=35),
    )
    _plan(now, "Sign-in", "New certificates", timedelta(days=5))


def crowd(now: datetime) -> None:
    """Sixty services in twelve groups, five open incidents, texts of every length and direction."""
    begun = now - timedelta(days=120)
    for g in range(12):
        group = ServiceGroup.add(by=BY, slug=f"region-{g}", name=f"Region {g + 1}", position=g, now=begun)
        for s in range(5):
            name = f"Service {g + 1}.{s + 1}" if s else f"A service with quite a long name, number {g + 1}"
            Service.add(
                by=BY, slug=f"s-{g}-{s}", name=name, group=group, position=s, description="What it does.", now=begun
            )
    titles = ("Elevated errors", ARABIC, "Slow answers " * 9, "Uploads-fail-" * 9, "Nothing works in region 5")
    for n, (title, level) in enumerate(zip(titles, (SLOW, PARTIAL, SLOW, PARTIAL, DOWN), strict=True)):
        hit = {Service.objects.get(slug=f"s-{n}-{s}"): level for s in range(1 + n)}
        message = LONG[:4000] if n == 2 else ARABIC if n == 1 else "We are looking into it."
        story = _opened(now - timedelta(minutes=20 + 9 * n), title, level, hit, message)
        _walk(story, now - timedelta(minutes=18), ("identified",))
    _past(now, Trouble(3, 14, 40, DOWN, "s-0-0", "Over again", "It was a cable."))
    Incident.objects.get(title="Over again").write_postmortem(POSTMORTEM, published=True, by=BY)


SCENES = {f.__name__: f for f in (empty, one, down, ok, degraded, outage, maintenance, crowd)}


def _company(now: datetime) -> None:
    begun = now - timedelta(days=400)
    for place, (group_name, services) in enumerate(CATALOGUE.items()):
        group = None
        if group_name:
            slug = group_name.lower()
            group = ServiceGroup.add(by=BY, slug=slug, name=group_name, position=place + 5, now=begun)
        for position, name in enumerate(services):
            Service.add(
                by=BY,
                slug=_slug(name),
                name=name,
                description=ABOUT.get(name, ""),
                group=group,
                position=position,
                now=now - timedelta(days=52) if name == "GraphQL" else begun,
            )
    for trouble in PAST:
        _past(now, trouble)
    Incident.objects.get(title="Payouts are not sent").write_postmortem(POSTMORTEM, published=True, by=BY)


def _past(now: datetime, told: Trouble) -> None:
    begun = (now - timedelta(days=told.days)).replace(hour=told.hour, minute=12)
    levels = {_service(told.service): told.level}
    story = _opened(begun, told.title, told.level, levels, "We are investigating reports of trouble.")
    cause_found = begun + timedelta(minutes=told.minutes / 3)
    story.post_update(by=BY, status=IncidentStatus.IDENTIFIED, message=told.cause, now=cause_found)
    _walk(story, begun + timedelta(minutes=told.minutes * 0.6), ("monitoring",))
    _walk(story, begun + timedelta(minutes=told.minutes), ("resolved",))


def _walk(story: Incident, at: datetime, statuses: tuple[str, ...]) -> None:
    for status in statuses:
        story.post_update(by=BY, status=IncidentStatus(status), now=at, notify=False)


def _opened(
    at: datetime, title: str, level: ServiceStatus, levels: dict[Service, ServiceStatus], message: str
) -> Incident:
    return Incident.open(
        by=BY,
        title=title.strip(),
        severity=OF_LEVEL[level],
        status=IncidentStatus.INVESTIGATING,
        message=message,
        levels=levels,
        notify=False,
        force=True,
        now=at,
    )


def _plan(now: datetime, name: str, title: str, begins_in: timedelta, asked: float = 1) -> MaintenanceWindow:
    start = (now + begins_in).replace(second=0, microsecond=0)
    return MaintenanceWindow.schedule(
        by=BY,
        title=title,
        message="Files can be read all the time; uploads are refused for up to an hour.",
        scheduled_start_at=start,
        scheduled_end_at=start + timedelta(hours=2),
        services=[_service(name)],
        notify=False,
        now=now - timedelta(days=asked),
    )


def _service(name: str) -> Service:
    return Service.objects.get(slug=_slug(name))


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")
