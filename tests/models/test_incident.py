from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from incidents.errors import AlreadyOpen, Conflict, Invalid, InvalidTransition, NotFound, StaleVersion
from incidents.lifecycle import MOVES, IncidentStatus
from incidents.models import Actor, AuditEntry, Event, Impact, Incident, Revision, Service
from incidents.severity import ServiceStatus, Severity

DRAFT, INVESTIGATING, IDENTIFIED, MONITORING, RESOLVED = IncidentStatus
type Opener = Callable[..., Incident]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def violations(caught: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {error.field: error.code for error in caught.value.errors}


def walk(incident: Incident) -> list[str]:
    return list(incident.updates.order_by("version").values_list("status", flat=True))


# Opening


def test_opening_starts_the_timeline_with_the_sentence_of_the_status(incident: Opener, ops: Actor) -> None:
    update = incident(status=INVESTIGATING).updates.get()
    assert (update.version, update.status, update.author) == (1, "investigating", ops.name)
    assert update.message == "We are currently investigating this issue."


def test_the_severity_gives_the_level_of_services_named_without_one(incident: Opener, api: Service) -> None:
    opened = incident(severity=Severity.CRITICAL, levels={api: None})
    assert opened.impacts.open().levels() == {api.pk: ServiceStatus.MAJOR_OUTAGE}


def test_a_backdated_incident_hits_its_services_since_then(incident: Opener, api: Service, now: datetime) -> None:
    opened = incident(started_at=now - timedelta(hours=2), levels={api: None})
    assert opened.impacts.get().started_at == now - timedelta(hours=2)


def test_history_is_recorded_with_both_its_ends(incident: Opener, api: Service, now: datetime) -> None:
    start, end = now - timedelta(hours=2), now - timedelta(hours=1)
    opened = incident(status=RESOLVED, started_at=start, resolved_at=end, levels={api: None})
    impact = opened.impacts.get()
    assert (opened.resolved_at, impact.started_at, impact.ended_at) == (end, start, end)


def test_history_recorded_tells_nobody(incident: Opener, now: datetime) -> None:
    incident(status=RESOLVED, started_at=now - timedelta(hours=2), resolved_at=now)
    assert not Event.objects.filter(notify=True).exists()


def test_a_resolved_incident_needs_both_its_ends(incident: Opener) -> None:
    with pytest.raises(Invalid) as caught:
        incident(status=RESOLVED)
    assert violations(caught) == {"resolved_at": "required", "started_at": "required"}


def test_only_a_resolved_incident_has_an_end(incident: Opener, now: datetime) -> None:
    with pytest.raises(Invalid) as caught:
        incident(resolved_at=now)
    assert violations(caught) == {"resolved_at": "not_resolved"}


def test_every_broken_rule_is_named_and_nothing_is_written(incident: Opener, now: datetime) -> None:
    with pytest.raises(Invalid) as caught:
        incident(title=" ", description="\x00", started_at=now + timedelta(hours=1))
    assert violations(caught) == {"title": "blank", "description": "invalid_characters", "started_at": "in_future"}
    assert not Incident.objects.exists()
    assert not Event.objects.exists()


def test_a_second_incident_on_the_same_service_is_refused_and_names_the_first(
    incident: Opener, ops: Actor, api: Service
) -> None:
    first = incident(levels={api: None})
    with pytest.raises(AlreadyOpen, match=first.pk):
        Incident.open(by=ops, title="Again", severity=Severity.MINOR, status=INVESTIGATING, levels={api: None})


def test_a_second_incident_is_fine_on_another_service_or_when_the_first_is_over(
    incident: Opener, ops: Actor, api: Service, login: Service
) -> None:
    first = incident(levels={api: None})
    Incident.open(by=ops, title="Other", severity=Severity.MINOR, status=INVESTIGATING, levels={login: None})
    first.post_update(by=ops, status=RESOLVED)
    Incident.open(by=ops, title="Again", severity=Severity.MINOR, status=INVESTIGATING, levels={api: None})


def test_trouble_that_comes_back_continues_a_resolved_incident_only(incident: Opener, ops: Actor) -> None:
    first = incident()
    with pytest.raises(Invalid) as caught:
        incident(continues=first)
    assert violations(caught) == {"continues": "still_open"}
    first.post_update(by=ops, status=RESOLVED)
    assert incident(continues=first).continues == first


# Drafts


def test_the_clock_of_a_draft_starts_when_it_is_published(
    incident: Opener, ops: Actor, api: Service, now: datetime
) -> None:
    draft = incident(status=DRAFT, levels={api: None}, now=now - timedelta(hours=5))
    assert draft.started_at is None
    draft.post_update(by=ops, status=INVESTIGATING)
    assert draft.started_at == draft.impacts.get().started_at == now


def test_a_draft_keeps_the_start_that_it_was_given(incident: Opener, ops: Actor, api: Service, now: datetime) -> None:
    start = now - timedelta(hours=3)
    draft = incident(status=DRAFT, started_at=start, levels={api: None})
    draft.post_update(by=ops, status=IDENTIFIED)
    assert draft.started_at == draft.impacts.get().started_at == start


def test_a_draft_hits_no_service_and_tells_nobody_until_it_is_published(
    incident: Opener, ops: Actor, api: Service
) -> None:
    draft = incident(status=DRAFT, levels={api: None})
    assert Impact.objects.public().levels() == {}
    assert not Event.objects.filter(subject_id=draft.pk, public=True).exists()
    draft.post_update(by=ops, status=INVESTIGATING)
    assert Impact.objects.public().levels() == {api.pk: ServiceStatus.DEGRADED_PERFORMANCE}
    assert Event.objects.filter(subject_id=draft.pk, public=True, notify=True).count() == 1


def test_what_a_draft_will_hit_may_change_until_it_is_published(
    incident: Opener, ops: Actor, api: Service, login: Service
) -> None:
    draft = incident(status=DRAFT, levels={api: None})
    assert draft.edit(by=ops, levels={login: None})
    assert not draft.edit(by=ops, levels={login: None})
    draft.post_update(by=ops, status=INVESTIGATING)
    assert Impact.objects.public().levels() == {login.pk: ServiceStatus.DEGRADED_PERFORMANCE}
    with pytest.raises(Invalid) as caught:
        draft.edit(by=ops, levels={api: None})
    assert violations(caught) == {"affected_services": "not_a_draft"}


def test_levels_left_to_the_severity_follow_it_while_it_is_a_draft(
    incident: Opener, ops: Actor, api: Service, login: Service
) -> None:
    draft = incident(status=DRAFT, levels={api: None, login: ServiceStatus.PARTIAL_OUTAGE})
    draft.edit(by=ops, severity=Severity.CRITICAL)
    draft.post_update(by=ops, status=INVESTIGATING)
    assert Impact.objects.public().levels() == {
        api.pk: ServiceStatus.MAJOR_OUTAGE,
        login.pk: ServiceStatus.PARTIAL_OUTAGE,
    }


# Updates


@pytest.mark.parametrize("start", [DRAFT, INVESTIGATING, IDENTIFIED, MONITORING])
@pytest.mark.parametrize("to", list(IncidentStatus))
def test_an_update_makes_a_legal_move_or_none(
    incident: Opener, ops: Actor, start: IncidentStatus, to: IncidentStatus
) -> None:
    opened = incident(status=start)
    if to in MOVES[start]:
        opened.post_update(by=ops, status=to)
        assert (opened.status, walk(opened), opened.version) == (to, [start, to], 2)
    else:
        with pytest.raises(InvalidTransition):
            opened.post_update(by=ops, status=to)
        opened.refresh_from_db()
        assert (opened.status, walk(opened), opened.version) == (start, [start], 1)


def test_resolving_ends_the_incident_and_all_its_impacts(
    incident: Opener, ops: Actor, api: Service, login: Service, now: datetime
) -> None:
    opened = incident(levels={api: None, login: None}, started_at=now - timedelta(hours=1))
    opened.post_update(by=ops, status=RESOLVED)
    assert opened.resolved_at == now
    assert {impact.ended_at for impact in opened.impacts.all()} == {now}


def test_a_service_recovers_when_the_last_of_its_incidents_does(incident: Opener, ops: Actor, api: Service) -> None:
    one, other = incident(levels={api: None}), incident(levels={api: None}, severity=Severity.MAJOR)
    other.post_update(by=ops, status=RESOLVED)
    assert Impact.objects.open().levels() == {api.pk: ServiceStatus.DEGRADED_PERFORMANCE}
    one.post_update(by=ops, status=RESOLVED)
    assert Impact.objects.open().levels() == {}


def test_a_new_level_closes_the_old_impact_and_opens_another(
    incident: Opener, ops: Actor, api: Service, now: datetime
) -> None:
    opened = incident(levels={api: None}, started_at=now - timedelta(hours=1))
    opened.post_update(by=ops, status=INVESTIGATING, levels={api: ServiceStatus.MAJOR_OUTAGE})
    stretches = [(i.level, i.started_at, i.ended_at) for i in opened.impacts.all()]
    assert stretches == [
        ("degraded_performance", now - timedelta(hours=1), now),
        ("major_outage", now, None),
    ]


def test_levels_given_are_the_whole_picture(incident: Opener, ops: Actor, api: Service, login: Service) -> None:
    opened = incident(levels={api: ServiceStatus.MAJOR_OUTAGE})
    opened.post_update(by=ops, status=INVESTIGATING, levels={api: None, login: None})
    assert opened.impacts.open().levels() == {
        api.pk: ServiceStatus.MAJOR_OUTAGE,  # named without a level: as before
        login.pk: ServiceStatus.DEGRADED_PERFORMANCE,
    }
    opened.post_update(by=ops, status=INVESTIGATING, levels={login: None})
    assert opened.impacts.open().levels() == {login.pk: ServiceStatus.DEGRADED_PERFORMANCE}
    opened.post_update(by=ops, status=INVESTIGATING, levels={login: ServiceStatus.OPERATIONAL})
    assert opened.impacts.open().levels() == {}


def test_a_note_may_complete_history(incident: Opener, ops: Actor, now: datetime) -> None:
    opened = incident(started_at=now - timedelta(hours=3))
    note = opened.post_update(by=ops, status=INVESTIGATING, message="Seen first.", display_at=now - timedelta(hours=2))
    assert note.display_at == now - timedelta(hours=2)
    assert opened.updates.first() != note


def test_only_a_note_without_levels_may_be_backdated(incident: Opener, ops: Actor, api: Service, now: datetime) -> None:
    opened = incident()
    earlier = now - timedelta(hours=1)
    with pytest.raises(Invalid) as caught:
        opened.post_update(by=ops, status=RESOLVED, display_at=earlier, levels={api: None})
    assert violations(caught) == {"display_at": "only_for_notes", "affected_services": "not_with_display_at"}


def test_a_resolution_may_be_dated_between_the_last_update_and_now(
    incident: Opener, ops: Actor, api: Service, now: datetime
) -> None:
    opened = incident(now=now - timedelta(hours=3), levels={api: None})
    for wrong in (now - timedelta(hours=4), now + timedelta(hours=1)):
        with pytest.raises(Invalid) as caught:
            opened.post_update(by=ops, status=RESOLVED, effective_at=wrong)
        assert violations(caught) == {"resolved_at": "out_of_order"}
    opened.post_update(by=ops, status=RESOLVED, effective_at=now - timedelta(hours=1))
    assert opened.resolved_at == opened.impacts.get().ended_at == now - timedelta(hours=1)


def test_only_a_resolution_may_be_dated(incident: Opener, ops: Actor, now: datetime) -> None:
    opened = incident()
    with pytest.raises(Invalid) as caught:
        opened.post_update(by=ops, status=MONITORING, effective_at=now)
    assert violations(caught) == {"resolved_at": "wrong_status"}


def test_a_clock_that_jumps_back_does_not_reorder_the_timeline(incident: Opener, ops: Actor, now: datetime) -> None:
    opened = incident()
    update = opened.post_update(by=ops, status=IDENTIFIED, now=now - timedelta(hours=1))
    assert update.created_at == now


def test_a_resolved_incident_promises_nothing(incident: Opener, ops: Actor, now: datetime) -> None:
    with pytest.raises(Invalid) as caught:
        incident().post_update(by=ops, status=RESOLVED, next_update_at=now + timedelta(hours=1))
    assert violations(caught) == {"next_update_at": "final"}


def test_a_change_from_an_outdated_view_is_refused(incident: Opener, ops: Actor) -> None:
    opened = incident()
    opened.post_update(by=ops, status=IDENTIFIED, version=1)
    with pytest.raises(StaleVersion) as caught:
        opened.post_update(by=ops, status=MONITORING, version=1)
    assert caught.value.args_for_wording == {"expected": 1, "current": 2}
    assert walk(opened) == [INVESTIGATING, IDENTIFIED]


def test_an_instance_read_long_ago_cannot_reopen_what_is_resolved(incident: Opener, ops: Actor) -> None:
    opened = incident()
    stale = Incident.objects.get(pk=opened.pk)
    opened.post_update(by=ops, status=RESOLVED)
    stale.edit(by=ops, title="Fixed title")
    assert Incident.objects.get(pk=opened.pk).status == RESOLVED
    with pytest.raises(InvalidTransition):
        stale.post_update(by=ops, status=MONITORING)


def test_what_was_deleted_is_not_found(incident: Opener, ops: Actor) -> None:
    opened = incident()
    Incident.objects.get(pk=opened.pk).remove(by=ops)
    with pytest.raises(NotFound):
        opened.post_update(by=ops, status=RESOLVED)


# Wording, details, postmortem


def test_a_corrected_wording_keeps_the_old_text_in_the_audit_trail_and_tells_nobody(
    incident: Opener, ops: Actor, now: datetime
) -> None:
    opened = incident(message="Tpyo")
    update = opened.updates.get()
    update.correct("Typo", by=ops)
    assert (update.message, update.edited_at) == ("Typo", now)
    assert AuditEntry.objects.get(action="update_corrected").before["message"] == "Tpyo"
    assert not Event.objects.get(type="incident.update_corrected").notify
    opened.refresh_from_db()
    assert opened.version == 2


def test_the_wording_of_a_resolved_incident_may_be_corrected_but_not_its_severity(incident: Opener, ops: Actor) -> None:
    opened = incident()
    opened.post_update(by=ops, status=RESOLVED, message="Done")
    opened.edit(by=ops, title="Better title", description="More")
    opened.updates.latest("version").correct("All done", by=ops)
    with pytest.raises(Invalid) as caught:
        opened.edit(by=ops, severity=Severity.CRITICAL)
    assert violations(caught) == {"severity": "resolved"}


def test_an_edit_without_a_difference_writes_nothing(incident: Opener, ops: Actor) -> None:
    opened = incident(title="Same")
    events = Event.objects.count()
    assert not opened.edit(by=ops, title="Same ")
    assert (opened.version, Event.objects.count()) == (1, events)


def test_a_postmortem_is_published_only_after_resolution(incident: Opener, ops: Actor, now: datetime) -> None:
    opened = incident()
    opened.write_postmortem("Draft text", published=False, by=ops)
    with pytest.raises(Conflict, match="once the incident is resolved"):
        opened.write_postmortem("Why", published=True, by=ops)
    opened.post_update(by=ops, status=RESOLVED)
    opened.write_postmortem("Why", published=True, by=ops)
    assert opened.postmortem_published_at == now
    opened.write_postmortem("Why", published=False, by=ops)
    assert opened.postmortem_published_at is None


def test_an_empty_postmortem_is_not_published(incident: Opener, ops: Actor) -> None:
    opened = incident()
    opened.post_update(by=ops, status=RESOLVED)
    with pytest.raises(Invalid) as caught:
        opened.write_postmortem(" ", published=True, by=ops)
    assert violations(caught) == {"body": "blank"}


# What every change leaves behind


def test_every_change_leaves_one_event_one_audit_entry_and_a_new_revision(
    incident: Opener, ops: Actor, api: Service
) -> None:
    opened = incident(levels={api: None})
    opened.post_update(by=ops, status=IDENTIFIED)
    opened.edit(by=ops, title="Other")
    opened.remove(by=ops)
    told = ["service.created", "incident.opened", "incident.update_posted", "incident.edited", "incident.deleted"]
    assert list(Event.objects.values_list("type", flat=True)) == told
    assert list(Event.objects.values_list("id", flat=True)) == [1, 2, 3, 4, 5]
    assert [entry.action for entry in AuditEntry.objects.order_by("id")] == [t.split(".")[1] for t in told]
    assert Revision.current().number == 5


def test_turning_private_is_a_public_change_and_later_ones_are_not(incident: Opener, ops: Actor) -> None:
    opened = incident()
    opened.edit(by=ops, is_public=False)
    opened.post_update(by=ops, status=IDENTIFIED)
    assert list(Event.objects.values_list("public", "notify")) == [(True, True), (True, False), (False, False)]


def test_a_postmortem_in_the_making_is_no_public_change(incident: Opener, ops: Actor, now: datetime) -> None:
    opened = incident()
    opened.write_postmortem("Draft", published=False, by=ops, now=now + timedelta(hours=1))
    assert (opened.updated_at, opened.version) == (now, 2)
    assert not Event.objects.latest("id").public


def test_deleting_takes_updates_and_impacts_along(incident: Opener, ops: Actor, api: Service) -> None:
    incident(levels={api: None}).remove(by=ops)
    assert not Impact.objects.exists()
    assert AuditEntry.objects.get(action="deleted").before["title"] == "Broken"
