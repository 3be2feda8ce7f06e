"""Post an update: the page of an incident."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.admin.forms.timeline import UpdateForm
from incidents.errors import Busy
from incidents.lifecycle import MOVES, OPEN_INCIDENT, IncidentStatus
from incidents.models import Actor, AuditEntry, Incident, Service
from incidents.severity import ServiceStatus
from tests.admin.filling import Desk, Page

Address = Callable[..., str]
Opens = Callable[..., Incident]


@pytest.mark.parametrize("status", [IncidentStatus.DRAFT, *OPEN_INCIDENT])
def test_only_the_legal_moves_are_offered(
    desk: Desk, incident: Opens, address: Address, status: IncidentStatus
) -> None:
    page = desk.open(address(incident(status=status)))
    assert page.form.choices["status"] == [str(move) for move in MOVES[status]]


def test_nothing_is_offered_after_resolution(desk: Desk, incident: Opens, address: Address, now: Any) -> None:
    over = incident(
        status=IncidentStatus.RESOLVED, started_at=now - timedelta(days=900), resolved_at=now - timedelta(days=899)
    )
    assert "Post an update" not in desk.open(address(over)).words


def test_posting_walks_to_resolved(desk: Desk, incident: Opens, address: Address, api: Service) -> None:
    page = address(incident(status=IncidentStatus.DRAFT, levels={api: None}))
    for status in ("investigating", "identified", "monitoring", "resolved"):
        desk.send(page, status=status, message=f"Now {status}.", confirmed="on")
    broken = Incident.objects.get()
    assert broken.status == "resolved"
    assert not broken.impacts.open().exists()
    told = broken.updates.order_by("version").values_list("message", flat=True)
    assert list(told)[1:] == ["Now investigating.", "Now identified.", "Now monitoring.", "Now resolved."]


def test_the_present_status_stands_ready_as_a_note(desk: Desk, incident: Opens, address: Address) -> None:
    page = address(incident(status=IncidentStatus.IDENTIFIED))
    assert "Still working on the fix (note)" in desk.open(page).words
    desk.send(page)
    assert (
        Incident.objects.get().updates.latest("version").message == "We are continuing to work on a fix for this issue."
    )


def test_a_draft_is_not_published_by_mere_habit(desk: Desk, incident: Opens, address: Address) -> None:
    page = desk.send(address(incident(status=IncidentStatus.DRAFT)))
    assert "status" in page.errors


def test_levels_are_preset_to_what_holds_and_stay_when_untouched(
    desk: Desk, incident: Opens, address: Address, api: Service, login: Service
) -> None:
    broken = incident(levels={api: ServiceStatus.MAJOR_OUTAGE})
    page = desk.open(address(broken))
    assert (page.form.fields["level_api"], page.form.fields["level_login"]) == (["major_outage"], [""])
    impact = broken.impacts.open().get()
    desk.send(address(broken), status="identified")
    assert broken.impacts.open().get() == impact


def test_levels_change_with_an_update(
    desk: Desk, incident: Opens, address: Address, api: Service, login: Service
) -> None:
    broken = incident(levels={api: ServiceStatus.MAJOR_OUTAGE})
    desk.send(address(broken), level_api="", level_login="degraded_performance")
    assert broken.impacts.open().levels() == {login.pk: ServiceStatus.DEGRADED_PERFORMANCE}


def test_it_may_have_been_resolved_earlier(desk: Desk, incident: Opens, address: Address, frozen: Any) -> None:
    broken = incident()
    frozen.shift(timedelta(hours=2))
    desk.send(address(broken), status="resolved", effective_at="2026-11-21T13:00", confirmed="on")
    broken.refresh_from_db()
    assert broken.resolved_at == timezone.now() - timedelta(hours=1)


def test_a_time_that_does_not_fit_is_an_error_of_its_field(
    desk: Desk, incident: Opens, address: Address, frozen: Any
) -> None:
    typed = {"status": "resolved", "effective_at": "2026-11-20T13:00", "message": "Typed", "confirmed": "on"}
    page = desk.send(address(incident()), **typed)
    assert "effective_at" in page.errors
    assert page.form.fields["message"] == ["Typed"]


def test_a_note_may_be_shown_earlier(desk: Desk, incident: Opens, address: Address, api: Service) -> None:
    broken = incident(levels={api: None})
    desk.send(address(broken), message="It began slowly.", display_at="2026-01-01T10:00")
    assert [update.message for update in broken.updates.all()][-1] == "It began slowly."


def test_a_note_shown_earlier_cannot_change_levels(desk: Desk, incident: Opens, address: Address, api: Service) -> None:
    page = desk.send(address(incident()), display_at="2026-01-01T10:00", level_api="major_outage")
    assert "A backdated note cannot change service levels." in page.words


def test_a_busy_row_is_told_and_nothing_is_lost(
    desk: Desk, incident: Opens, address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: Any, **__: Any) -> None:
        raise Busy

    broken = incident()
    monkeypatch.setattr(Incident, "_append", locked)
    page = desk.send(address(broken), status="monitoring", message="Typed")
    assert "Somebody else is changing this right now. Try again." in page.words
    assert page.form.choices["status"][0] == "investigating"
    assert page.form.fields["message"] == ["Typed"]


@pytest.mark.parametrize("forged", ["draft", "investigating", "resolved\x00", "completed", ""])
def test_a_forged_move_is_refused_with_the_text_kept(
    desk: Desk, incident: Opens, address: Address, forged: str
) -> None:
    broken = incident(status=IncidentStatus.MONITORING)
    page = desk.send(address(broken), status=forged, message="Typed")
    assert "Not done yet." in page.words
    assert page.form.fields["message"] == ["Typed"]
    assert Incident.objects.get().version == 1


class TestTheEnd:
    """It is final, so it is asked for a second time, with what it means."""

    def test_it_is_asked_for_once_more_and_nothing_is_lost(self, desk: Desk, incident: Opens, address: Address) -> None:
        broken = incident()
        asked = desk.send(address(broken), status="resolved", message="Typed")
        assert "Is it over for everybody?" in asked.words
        assert asked.form.fields["message"] == ["Typed"]
        assert Incident.objects.get().status == "investigating"
        desk.send(address(broken), asked, confirmed="on")
        assert Incident.objects.get().status == "resolved"
        assert broken.updates.latest("version").message == "Typed"

    @pytest.fixture
    def both(self, incident: Opens, api: Service, login: Service) -> tuple[Incident, Incident]:
        """Open, and hitting one service."""
        slow, down = ServiceStatus.DEGRADED_PERFORMANCE, ServiceStatus.MAJOR_OUTAGE
        return incident(title="Disk", levels={api: slow}), incident(title="Net", levels={api: down, login: down})

    @pytest.mark.parametrize(("first", "level"), [(0, "Major outage"), (1, "Degraded performance")])
    def test_it_says_which_services_stay_impaired_by_what(
        self, desk: Desk, both: tuple[Incident, Incident], address: Address, first: int, level: str
    ) -> None:
        one, other = both[first], both[1 - first]
        asked = desk.send(address(one), status="resolved")
        assert f"API stays at “{level}” because of “{other.title}”" in asked.words
        assert "Login stays" not in asked.words
        desk.send(address(one), asked, confirmed="on")
        last = desk.send(address(other), status="resolved")
        assert "stays at" not in last.words
        assert "All Systems Operational" in last.words

    def test_what_has_to_be_corrected_comes_first(self, desk: Desk, incident: Opens, address: Address) -> None:
        page = desk.send(address(incident()), status="resolved", promise="30", next_update_at="nonsense")
        assert "next_update_at" in page.errors
        assert "Is it over" not in page.words


class TestNoChange:
    def one_tap(self, desk: Desk, broken: Incident, address: Address) -> dict[str, str]:
        """What the button of the start page sends."""
        form = re.search(r'<form[^>]*class="desk-once">.*?</form>', desk.open("/admin/").html, re.DOTALL)
        assert form
        return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))

    def test_one_tap_says_so_and_levels_stay(self, desk: Desk, incident: Opens, address: Address, api: Service) -> None:
        broken = incident(levels={api: ServiceStatus.MAJOR_OUTAGE})
        impact = broken.impacts.get()
        desk.client.post(address(broken), self.one_tap(desk, broken, address))
        assert broken.updates.latest("version").message == "We are continuing to investigate this issue."
        assert broken.impacts.get() == impact

    def test_a_promise_is_made_again(self, desk: Desk, incident: Opens, address: Address, frozen: Any) -> None:
        broken = incident(next_update_at=timezone.now() + timedelta(minutes=33))
        frozen.shift(timedelta(minutes=20))
        desk.client.post(address(broken), self.one_tap(desk, broken, address))
        assert broken.updates.latest("version").next_update_at == timezone.now() + timedelta(minutes=30)

    def test_a_second_tap_posts_nothing(self, desk: Desk, incident: Opens, address: Address) -> None:
        broken = incident()
        tap = self.one_tap(desk, broken, address)
        desk.client.post(address(broken), tap)
        again = desk.client.post(address(broken), tap)
        assert "nothing was" in again.content.decode()
        assert broken.updates.count() == 2

    def test_what_a_short_form_leaves_out_stands_when_it_is_refused(
        self, desk: Desk, incident: Opens, address: Address, api: Service
    ) -> None:
        broken = incident(levels={api: ServiceStatus.MAJOR_OUTAGE})
        refused = Page(desk.client.post(address(broken), {"version": "1", "status": "monitoring", "message": "\x00"}))
        assert refused.form.fields["level_api"] == ["major_outage"]
        desk.send(address(broken), refused, message="Better now.")
        assert broken.impacts.open().levels() == {api.pk: ServiceStatus.MAJOR_OUTAGE}


def test_the_words_of_a_draft_are_those_that_are_published(desk: Desk, incident: Opens, address: Address) -> None:
    draft = incident(status=IncidentStatus.DRAFT, message="Prepared at daylight.")
    assert desk.open(address(draft)).form.fields["message"] == ["Prepared at daylight."]


class TestSomebodyElseWasFaster:
    @pytest.fixture
    def broken(self, incident: Opens, api: Service, login: Service) -> Incident:
        return incident(levels={api: ServiceStatus.MAJOR_OUTAGE})

    @pytest.fixture
    def post_theirs(self, broken: Incident, login: Service) -> Callable[..., None]:
        def post(**more: Any) -> None:
            given = {"status": IncidentStatus.IDENTIFIED, "message": "It is the disk.", **more}
            Incident.objects.get(pk=broken.pk).post_update(by=Actor("colleague", "api"), **given)

        return post

    def test_their_text_is_shown_beside_mine_and_nothing_is_written(
        self, desk: Desk, broken: Incident, address: Address, post_theirs: Callable[..., None]
    ) -> None:
        mine = desk.open(address(broken))
        post_theirs()
        page = desk.send(address(broken), mine, message="It is the network.", status="monitoring")
        assert "New since you opened the page" in page.words
        assert "It is the disk." in page.words
        assert "by colleague" in page.words
        assert page.form.fields["message"] == ["It is the network."]
        assert page.form.fields["status"] == ["monitoring"]
        assert Incident.objects.get().version == 2

    def test_sending_again_is_a_decision_and_works(
        self, desk: Desk, broken: Incident, address: Address, post_theirs: Callable[..., None]
    ) -> None:
        mine = desk.open(address(broken))
        post_theirs()
        page = desk.send(address(broken), mine, message="Mine", status="monitoring")
        desk.send(address(broken), page)
        assert broken.updates.latest("version").message == "Mine"
        assert Incident.objects.get().status == "monitoring"

    def test_a_move_that_became_illegal_is_offered_no_longer(
        self, desk: Desk, broken: Incident, address: Address, post_theirs: Callable[..., None]
    ) -> None:
        mine = desk.open(address(broken))
        post_theirs(status=IncidentStatus.MONITORING)
        page = desk.send(address(broken), mine, message="Mine", status="identified")
        assert page.form.choices["status"] == ["monitoring", "resolved"]
        assert page.form.fields["message"] == ["Mine"]
        assert "status" not in page.form.fields

    def test_levels_that_i_did_not_touch_follow_theirs(
        self, desk: Desk, broken: Incident, address: Address, api: Service, post_theirs: Callable[..., None]
    ) -> None:
        mine = desk.open(address(broken))
        post_theirs(levels={api: ServiceStatus.DEGRADED_PERFORMANCE})
        page = desk.send(address(broken), mine, message="Mine")
        assert page.form.fields["level_api"] == ["degraded_performance"]

    def test_levels_that_i_touched_stay_with_theirs_beside(
        self, desk: Desk, broken: Incident, address: Address, api: Service, post_theirs: Callable[..., None]
    ) -> None:
        mine = desk.open(address(broken))
        post_theirs(levels={api: ServiceStatus.DEGRADED_PERFORMANCE})
        page = desk.send(address(broken), mine, level_api="partial_outage")
        assert page.form.fields["level_api"] == ["partial_outage"]
        assert "It now says: Degraded performance" in page.words

    def test_it_holds_when_they_come_between_check_and_write(
        self,
        desk: Desk,
        broken: Incident,
        address: Address,
        post_theirs: Callable[..., None],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        given = UpdateForm.given

        def late(form: UpdateForm) -> dict[str, Any]:
            arguments = given(form)
            post_theirs()
            return arguments

        monkeypatch.setattr(UpdateForm, "given", late)
        page = desk.send(address(broken), message="Mine", status="monitoring")
        assert "It is the disk." in page.words
        assert page.form.fields["message"] == ["Mine"]
        assert page.form.fields["version"] == ["2"]
        assert Incident.objects.get().version == 2

    def test_a_double_click_posts_once(self, desk: Desk, broken: Incident, address: Address) -> None:
        mine = desk.open(address(broken))
        desk.send(address(broken), mine, message="Once", status="identified")
        second = desk.send(address(broken), mine, message="Once", status="identified")
        assert "nothing was saved or sent" in second.words
        assert broken.updates.filter(message="Once").count() == 1

    def test_a_form_without_version_is_outdated(self, desk: Desk, broken: Incident, address: Address) -> None:
        desk.send(address(broken), version=None, message="Blind")
        assert Incident.objects.get().version == 1

    def test_what_they_deleted_is_not_found(self, desk: Desk, broken: Incident, address: Address, ops: Actor) -> None:
        mine = desk.open(address(broken))
        Incident.objects.get().remove(by=ops)
        assert desk.send(address(broken), mine).response.status_code == 404


def test_who_posted_from_where_is_recorded(desk: Desk, incident: Opens, address: Address) -> None:
    desk.send(address(incident()), status="identified")
    entry = AuditEntry.objects.get(action="update_posted")
    assert (entry.actor, entry.via, entry.address) == ("night", "admin", "127.0.0.1")


def test_markdown_is_shown_sanitised(desk: Desk, incident: Opens, address: Address) -> None:
    page = desk.open(address(incident(message="**Bold** <script>alert(1)</script>")))
    assert "<strong>Bold</strong>" in page.html
    assert "<script>alert" not in page.html
