"""Where mailed links lead: opening one changes nothing, its button does."""

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from incidents.errors import Busy
from incidents.models import Actor, Service, ServiceGroup, Subscription
from incidents.models.tokens import Purpose
from tests.public.conftest import words
from tests.public.test_safety import dangers

PURPOSES = [Purpose.CONFIRM, Purpose.MANAGE, Purpose.UNSUBSCRIBE]


@pytest.fixture
def link(subscription: Callable[..., Subscription]) -> Callable[[Purpose], str]:
    """The path that is mailed for a purpose."""

    def of(purpose: Purpose) -> str:
        row = subscription(verified=purpose is not Purpose.CONFIRM)
        return f"/subscriptions/{purpose}/{row.token(purpose)}/"

    return of


def page(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def rows() -> list[Any]:
    return list(Subscription.objects.values())


@pytest.mark.parametrize("purpose", PURPOSES)
def test_opening_a_link_changes_nothing(client: Client, link: Callable[[Purpose], str], purpose: Purpose) -> None:
    path, before = link(purpose), rows()

    for _ in range(5):
        assert client.get(path).status_code == client.head(path).status_code == 200

    assert rows() == before


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_page_is_private_and_keeps_its_address_to_itself(
    client: Client, link: Callable[[Purpose], str], purpose: Purpose, method: str
) -> None:
    client.cookies["csrftoken"] = "broken"
    response = getattr(client, method)(link(purpose))

    assert (response["Cache-Control"], response["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert response["X-Robots-Tag"] == "noindex"
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    forms = [found for found in dangers(response.content.decode()) if not found.startswith("<form")]
    assert forms == []
    assert len(page(response).select("h1, main")) == 2


def test_the_button_confirms(client: Client, link: Callable[[Purpose], str]) -> None:
    path = link(Purpose.CONFIRM)
    assert page(client.get(path)).select("form[method=post] button[type=submit]")

    assert "You are subscribed." in words(page(client.post(path)).main)

    assert Subscription.objects.verified().exists()
    assert (client.post(path).status_code, client.get(path).status_code) == (400, 400)


@pytest.fixture
def scope(service: Callable[..., Service], ops: Actor) -> None:
    core = ServiceGroup.add(by=ops, slug="core", name="Core")
    service("api", group=core)
    service("login")
    service("hidden", is_public=False)


def typed(form: Any) -> dict[str, Any]:
    """What a browser sends of it."""
    checked = [box for box in form.select("input") if box.has_attr("checked")]
    found: dict[str, Any] = {}
    for box in checked:
        found.setdefault(box["name"], []).append(box.get("value", "on"))
    return found


def test_the_preferences_come_and_go_by_the_form(client: Client, link: Callable[[Purpose], str], scope: None) -> None:
    path = link(Purpose.MANAGE)
    form = page(client.get(path)).select_one("form.form")
    assert form
    sent = typed(form)
    assert sent == {
        "notify_incidents": ["on"],
        "notify_recovery": ["on"],
        "notify_maintenance": ["on"],
        "digest_frequency": ["immediate"],
        "scope": ["all"],
    }
    assert [box["value"] for box in form.select("[name=categories]")] == ["core", "api", "login"]

    del sent["notify_recovery"]
    chosen = {"scope": "some", "categories": ["core", "login"]}
    answer = client.post(str(form["action"]), {**sent, "digest_frequency": "weekly", **chosen})

    assert "Saved." in words(page(answer).main)
    row = Subscription.objects.get()
    assert (row.notify_incidents, row.notify_recovery, row.digest_frequency) == (True, False, "weekly")
    assert row.categories == ["core", "login"]
    again = page(client.get(path)).select_one("form.form")
    assert again
    assert typed(again)["categories"] == ["core", "login"]


def test_who_chose_what_is_no_longer_public_reads_that_it_stays_chosen(
    client: Client, link: Callable[[Purpose], str], scope: None, ops: Actor
) -> None:
    note = "stays chosen"
    path = link(Purpose.MANAGE)
    assert note not in words(page(client.get(path)).main)
    Subscription.objects.get().change(categories=["login"])
    Service.objects.get(slug="login").change(by=ops, is_public=False)

    assert note in words(page(client.get(path)).main)


@pytest.mark.parametrize("sent", [{"categories": "hidden"}, {"categories": "a\x00"}, {"digest_frequency": "never"}])
def test_a_form_that_nobody_was_shown_changes_no_scope(
    client: Client, link: Callable[[Purpose], str], scope: None, sent: dict[str, str]
) -> None:
    typed = {"scope": "some", "notify_incidents": "on", **sent}
    assert client.post(link(Purpose.MANAGE), typed).status_code in (200, 400)
    row = Subscription.objects.get()
    assert (row.digest_frequency, row.categories) == ("immediate", [])


def test_the_page_of_preferences_leads_out(client: Client, link: Callable[[Purpose], str]) -> None:
    (out,) = page(client.get(link(Purpose.MANAGE))).select("form.leave")
    assert client.post(str(out["action"])).status_code == 200
    assert not Subscription.objects.exists()


def test_one_click_leaves_without_cookie_or_redirect_and_can_be_repeated(
    link: Callable[[Purpose], str],
) -> None:
    path, robot = link(Purpose.UNSUBSCRIBE), Client(enforce_csrf_checks=True)

    for _ in range(2):
        answer = robot.post(path, {"List-Unsubscribe": "One-Click"}, headers={"Origin": "https://mail.example"})
        assert answer.status_code == 200
        assert not Subscription.objects.exists()


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("other", PURPOSES)
def test_a_token_for_something_else_opens_nothing(
    client: Client, link: Callable[[Purpose], str], purpose: Purpose, other: Purpose
) -> None:
    if purpose is other:
        return
    token, before = link(other).split("/")[3], rows()
    for method in (client.get, client.post):
        response = method(f"/subscriptions/{purpose}/{token}/")
        assert (response.status_code, response["Referrer-Policy"]) == (400, "no-referrer")
    assert rows() == before


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_forged_token_gets_a_page_that_says_so(client: Client, db: None, purpose: Purpose) -> None:
    response = client.get(f"/subscriptions/{purpose}/nonsense/")
    assert response.status_code == 400
    assert "does not work" in words(page(response).h1)


@pytest.mark.parametrize("path", PURPOSES)
def test_what_fails_for_a_moment_may_be_tried_again(
    client: Client, link: Callable[[Purpose], str], monkeypatch: pytest.MonkeyPatch, path: Purpose
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise Busy

    address = link(path)
    for method in ("verify", "change", "unsubscribe_by"):
        monkeypatch.setattr(Subscription, method, busy)

    response = client.post(address, {"notify_incidents": "on"})

    assert (response.status_code, response["Retry-After"]) == (503, "1")


@pytest.mark.parametrize("purpose", PURPOSES)
def test_no_other_method_is_known(client: Client, link: Callable[[Purpose], str], purpose: Purpose) -> None:
    assert client.put(link(purpose)).status_code == 405
