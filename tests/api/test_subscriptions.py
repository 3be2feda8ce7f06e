"""Subscribing by API, and what the holder of a token may do, in both dialects."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from incidents.models import Actor, Incident, Service, Subscription
from incidents.models.address import pseudonym
from incidents.models.clock import database_now
from incidents.models.confirmation import QUIET
from incidents.models.message import State
from incidents.models.tokens import Purpose
from statussite.logs import masked
from tests.api.calling import ADMIN, ENVELOPE, PROBLEM, Caller, wrong_fields

ANN = "ann@example.com"
BOTH = (f"{PROBLEM}/subscriptions", f"{ENVELOPE}/subscriptions")
STATUSPAGE = "/api/v2/subscribers.json"
FIELDS = [
    "email",
    "notify_incidents",
    "notify_maintenance",
    "notify_recovery",
    "digest_frequency",
    "categories",
    "verified",
    "created_at",
    "updated_at",
    "channel",
    "host",
    "incidents",
    "language",
    "failing_since",
    "disabled",
]


def preferences(token: str) -> tuple[str, str]:
    """Where the preferences are, in the problem dialect and in the envelope dialect."""
    return f"{PROBLEM}/subscriptions/preferences?token={token}", f"{ENVELOPE}/subscriptions/{token}"


@pytest.mark.parametrize("path", BOTH)
def test_subscribing_answers_with_an_id_and_a_message(anyone: Caller, path: str) -> None:
    answer = anyone.post(path, {"email": f" {ANN} "})

    assert (answer.status_code, answer["Location"]) == (201, path)
    data = answer.json()["data"]
    assert (data["id"], data["email"]) == (pseudonym(ANN), ANN)
    assert data["message"]
    assert Subscription.objects.get().address == ANN


@pytest.mark.parametrize("path", [*BOTH, STATUSPAGE])
def test_nobody_learns_whether_an_address_is_known(
    anyone: Caller, subscription: Callable[..., Subscription], frozen: object, path: str
) -> None:
    subscription("known@example.com")
    subscription("waits@example.com", verified=False)

    said = {name: _same_but_for_the_address(anyone, path, name) for name in ("known", "waits", "fresh", "known")}

    assert len(set(said.values())) == 1


def _same_but_for_the_address(caller: Caller, path: str, name: str) -> tuple[int, str]:
    email = f"{name}@example.com"
    answer = caller.post(path, {"subscriber": {"email": email}} if path == STATUSPAGE else {"email": email})
    body = answer.content.decode().replace(pseudonym(email), "ID").replace(email, "EMAIL")
    return answer.status_code, body.split('"request_id":')[0]


@pytest.mark.parametrize("path", BOTH)
def test_the_database_is_asked_the_same_for_a_known_address(
    anyone: Caller, subscription: Callable[..., Subscription], path: str
) -> None:
    subscription("known@example.com")
    counts = {}
    for name in ("known", "fresh"):
        with CaptureQueriesContext(connection) as asked:
            _same_but_for_the_address(anyone, path, name)
        counts[name] = len(asked)
    assert counts["known"] == counts["fresh"]


@pytest.mark.parametrize("path", BOTH)
def test_what_else_is_sent_is_accepted_and_not_stored(anyone: Caller, path: str) -> None:
    more = {"name": "Ann", "phone": "123", "verified": True, "generation": 7}

    assert anyone.post(path, {"email": ANN, **more}).status_code == 201

    row = Subscription.objects.get()
    assert (row.verified_at, row.generation) == (None, 1)
    assert "Ann" not in str(Subscription.objects.values().get())


@pytest.mark.parametrize("path", BOTH)
def test_what_somebody_wants_may_be_said_with_the_address(
    anyone: Caller, api: Service, incident: Callable[..., Incident], path: str
) -> None:
    broken = incident()
    wishes = {"notifyMaintenance": False, "digestFrequency": "WEEKLY", "categories": ["api"], "incidents": [broken.pk]}

    assert anyone.post(path, {"email": ANN, **wishes}).status_code == 201

    row = Subscription.objects.get()
    assert (row.notify_incidents, row.notify_maintenance, row.digest_frequency) == (True, False, "weekly")
    assert (row.categories, row.followed) == (["api"], [broken.pk])


@pytest.mark.parametrize(("path", "status"), list(zip(BOTH, (400, 422), strict=True)))
@pytest.mark.parametrize("email", ["a@b.co, e@v.il", "a@b.co\r\nBcc:x@y.z", "ann", "", 7, ["a@b.co"], "a\x00@b.co"])
def test_a_bad_address_is_a_field_error(anyone: Caller, path: str, status: int, email: object) -> None:
    answer = anyone.post(path, {"email": email})

    assert answer.status_code == status
    assert wrong_fields(answer).keys() == {"email"}
    assert not Subscription.objects.exists()


@pytest.mark.parametrize("path", [*BOTH, STATUSPAGE])
def test_an_address_is_needed(anyone: Caller, path: str) -> None:
    assert anyone.post(path, {}).status_code in (400, 422)


def test_a_client_of_status_pages_gets_the_answer_that_it_knows(anyone: Caller, frozen: object) -> None:
    sent = {"subscriber": {"email": ANN, "component_ids": ["x"], "skip_confirmation_notification": True}}

    answer = anyone.post(STATUSPAGE, sent)

    assert (answer.status_code, answer.json()) == (
        201,
        {
            "subscriber": {
                "id": pseudonym(ANN),
                "mode": "email",
                "email": ANN,
                "created_at": "2026-11-21T12:00:00.000Z",
                "quarantined_at": None,
                "purge_at": None,
                "skip_confirmation_notification": False,
            }
        },
    )


def test_it_tells_instants_as_the_documents_do(anyone: Caller, frozen: object, settings: Settings) -> None:
    settings.PAGE_TIME_ZONE = "Europe/London"
    answer = anyone.post(STATUSPAGE, {"subscriber": {"email": ANN}})
    assert answer.json()["subscriber"]["created_at"] == "2026-11-21T12:00:00.000+00:00"


@pytest.mark.parametrize("subscriber", [None, ANN, [], {}, {"email": None}, {"email": "a@b.co,e@v.il"}])
def test_a_subscriber_without_an_address_is_refused(anyone: Caller, subscriber: object) -> None:
    answer = anyone.post(STATUSPAGE, {"subscriber": subscriber})
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("member", ["mode", "endpoint"])
@pytest.mark.parametrize("sent", [{}, [], False, 0])
def test_what_is_no_text_is_not_taken_for_nothing(anyone: Caller, member: str, sent: object) -> None:
    assert anyone.post(STATUSPAGE, {"subscriber": {"email": ANN, member: sent}}).status_code == 400
    assert not Subscription.objects.exists()


@pytest.mark.parametrize("where", ["query", "body"])
@pytest.mark.parametrize("path", BOTH)
def test_confirming_gives_the_preferences_and_their_token(
    anyone: Caller, subscription: Callable[..., Subscription], path: str, where: str
) -> None:
    token = subscription(verified=False).token(Purpose.CONFIRM)
    query, body = (f"?token={token}", None) if where == "query" else ("", {"token": token})

    answer = anyone.post(f"{path}/verify{query}", body)

    data = answer.json()["data"]
    assert (answer.status_code, data["verified"], data["email"]) == (200, True, ANN)
    for address in preferences(data["token"]):
        assert anyone.get(address).status_code == 200


def test_the_preferences_are_those_of_the_contract(
    anyone: Caller, subscription: Callable[..., Subscription], api: Service
) -> None:
    token = subscription(categories=["api"], digest_frequency="weekly").token(Purpose.MANAGE)
    problem, envelope = (anyone.get(path).json()["data"] for path in preferences(token))

    assert list(problem) == FIELDS
    assert (problem["digest_frequency"], problem["categories"]) == ("weekly", ["api"])
    assert (envelope["digestFrequency"], envelope["categories"]) == ("WEEKLY", ["api"])


@pytest.mark.parametrize("n", [0, 1])
def test_no_cache_keeps_what_a_holder_reads(anyone: Caller, subscription: Callable[..., Subscription], n: int) -> None:
    answer = anyone.get(preferences(subscription().token(Purpose.MANAGE))[n])
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("n", "method"), [(0, "PUT"), (1, "PATCH")])
def test_a_holder_changes_any_of_them(
    anyone: Caller, subscription: Callable[..., Subscription], api: Service, n: int, method: str
) -> None:
    path = preferences(subscription().token(Purpose.MANAGE))[n]
    change = {"notifyRecovery": False, "digestFrequency": "DAILY", "categories": ["api"]}

    assert anyone(method, path, change).status_code == 200

    row = Subscription.objects.get()
    assert (row.notify_incidents, row.notify_recovery) == (True, False)
    assert (row.digest_frequency, row.categories) == ("daily", ["api"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "b@example.com"}, "email"),
        ({"verified": True}, "verified"),
        ({"digest_frequency": "hourly"}, "digest_frequency"),
        ({"notify_incidents": "perhaps"}, "notify_incidents"),
        ({"categories": ["nowhere"]}, "categories[0]"),
        ({"categories": "api"}, "categories"),
        ({"categories": [7]}, "categories"),
        ({"categories": ["a\u0000"]}, "categories[0]"),
        ({"incidents": ["abcdefghijkl"]}, "incidents[0]"),
        ({"incidents": ["a\u0000"]}, "incidents[0]"),
        ({"incidents": ANN}, "incidents"),
        ({"language": "klingon"}, "language"),
        ({"channel": "slack"}, "channel"),
        ({"endpoint": "https://1.1.1.1/"}, "endpoint"),
    ],
)
def test_a_bad_change_names_the_field(
    anyone: Caller, subscription: Callable[..., Subscription], change: Any, field: str
) -> None:
    answer = anyone.put(preferences(subscription().token(Purpose.MANAGE))[0], change)
    assert (answer.status_code, set(wrong_fields(answer))) == (400, {field})


def test_preferences_that_are_read_and_written_back_stay_as_they_were(
    anyone: Caller, subscription: Callable[..., Subscription], api: Service, ops: Actor
) -> None:
    path = preferences(subscription(categories=["api"]).token(Purpose.MANAGE))[0]
    api.change(by=ops, is_public=False)
    shown = anyone.get(path).json()["data"]

    assert anyone.put(path, {"categories": shown["categories"]}).status_code == 200

    assert shown["categories"] == []
    assert Subscription.objects.get().covers == frozenset({"api"})


@pytest.mark.parametrize(("n", "method"), [(0, "PUT"), (1, "PATCH"), (1, "DELETE")])
def test_what_was_changed_since_it_was_read_is_not_overwritten(
    anyone: Caller, subscription: Callable[..., Subscription], n: int, method: str
) -> None:
    row = subscription()
    path = preferences(row.token(Purpose.MANAGE))[n]
    stale = anyone.get(path)["ETag"]
    row.change(notify_maintenance=False)
    body = None if method == "DELETE" else {"notify_recovery": False}

    assert anyone(method, path, body, If_Match=stale).status_code == 412
    assert Subscription.objects.get().notify_recovery is True
    assert anyone(method, path, body, If_Match=anyone.get(path)["ETag"]).status_code == 200


@pytest.mark.parametrize("purpose", [Purpose.MANAGE, Purpose.UNSUBSCRIBE])
@pytest.mark.parametrize("n", [0, 1])
def test_a_holder_leaves(anyone: Caller, subscription: Callable[..., Subscription], n: int, purpose: Purpose) -> None:
    token = subscription().token(purpose)
    path = (f"{PROBLEM}/subscriptions?token={token}", f"{ENVELOPE}/subscriptions/{token}")[n]

    assert anyone.delete(path).status_code == 200
    assert not Subscription.objects.exists()
    assert anyone.delete(path).status_code == 400


def _with(token: str) -> list[tuple[str, str]]:
    problem, envelope = preferences(token)
    return [
        ("POST", f"{PROBLEM}/subscriptions/verify?token={token}"),
        ("POST", f"{ENVELOPE}/subscriptions/verify?token={token}"),
        ("GET", problem),
        ("PUT", problem),
        ("DELETE", f"{PROBLEM}/subscriptions?token={token}"),
        ("GET", envelope),
        ("PATCH", envelope),
        ("DELETE", envelope),
        ("POST", f"{envelope}/resend"),
    ]


@pytest.mark.parametrize(("method", "path"), _with("abcdefghijkl.1.1abcde." + "x" * 43) + _with("nonsense"))
def test_a_forged_token_is_told_as_such(anyone: Caller, method: str, path: str) -> None:
    answer = anyone(method, path, {}, Accept="application/problem+json")
    assert (answer.status_code, answer.json()["code"]) == (400, 61190005)


@pytest.mark.parametrize("purpose", Purpose)
def test_a_token_opens_only_what_it_is_for(
    anyone: Caller, subscription: Callable[..., Subscription], purpose: Purpose
) -> None:
    row = subscription(verified=purpose is not Purpose.CONFIRM)
    reading = anyone.get(preferences(row.token(purpose))[1])
    assert reading.status_code == (200 if purpose is Purpose.MANAGE else 400)
    if purpose is Purpose.CONFIRM:
        assert anyone.delete(preferences(row.token(purpose))[1]).status_code == 400
    else:
        assert anyone.post(f"{BOTH[0]}/verify", {"token": row.token(purpose)}).status_code == 400


@pytest.mark.parametrize("path", BOTH)
@pytest.mark.parametrize("token", ["nonsense", "x" * 201, "", "a\x00b", 7, True, ["x"], {}])
def test_a_forged_token_in_the_body_is_no_other_than_in_the_query(anyone: Caller, path: str, token: object) -> None:
    answer = anyone.post(f"{path}/verify", {"token": token}, Accept="application/problem+json")
    assert (answer.status_code, answer.json()["code"]) == (400, 61190005)


@pytest.mark.parametrize("token", ["x" * 201, "%C3%BC"])
def test_a_token_that_can_be_none_is_told_so_in_the_query(anyone: Caller, token: str) -> None:
    answer = anyone.post(f"{BOTH[0]}/verify?token={token}")
    assert (answer.status_code, answer.json()["code"]) == (400, 61190005)


@pytest.mark.parametrize("path", [f"{BOTH[0]}/verify", f"{BOTH[1]}/verify"])
def test_a_missing_token_is_a_bad_request(anyone: Caller, path: str) -> None:
    answer = anyone.post(path, {}, Accept="application/problem+json")
    assert (answer.status_code, answer.json()["code"]) == (400, 61190001)


def test_an_expired_link_can_be_had_anew(
    anyone: Caller, subscription: Callable[..., Subscription], frozen: Any
) -> None:
    row = subscription(verified=False)
    token = row.token(Purpose.CONFIRM)
    row.deliveries.all().delete()
    frozen.shift(timedelta(days=8))

    assert anyone.post(f"{BOTH[0]}/verify", {"token": token}).status_code == 400
    assert anyone.post(f"{ENVELOPE}/subscriptions/{token}/resend").status_code == 200
    assert row.deliveries.count() == 1


def test_the_list_of_ops_has_no_tokens_and_filters(
    ops_caller: Caller, subscription: Callable[..., Subscription]
) -> None:
    subscription("known@example.com")
    subscription("waits@example.com", verified=False)

    def emails(path: str, query: str) -> list[str]:
        body = ops_caller.get(f"{path}?{query}").json()
        items = body["items"] if "items" in body else body["data"]
        assert all(item.keys().isdisjoint({"token", "generation"}) for item in items)
        return sorted(item["email"] for item in items)

    for path in (BOTH[0], f"{ADMIN}/subscriptions"):
        assert emails(path, "") == ["known@example.com", "waits@example.com"]
        assert emails(path, "verified=true") == ["known@example.com"]
        assert emails(path, "verified=false&page_size=1") == ["waits@example.com"]
        assert emails(path, "page=2") == []
        assert ops_caller.get(f"{path}?verified=perhaps").status_code == 400


def test_the_list_takes_no_more_queries_for_more(
    ops_caller: Caller, subscription: Callable[..., Subscription], api: Service
) -> None:
    counts = []
    for n in (1, 5):
        for m in range(n):
            subscription(f"ann{n}{m}@example.com", categories=["api"])
        with CaptureQueriesContext(connection) as asked:
            assert ops_caller.get(BOTH[0]).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_only_ops_see_the_list(anyone: Caller, officer: Caller) -> None:
    for path in (BOTH[0], f"{ADMIN}/subscriptions"):
        assert (anyone.get(path).status_code, officer.get(path).status_code) == (401, 403)


def test_tokens_are_not_in_the_log(
    anyone: Caller, subscription: Callable[..., Subscription], caplog: pytest.LogCaptureFixture
) -> None:
    token = subscription().token(Purpose.UNSUBSCRIBE)
    assert (
        anyone.get(preferences(token)[1]).status_code == 400
    )  # for another purpose, so it is good and must not be told
    assert anyone.put(preferences(token)[1]).status_code == 405
    assert token not in masked(caplog.text)
    assert f"{token[:12]}.(token)" in masked(caplog.text)


def test_asking_again_after_the_pause_makes_a_mail_due(
    anyone: Caller, subscription: Callable[..., Subscription]
) -> None:
    row = subscription()
    assert anyone.post(BOTH[0], {"email": ANN}).status_code == 201
    assert row.deliveries.waiting().count() == 1
    row.deliveries.waiting().update(state=State.SENT, finished_at=database_now())
    assert anyone.post(BOTH[0], {"email": ANN}).status_code == 201
    assert row.deliveries.waiting().count() == 0
    row.deliveries.filter(state=State.SENT).update(finished_at=database_now() - QUIET)
    assert anyone.post(BOTH[0], {"email": ANN}).status_code == 201
    assert row.deliveries.waiting().count() == 1
