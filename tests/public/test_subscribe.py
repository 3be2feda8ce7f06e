"""The form with which people subscribe: what it offers, what it refuses, and that it gives nobody away."""

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client

from incidents import guard
from incidents.budget import SUBSCRIPTIONS_PER_MINUTE
from incidents.errors import Busy
from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Channel, Incident, Service, Subscription
from incidents.models.endpoint import Disabled
from incidents.models.tokens import Purpose
from tests.public.conftest import words
from tests.public.test_safety import PAYLOADS, dangers
from tests.resolving import Names, temporary

PATH = "/subscribe/"
ANN = "ann@example.com"
URL = "https://1.1.1.1/hook?key=s3cret"
SLACK = "https://hooks.slack.com/services/T0/B0/s3cret"


def page(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def sent(form: Any) -> dict[str, Any]:
    """What a browser sends of it."""
    found: dict[str, Any] = {}
    for box in form.select("input"):
        if box.get("type") not in ("radio", "checkbox") or box.has_attr("checked"):
            found.setdefault(box["name"], []).append(box.get("value", "on"))
    return found


def fill(client: Client, query: str = "", **typed: Any) -> Any:
    """Opens the form, types something into it and sends it."""
    form = page(client.get(PATH + query)).select_one("form.subscribe")
    assert form
    return client.post(str(form["action"]), {**sent(form), "email": ANN, **typed})


def marked(response: Any) -> set[str]:
    """The fields that the page says are wrong."""
    return {str(note["id"]).removesuffix("-wrong") for note in page(response).select(".wrong")}


@pytest.fixture
def broken(incident: Callable[..., Incident]) -> Incident:
    return incident(title="Broken")


def test_an_address_is_all_that_is_needed(client: Client, db: None) -> None:
    answer = fill(client)

    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert ANN in words(page(answer).main)
    row = Subscription.objects.get()
    assert (row.address, row.channel, row.everything, row.digest_frequency) == (ANN, "email", True, "immediate")
    assert [delivery.kind for delivery in row.deliveries.all()] == ["confirmation"]


def test_everything_can_be_chosen_at_once(client: Client, api: Service, login: Service) -> None:
    fill(client, scope="some", categories=["api"], digest_frequency="weekly", notify_maintenance=[])

    row = Subscription.objects.get()
    assert (row.categories, row.digest_frequency) == (["api"], "weekly")
    assert (row.notify_incidents, row.notify_recovery, row.notify_maintenance) == (True, True, False)


@pytest.mark.parametrize(("channel", "url"), [("webhook", URL), ("slack", SLACK)])
def test_an_endpoint_is_subscribed_with_the_address_of_a_person(
    client: Client, db: None, channel: str, url: str
) -> None:
    answer = fill(client, channel=channel, endpoint=f" {url} ")

    assert answer.status_code == 200
    assert "s3cret" not in answer.content.decode()
    row = Subscription.objects.get()
    assert (row.channel, row.endpoint, row.address) == (channel, url, ANN)


def test_what_was_typed_for_another_channel_is_left_out(client: Client, db: None) -> None:
    assert fill(client, channel="email", endpoint=URL).status_code == 200
    assert Subscription.objects.get().endpoint == ""


def test_an_incident_leads_to_a_form_that_follows_it(client: Client, broken: Incident, api: Service) -> None:
    (link,) = page(client.get(f"/incidents/{broken.pk}/")).select("main a[href^='/subscribe/']")
    fill(client, str(link["href"]).removeprefix(PATH))

    row = Subscription.objects.get()
    assert (row.followed, row.categories, row.everything) == ([broken.pk], [], False)


def test_an_incident_that_is_over_leads_nowhere(client: Client, broken: Incident, ops: Actor) -> None:
    broken.post_update(by=ops, status=IncidentStatus.RESOLVED)
    assert not page(client.get(f"/incidents/{broken.pk}/")).select("main a[href^='/subscribe/']")
    fill(client, f"?incident={broken.pk}")
    assert Subscription.objects.get().everything


def test_a_service_leads_to_a_form_with_it(client: Client, api: Service) -> None:
    (link,) = page(client.get("/services/api/")).select("main a[href^='/subscribe/']")
    fill(client, str(link["href"]).removeprefix(PATH))
    assert Subscription.objects.get().categories == ["api"]


@pytest.mark.parametrize("query", ["?incident=abcdefghijkl", "?incident=%27", "?service=hidden", "?service=nowhere"])
def test_what_there_is_not_is_not_offered(
    client: Client, service: Callable[..., Service], incident: Callable[..., Incident], query: str
) -> None:
    service("hidden", name="Vault", is_public=False)
    secret = incident(title="Secret", is_public=False)
    for one in (query, f"?incident={secret.pk}"):
        answer = client.get(PATH + one)
        assert (answer.status_code, answer.content) == (200, client.get(PATH).content)
        assert b"Vault" not in answer.content


@pytest.mark.parametrize("kind", ["fresh", "waiting", "known", "disabled", "known webhook"])
def test_nobody_learns_whether_an_address_is_known(
    client: Client, subscription: Callable[..., Subscription], kind: str
) -> None:
    address, typed = "a" * len(kind) + "@example.com", {}
    expected = fill(client, email=address).content
    Subscription.objects.all().delete()
    if kind == "known webhook":
        typed = {"channel": "webhook", "endpoint": URL}
        Subscription.subscribe(address, channel=Channel.WEBHOOK, endpoint=URL)
    elif kind != "fresh":
        row = subscription(address, verified=kind != "waiting")
        if kind == "disabled":
            row.disable(Disabled.BOUNCING)

    answer = fill(client, email=address, **typed)

    assert (answer.status_code, answer.content) == (200, expected)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "a@b.co, e@v.il"}, "email"),
        ({"email": "a@b.co\r\nBcc: x@y.z"}, "email"),
        ({"email": "a\x00@b.co"}, "email"),
        ({"channel": "pigeon"}, "channel"),
        ({"channel": "webhook"}, "endpoint"),
        ({"channel": "webhook", "endpoint": "http://1.1.1.1/"}, "endpoint"),
        ({"channel": "webhook", "endpoint": "https://127.0.0.1/"}, "endpoint"),
        ({"channel": "slack", "endpoint": URL}, "endpoint"),
        ({"channel": "teams", "endpoint": SLACK}, "endpoint"),
        ({"scope": "some"}, "scope"),
        ({"notify_incidents": [], "notify_recovery": [], "notify_maintenance": []}, "kinds"),
    ],
)
def test_a_mistake_is_marked_and_nothing_typed_is_lost(
    client: Client, db: None, typed: dict[str, Any], field: str
) -> None:
    answer = fill(client, **{"email": ANN, "digest_frequency": "daily", **typed})

    assert (answer.status_code, marked(answer), answer["Cache-Control"]) == (422, {field}, "no-store")
    form = sent(page(answer).select_one("form.subscribe"))
    assert form["digest_frequency"] == ["daily"]
    assert form["email"] == [str(typed.get("email", ANN)).strip().replace("\r\n", "\n")]
    assert not Subscription.objects.exists()


def test_that_nobody_says_where_a_host_leads_is_told_at_the_field(client: Client, db: None, names: Names) -> None:
    names.fault = temporary()
    answer = fill(client, channel="webhook", endpoint="https://hooks.example.com/")

    assert (answer.status_code, marked(answer)) == (422, {"endpoint"})
    assert "Try again in a minute" in words(page(answer).main)
    names.fault, names.names["hooks.example.com"] = None, ["1.1.1.1"]
    assert client.post(PATH, sent(page(answer).select_one("form.subscribe"))).status_code == 200


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_is_typed_comes_back_as_text(client: Client, db: None, payload: str) -> None:
    answer = fill(client, email=payload, endpoint=payload, channel="webhook", scope=payload, categories=[payload])
    assert dangers(answer.content.decode()) == []


def test_the_form_needs_no_cookie_and_sets_none(db: None) -> None:
    stranger = Client(enforce_csrf_checks=True)
    stranger.cookies["sessionid"] = "x"
    answer = fill(stranger)
    assert (answer.status_code, dict(answer.cookies)) == (200, {})
    assert "Cookie" not in answer.get("Vary", "")


def test_reading_the_form_changes_nothing(client: Client, db: None) -> None:
    for _ in range(3):
        client.get(PATH, {"email": ANN, "channel": "email"})
    assert not Subscription.objects.exists()


def test_the_form_and_the_api_share_one_budget(client: Client, db: None) -> None:
    for n in range(SUBSCRIPTIONS_PER_MINUTE):
        client.post("/status/subscriptions", {"email": f"a{n}@example.com"}, content_type="application/json")
    answer = fill(client)

    assert (answer.status_code, int(answer["Retry-After"]) >= 1) == (429, True)
    assert "Send it again in" in words(page(answer).main)
    assert Subscription.objects.count() == SUBSCRIPTIONS_PER_MINUTE


def test_no_transaction_waits_for_a_name_to_be_looked_up(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []

    def look_up(host: str, port: int) -> list[str]:
        seen.append(bool(getattr(connection, "writes", False)))
        return ["1.1.1.1"]

    monkeypatch.setattr(guard, "_look_up", look_up)
    assert fill(client, channel="webhook", endpoint="https://hooks.example.com/").status_code == 200
    assert seen == [False]


def test_what_fails_for_a_moment_may_be_tried_again(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object, **__: object) -> None:
        raise Busy

    monkeypatch.setattr(Subscription, "subscribe", busy)
    answer = fill(client)
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")


# The pages of who holds a token


@pytest.fixture
def hook(db: None) -> Subscription:
    Subscription.subscribe(ANN, channel=Channel.WEBHOOK, endpoint=URL)
    return Subscription.objects.get()


def held(row: Subscription, purpose: Purpose = Purpose.MANAGE) -> str:
    return f"/subscriptions/{purpose}/{row.token(purpose)}/"


def test_confirming_a_webhook_names_its_host_and_shows_the_secret_once(client: Client, hook: Subscription) -> None:
    path = held(hook, Purpose.CONFIRM)
    shown = client.get(path).content.decode()
    assert "1.1.1.1" in shown
    assert "s3cret" not in shown

    secret = words(page(client.post(path)).select_one(".secret code"))
    assert secret.startswith("whsec_")
    row = Subscription.objects.get()
    assert secret not in client.get(held(row)).content.decode()


def test_a_new_secret_is_made_once_for_each_page_that_was_shown(client: Client, hook: Subscription) -> None:
    row = Subscription.verify(hook.token(Purpose.CONFIRM))
    form = page(client.get(held(row))).select_one("form:has([value=secret])")
    pressed = {**sent(form), "act": "secret"}

    first = page(client.post(held(row), pressed)).select_one(".secret code")
    again = page(client.post(held(row), pressed)).select_one(".secret code")

    assert again is None
    stored = Subscription.objects.get()
    assert stored.secret_rotated_at is not None
    assert stored.secrets(stored.secret_rotated_at) == (words(first), row.fresh_secret)


@pytest.mark.parametrize("because", [Disabled.GONE, Disabled.FAILING, Disabled.BOUNCING])
def test_what_was_disabled_says_why_and_is_sent_to_again(
    client: Client, subscription: Callable[..., Subscription], because: Disabled
) -> None:
    row = subscription()
    row.disable(because)
    assert "Nothing is sent" in words(page(client.get(held(row))).main)

    answer = page(client.post(held(row), {"act": "enable"}))
    assert "All is well" in words(answer.main)
    assert Subscription.objects.get().disabled_at is None


def test_what_ops_have_disabled_has_no_button(client: Client, subscription: Callable[..., Subscription]) -> None:
    row = subscription()
    row.disable(Disabled.BY_OPS)
    assert not page(client.get(held(row))).select("[value=enable]")
    assert client.post(held(row), {"act": "enable"}).status_code == 409


def test_what_fails_is_told_so(client: Client, subscription: Callable[..., Subscription]) -> None:
    row = subscription()
    Subscription.objects.update(failing_since=row.created_at, failures=3)
    assert "Failing" in words(page(client.get(held(row))).main)


def test_one_page_leads_to_all_that_is_the_same_persons(
    client: Client, hook: Subscription, subscription: Callable[..., Subscription]
) -> None:
    row = subscription(ANN)
    subscription("bob@example.com")

    links = page(client.get(held(row))).select(".others a")
    assert [words(link) for link in links] == ["Confirm"]
    client.post(str(links[0]["href"]))
    (link,) = page(client.get(held(row))).select(".others a")
    assert words(link) == "Manage"
    assert client.get(str(link["href"])).status_code == 200


def test_choosing_nothing_at_all_is_a_mistake(
    client: Client, subscription: Callable[..., Subscription], api: Service
) -> None:
    row = subscription(categories=["api"])
    answer = client.post(held(row), {"scope": "some", "notify_incidents": "on"})
    assert (answer.status_code, marked(answer)) == (422, {"scope"})
    assert Subscription.objects.get().categories == ["api"]


def test_following_can_be_ended(
    client: Client, subscription: Callable[..., Subscription], broken: Incident, api: Service
) -> None:
    row = subscription(incidents=[broken.pk])
    form = page(client.get(held(row))).select_one("form.form")
    assert sent(form)["incidents"] == [broken.pk]

    client.post(held(row), {**sent(form), "incidents": [], "categories": ["api"]})
    stored = Subscription.objects.get()
    assert (stored.followed, stored.categories) == ([], ["api"])
