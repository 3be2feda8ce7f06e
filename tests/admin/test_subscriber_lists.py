"""Whole lists of subscribers: how each is doing, taken out as CSV, brought in from it."""

import csv
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from incidents import roles
from incidents.admin.tables import MOST_ROWS
from incidents.models import Actor, AuditEntry, Channel, Delivery, Service, Subscription
from incidents.models.endpoint import Disabled
from incidents.models.tokens import Purpose
from tests.admin.filling import Desk, Page
from tests.resolving import Names, temporary

LIST = "/admin/incidents/subscription/"
IMPORT, EXPORT = f"{LIST}import/", f"{LIST}export/"
ANN = "ann@example.com"
URL = "https://1.1.1.1/hook?key=s3cret"
SLACK = "https://hooks.slack.com/services/T0/B0/s3cret"


@pytest.fixture
def hook(db: None) -> Callable[..., Subscription]:
    def add(channel: Channel = Channel.WEBHOOK, url: str = URL) -> Subscription:
        Subscription.subscribe(ANN, channel=channel, endpoint=url)
        return Subscription.verify(Subscription.objects.get(channel=channel).token(Purpose.CONFIRM))

    return add


def shown(desk: Desk, query: str) -> list[str]:
    page = desk.open(LIST + query).html
    return [name for name in ("well", "failing", "bouncing", "waits") if f"{name}@example.com" in page]


def test_the_list_is_filtered_by_channel_and_health(
    desk: Desk, subscription: Callable[..., Subscription], hook: Callable[..., Subscription]
) -> None:
    for name in ("well", "failing", "bouncing"):
        subscription(f"{name}@example.com")
    subscription("waits@example.com", verified=False, digest_frequency="daily")
    rows = Subscription.objects
    rows.of_address("failing@example.com").update(failing_since=rows.latest("created_at").created_at)
    rows.get(address="bouncing@example.com").disable(Disabled.BOUNCING)
    hook()

    assert shown(desk, "?channel__exact=email") == ["well", "failing", "bouncing", "waits"]
    assert shown(desk, "?channel__exact=webhook") == []
    assert shown(desk, "?health=well&verified=yes") == ["well"]
    assert shown(desk, "?health=failing") == ["failing"]
    assert shown(desk, "?health=bouncing") == shown(desk, "?health=disabled") == ["bouncing"]
    assert shown(desk, "?digest_frequency__exact=daily") == ["waits"]
    assert shown(desk, "?health=nonsense") == ["well", "failing", "bouncing", "waits"]
    assert "1.1.1.1" in desk.open(f"{LIST}?q=1.1.1.1").html


def test_nothing_at_the_desk_tells_an_endpoint_or_a_secret(desk: Desk, hook: Callable[..., Subscription]) -> None:
    for row in (hook(), hook(Channel.SLACK, SLACK)):
        for path in (LIST, f"{LIST}{row.pk}/change/", f"{LIST}{row.pk}/delete/"):
            page = desk.open(path).html
            assert "s3cret" not in page
            assert "sealed" not in page
            assert not row.fresh_secret or row.fresh_secret not in page
    assert "s3cret" not in exported(desk.client.post(EXPORT))


def test_some_are_disabled_and_enabled(desk: Desk, hook: Callable[..., Subscription]) -> None:
    row = hook()
    for action, is_off in (("disable", True), ("enable", False)):
        desk.client.post(LIST, {"action": action, "_selected_action": [row.pk]})
        row.refresh_from_db()
        assert (row.disabled_at is not None) is is_off
    trail = AuditEntry.objects.filter(subject_id=row.pk).values_list("action", "actor", "via")
    assert list(trail) == [("enabled", "night", "admin"), ("disabled", "night", "admin")]


@pytest.fixture
def officer(client: Client, staff: Callable[..., User]) -> Client:
    client.force_login(staff("officer", roles.DATA_PROTECTION_OFFICER))
    return client


def test_the_officer_takes_a_list_out_but_changes_nobody(
    officer: Client, subscription: Callable[..., Subscription]
) -> None:
    row = subscription()
    assert officer.post(EXPORT).status_code == 200
    assert officer.get(IMPORT).status_code == officer.post(IMPORT, {"table": ANN}).status_code == 403
    officer.post(LIST, {"action": "disable", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert row.disabled_at is None
    assert IMPORT not in officer.get(LIST).content.decode()


@pytest.mark.parametrize("path", [IMPORT, EXPORT])
def test_other_staff_are_refused(client: Client, staff: Callable[..., User], path: str) -> None:
    client.force_login(staff("clerk"))
    assert client.post(path, {"table": ANN}).status_code == 403


# Taking out


def exported(response: Any) -> str:
    return b"".join(response.streaming_content).decode()


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


def test_an_export_has_what_the_list_shows_and_is_in_the_audit_trail(
    desk: Desk, subscription: Callable[..., Subscription], api: Service
) -> None:
    subscription(ANN, categories=["api"], digest_frequency="weekly")
    subscription("waits@example.com", verified=False)

    whole, confirmed = (table(exported(desk.client.post(EXPORT + query))) for query in ("", "?verified=yes"))

    assert len(whole) == 2
    (row,) = confirmed
    assert (row["email"], row["confirmed"], row["categories"], row["digest_frequency"]) == (
        ANN,
        "True",
        "api",
        "weekly",
    )
    trail = AuditEntry.objects.filter(action="exported").values_list("after", flat=True)
    assert list(trail) == [{"records": 1}, {"records": 2}]


def test_reading_a_link_exports_nothing(desk: Desk) -> None:
    assert desk.client.get(EXPORT).status_code == 405
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_no_spreadsheet_runs_what_is_in_it_and_it_can_be_read_back(
    desk: Desk, subscription: Callable[..., Subscription], ops: Actor, sign: str
) -> None:
    local = "'" if sign == "@" else f"{sign}HYPERLINK"
    address = f"{local}x@example.com"
    subscription(address)

    text = exported(desk.client.post(EXPORT))
    assert table(text)[0]["email"] == f"'{address}"
    Subscription.erase(address, by=ops)
    imported(desk, text)
    assert Subscription.objects.get().address == address


# Bringing in


def looked_at(desk: Desk, text: str, **typed: Any) -> Page:
    return desk.send(IMPORT, None, table=text, **typed)


def imported(desk: Desk, text: str, **typed: Any) -> Page:
    return desk.send(IMPORT, looked_at(desk, text, **typed), act="import")


def test_what_would_happen_is_shown_first(desk: Desk) -> None:
    page = looked_at(desk, "ann@example.com\nbob\n")

    assert "1 line can be imported. 1 line cannot" in page.words
    assert "Line 2: bob – email: Give one e-mail address" in page.words
    assert not Subscription.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_host_that_nobody_could_ask_about_is_left_for_another_try(desk: Desk, names: Names) -> None:
    names.fault = temporary()
    page = looked_at(desk, f"email,channel,endpoint\n{ANN},webhook,https://hooks.example.com/\nbob@example.com,,\n")

    assert "1 line can be imported. 1 line cannot" in page.words
    assert "endpoint: Where this host leads cannot be found out right now. Try again in a minute." in page.words


def test_who_has_agreed_is_confirmed_at_once(desk: Desk) -> None:
    imported(desk, "ann@example.com\nbob@example.com\n", consent="on")

    assert [row.verified_at is not None for row in Subscription.objects.all()] == [True, True]
    assert not Delivery.objects.exists()
    trail = AuditEntry.objects.values_list("action", "actor", "via", "after")
    assert list(trail) == [("imported", "night", "admin", {"confirmed": True})] * 2
    assert ANN not in str(AuditEntry.objects.values())


def test_who_has_not_said_so_is_asked_by_mail(desk: Desk) -> None:
    imported(desk, ANN)
    row = Subscription.objects.get()
    assert row.verified_at is None
    assert [delivery.kind for delivery in row.deliveries.all()] == ["confirmation"]


def test_what_is_there_stays_as_it_is(desk: Desk, subscription: Callable[..., Subscription]) -> None:
    subscription(ANN, digest_frequency="weekly")
    page = imported(desk, f"email,digest_frequency\n{ANN},daily\nbob@example.com,daily\n")

    assert "1 imported; 1 were there." in page.words
    found = dict(Subscription.objects.values_list("address", "digest_frequency"))
    assert found == {ANN: "weekly", "bob@example.com": "daily"}


def test_a_table_tells_all_that_a_subscriber_may_want(desk: Desk, api: Service) -> None:
    header = "Email,channel,endpoint,categories,notify_maintenance,digest_frequency,host"
    imported(desk, f"{header}\n{ANN},Webhook,{URL},api,no,,ignored\n{ANN},,,api,yes,Weekly,\n", consent="on")

    hook = Subscription.objects.get(channel="webhook")
    assert (hook.endpoint, hook.categories, hook.notify_maintenance, hook.has_secret) == (URL, ["api"], False, True)
    mailbox = Subscription.objects.get(channel="email")
    assert (mailbox.digest_frequency, mailbox.notify_maintenance) == ("weekly", True)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("a@b.co; e@v.il,,,", "email: Give one e-mail address"),
        (f"{ANN},pigeon,,", "channel: Use one of"),
        (f"{ANN},webhook,,", "endpoint: Give the address"),
        (f"{ANN},webhook,https://127.0.0.1/,", "endpoint: Nothing may be sent to this host"),
        (f"{ANN},slack,{URL},", "endpoint: Must be an address at hooks.slack.com"),
        (f"{ANN},,,nowhere", "categories[0]: There is no such service"),
        (f"{ANN},,,,,", "It has 6 cells; there are 4 columns"),
        (",,,api", "email: Give one e-mail address"),
    ],
)
def test_a_wrong_line_is_told_and_left_to_be_corrected(desk: Desk, api: Service, line: str, told: str) -> None:
    page = imported(desk, f"email,channel,endpoint,categories\n{line}\ngood@example.com,,,api\n")

    assert "1 imported; 0 were there." in page.words
    assert told in page.words
    assert Subscription.objects.get().address == "good@example.com"
    (left,) = list(csv.reader(StringIO(page.form.fields["table"][0])))[1:]
    assert left == next(csv.reader([line]))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "There is nothing in it"),
        ("email,colour\na@b.co,red\n", "There is no such column here: colour"),
        ('email\n"a@b.co', "This is no CSV"),
        ("a@b.co\n" * (MOST_ROWS + 1), "At most 2,000 lines"),
    ],
)
def test_a_list_that_cannot_be_read_is_told_so(desk: Desk, text: str, told: str) -> None:
    page = looked_at(desk, text)
    assert told in page.words
    assert page.form.fields["table"] == [text]


def test_a_file_is_as_good(desk: Desk) -> None:
    for content, told in ((b"\xef\xbb\xbfemail\nann@example.com\n", "1 line can"), (b"\xff\xfe", "not in UTF-8")):
        answer = desk.client.post(IMPORT, {"file": SimpleUploadedFile("list.csv", content)})
        assert told in Page(answer).words
    desk.client.post(IMPORT, {"act": "import", "file": SimpleUploadedFile("list.csv", b"ann@example.com")})
    assert Subscription.objects.get().address == ANN
