from collections.abc import Callable

from incidents.models import Actor, AuditEntry, Incident, Service
from tests.admin.filling import Desk


def test_a_duplicate_is_merged_into_the_other(
    desk: Desk, incident: Callable[..., Incident], api: Service, address: Callable[..., str]
) -> None:
    old, new = incident(title="Told twice", levels={api: None}), incident(title="Told on")
    page = desk.send(address(old, "merge/"), other=new.pk, message="The same cause.")
    assert page.response.redirect_chain[-1][0] == address(new)
    assert new.impacts.open().levels() == {api.pk: "degraded_performance"}
    assert AuditEntry.objects.get(action="merged").via == "admin"
    assert "Merged into Told on" in desk.open(address(old)).words


def test_only_other_open_incidents_are_offered(
    desk: Desk, incident: Callable[..., Incident], address: Callable[..., str]
) -> None:
    old, new = incident(title="Told twice"), incident(title="Told on")
    assert desk.open(address(old, "merge/")).form.choices["other"] == [new.pk]


def test_a_page_that_somebody_has_changed_since_is_shown_again(
    desk: Desk, incident: Callable[..., Incident], address: Callable[..., str], ops: Actor
) -> None:
    old, new = incident(title="Told twice"), incident(title="Told on")
    mine = desk.open(address(old, "merge/"))
    old.edit(by=ops, title="It is another thing")
    page = desk.send(address(old, "merge/"), mine, other=new.pk)
    assert "nothing was saved" in page.words
    old.refresh_from_db()
    assert old.merged_into is None
