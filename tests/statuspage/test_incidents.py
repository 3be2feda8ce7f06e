"""Incidents, and what their updates say about components."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident, Service, ServiceGroup
from incidents.severity import ServiceStatus, Severity
from incidents.statuspage.ids import page_id
from tests.statuspage.served import Payload, fetch

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
S = IncidentStatus
MAJOR, PARTIAL, DEGRADED = "major_outage", "partial_outage", "degraded_performance"
type Opener = Callable[..., Incident]


def served(opened: Incident) -> Payload:
    found: Payload = fetch(f"incidents/{opened.pk}")["incident"]
    return found


def hits(opened: Incident) -> list[list[tuple[str, str, str]] | None]:
    """Per update, oldest first: name, old and new status."""
    return [
        None if told is None else [(hit["name"], hit["old_status"], hit["new_status"]) for hit in told]
        for told in (update["affected_components"] for update in reversed(served(opened)["incident_updates"]))
    ]


def test_an_incident_has_its_keys_in_the_order_of_the_format(incident: Opener, now: datetime) -> None:
    opened = incident(title="Slow", severity=Severity.MAJOR, started_at=now - HOUR, notify=False)
    [update] = opened.updates.all()
    told = served(opened)
    assert list(told.items()) == [
        ("id", opened.pk),
        ("name", "Slow"),
        ("status", "investigating"),
        ("created_at", "2026-11-21T12:00:00.000Z"),
        ("updated_at", "2026-11-21T12:00:00.000Z"),
        ("monitoring_at", None),
        ("resolved_at", None),
        ("impact", "major"),
        ("shortlink", f"http://127.0.0.1:8000/incidents/{opened.pk}/"),
        ("started_at", "2026-11-21T11:00:00.000Z"),
        ("page_id", page_id()),
        ("incident_updates", told["incident_updates"]),
        ("components", []),
        ("reminder_intervals", None),
    ]
    assert list(told["incident_updates"][0].items()) == [
        ("id", update.pk),
        ("status", "investigating"),
        ("body", "We are currently investigating this issue."),
        ("incident_id", opened.pk),
        ("created_at", "2026-11-21T12:00:00.000Z"),
        ("updated_at", "2026-11-21T12:00:00.000Z"),
        ("display_at", "2026-11-21T12:00:00.000Z"),
        ("affected_components", None),
        ("deliver_notifications", False),
        ("custom_tweet", None),
        ("tweet_id", None),
    ]


def test_updates_tell_old_and_new_levels(
    incident: Opener, api: Service, login: Service, ops: Actor, now: datetime
) -> None:
    opened = incident(levels={api: ServiceStatus(PARTIAL)}, now=now - 5 * HOUR)
    both = {api: ServiceStatus(MAJOR), login: ServiceStatus(DEGRADED)}
    opened.post_update(by=ops, status=S.IDENTIFIED, levels=both, now=now - 4 * HOUR)
    opened.post_update(by=ops, status=S.IDENTIFIED, now=now - 3 * HOUR)
    opened.post_update(by=ops, status=S.MONITORING, levels={api: None}, now=now - 2 * HOUR)
    opened.post_update(by=ops, status=S.RESOLVED, now=now - HOUR)
    assert hits(opened) == [
        [("API", "operational", PARTIAL)],
        [("API", PARTIAL, MAJOR), ("Login", "operational", DEGRADED)],
        [("API", MAJOR, MAJOR), ("Login", DEGRADED, DEGRADED)],
        [("API", MAJOR, MAJOR), ("Login", DEGRADED, "operational")],
        [("API", MAJOR, "operational"), ("Login", "operational", "operational")],
    ]


def test_a_resolution_dated_back_ends_what_was_hit(incident: Opener, api: Service, ops: Actor, now: datetime) -> None:
    opened = incident(levels={api: None}, now=now - 5 * HOUR)
    opened.post_update(by=ops, status=S.RESOLVED, effective_at=now - 3 * HOUR, now=now)
    assert served(opened)["resolved_at"] == "2026-11-21T09:00:00.000Z"
    assert hits(opened) == [[("API", "operational", DEGRADED)], [("API", DEGRADED, "operational")]]


def test_history_that_is_recorded_in_one_word_tells_what_was_hit(incident: Opener, api: Service, now: datetime) -> None:
    opened = incident(status=S.RESOLVED, started_at=now - 2 * HOUR, resolved_at=now - HOUR, levels={api: None})
    assert hits(opened) == [[("API", DEGRADED, "operational")]]


def test_a_note_that_completes_history_says_how_it_was_then(
    incident: Opener, api: Service, ops: Actor, now: datetime
) -> None:
    opened = incident(levels={api: ServiceStatus(MAJOR)}, now=now - 5 * HOUR)
    opened.post_update(by=ops, status=S.INVESTIGATING, levels={api: ServiceStatus(PARTIAL)}, now=now - 3 * HOUR)
    opened.post_update(by=ops, status=S.INVESTIGATING, display_at=now - 4 * HOUR, now=now)
    assert hits(opened) == [
        [("API", "operational", MAJOR)],
        [("API", MAJOR, MAJOR)],
        [("API", MAJOR, PARTIAL)],
    ]


def test_another_incident_does_not_speak_in_this_one(incident: Opener, api: Service, now: datetime) -> None:
    incident(levels={api: ServiceStatus(MAJOR)}, now=now - HOUR)
    opened = incident(levels={api: ServiceStatus(DEGRADED)})
    assert hits(opened) == [[("API", "operational", DEGRADED)]]
    assert served(opened)["components"][0]["status"] == MAJOR


def test_a_grouped_component_is_named_with_its_group(
    incident: Opener, service: Callable[..., Service], ops: Actor
) -> None:
    europe = ServiceGroup.add(by=ops, slug="eu", name="Europe")
    assert hits(incident(levels={service("api", group=europe): None})) == [[("Europe - Api", "operational", DEGRADED)]]


def test_components_are_all_that_were_ever_hit_as_they_are_now(
    incident: Opener, api: Service, login: Service, ops: Actor, now: datetime
) -> None:
    opened = incident(levels={api: None}, now=now - 2 * HOUR)
    opened.post_update(by=ops, status=S.IDENTIFIED, levels={login: None}, now=now - HOUR)
    catalogue = fetch("components")["components"]
    assert [row["status"] for row in catalogue] == ["operational", DEGRADED]
    assert served(opened)["components"] == catalogue


def test_monitoring_began_with_its_first_update(incident: Opener, ops: Actor, now: datetime) -> None:
    opened = incident(now=now - 3 * HOUR)
    for n in (2, 1):
        opened.post_update(by=ops, status=S.MONITORING, now=now - n * HOUR)
    assert served(opened)["monitoring_at"] == "2026-11-21T10:00:00.000Z"


def test_the_impact_does_not_fall_when_it_is_over(incident: Opener, ops: Actor) -> None:
    opened = incident(severity=Severity.CRITICAL)
    opened.post_update(by=ops, status=S.RESOLVED)
    assert served(opened)["impact"] == "critical"


def test_a_corrected_update_says_when(incident: Opener, ops: Actor, now: datetime) -> None:
    opened = incident(now=now - HOUR)
    opened.updates.get().correct("Better words.", by=ops, now=now)
    [update] = served(opened)["incident_updates"]
    assert (update["body"], update["created_at"], update["updated_at"]) == (
        "Better words.",
        "2026-11-21T11:00:00.000Z",
        "2026-11-21T12:00:00.000Z",
    )


@pytest.mark.parametrize(
    ("message", "body"),
    [
        ("One\nTwo\n\nThree", "One<br />Two<br /><br />Three"),
        ("**Bold** and `code`", "Bold and code"),
        ("- a\n- b\n\nc", "a<br />b<br /><br />c"),
        ('1 < 2 & 3 > 2, "it\'s"', '1 &lt; 2 &amp; 3 &gt; 2, "it\'s"'),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("[Help](https://example.com/?a=1&b=2)", "Help (https://example.com/?a=1&amp;b=2)"),
    ],
)
def test_a_body_is_text_with_line_breaks(incident: Opener, message: str, body: str) -> None:
    assert served(incident(message=message))["incident_updates"][0]["body"] == body


def test_a_postmortem_shows_as_an_update_once_it_is_published(incident: Opener, ops: Actor, now: datetime) -> None:
    opened = incident(status=S.RESOLVED, started_at=now - 3 * HOUR, resolved_at=now - 2 * HOUR, now=now - HOUR)
    opened.write_postmortem("A draft.", published=False, by=ops, now=now - MINUTE)
    unpublished = served(opened)
    assert (unpublished["status"], unpublished["updated_at"]) == ("resolved", "2026-11-21T11:00:00.000Z")
    opened.write_postmortem("Why.\n\nHow.", published=True, by=ops, now=now)
    told = served(opened)
    assert (told["status"], told["updated_at"]) == ("postmortem", "2026-11-21T12:00:00.000Z")
    newest, first = told["incident_updates"]
    assert (newest["status"], newest["body"]) == ("postmortem", "Why.<br /><br />How.")
    assert (newest["display_at"], first["status"]) == ("2026-11-21T12:00:00.000Z", "resolved")


def test_the_fifty_newest_are_listed_newest_first(incident: Opener, now: datetime) -> None:
    for n in range(52):
        incident(title=f"No. {n}", started_at=now - n * HOUR)
    listed = [one["name"] for one in fetch("incidents")["incidents"]]
    assert listed == [f"No. {n}" for n in range(50)]
    assert len(fetch("incidents/unresolved")["incidents"]) == 52


def test_only_unresolved_ones_are_in_the_summary(incident: Opener, ops: Actor) -> None:
    incident(title="Over").post_update(by=ops, status=S.RESOLVED)
    incident(title="Open")
    assert [one["name"] for one in fetch("summary")["incidents"]] == ["Open"]


def test_the_page_was_updated_by_the_last_public_change(incident: Opener, now: datetime, settings: Any) -> None:
    never = fetch("status")["page"]
    assert never == {
        "id": page_id(),
        "name": "Status",
        "url": "http://127.0.0.1:8000",
        "time_zone": "UTC",
        "updated_at": "2000-01-01T00:00:00.000Z",
    }
    incident(now=datetime(2026, 11, 21, 11, 22, 33, 444_000, tzinfo=UTC))
    incident(status=S.DRAFT)
    settings.PAGE_TIME_ZONE = "Asia/Kolkata"
    assert fetch("status")["page"]["updated_at"] == "2026-11-21T16:52:33.444+05:30"
