"""Internal programs: by key, and nothing without."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from pytest_django import Settings

from incidents.jobs import JOBS, run_all
from incidents.models import AuditEntry, IdempotencyRecord, Incident, PeriodicJob, Subscription
from incidents.models.clock import database_now
from tests.api.calling import Caller
from tests.server import ROOT

KEY, OTHER = "k" * 16, "ö" * 16
BASE = "/api/v1/internal"
ROUTES = [
    ("GET", f"{BASE}/schedulers"),
    ("POST", f"{BASE}/status/subscriptions/digest"),
    ("POST", f"{BASE}/status/subscriptions/erase"),
]


@pytest.fixture
def program(db: None, settings: Settings) -> Caller:
    settings.INTERNAL_API_KEYS = (OTHER, KEY)
    return Caller({"X-API-Key": KEY, "X-Tenant-ID": "whatever"})


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("key", [None, "", "k" * 15, "k" * 17, f"{KEY},{OTHER}", "\xff"])
def test_without_a_good_key_nobody_gets_in(program: Caller, method: str, path: str, key: str | None) -> None:
    answer = Caller({} if key is None else {"X-API-Key": key})(method, path, {})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_where_no_keys_are_set_nobody_gets_in(anyone: Caller, ops_caller: Caller, method: str, path: str) -> None:
    for caller in (anyone, ops_caller, Caller({"X-API-Key": ""})):
        assert caller(method, path, {}).status_code == 401


def test_schedulers_say_when_they_ran_and_will_run(program: Caller) -> None:
    assert program.get(f"{BASE}/schedulers").json()["items"] == []
    run_all(JOBS)

    found = {one["name"]: one for one in program.get(f"{BASE}/schedulers").json()["items"]}

    assert found.keys() == {job.name for job in JOBS if job.every}
    one = found["purge_unverified_subscriptions"]
    assert (one["interval_seconds"], one["last_error"], one["running"]) == (3600, None, False)
    assert one["last_run_at"] < one["next_run_at"]


def test_the_docs_name_those_that_are_not_among_them() -> None:
    docs = (ROOT / "docs" / "api.md").read_text()
    assert [job.name for job in JOBS if not job.every and f"`{job.name}`" not in docs] == []


def test_a_digest_is_written_for_who_wants_one_and_not_sent(
    program: Caller,
    subscription: Callable[..., Subscription],
    incident: Callable[..., Incident],
    mailoutbox: list[object],
    settings: Settings,
) -> None:
    settings.NOTIFICATION_HOLD = 0
    subscription("daily@example.com", digest_frequency="daily")
    subscription("weekly@example.com", digest_frequency="weekly")
    incident(title="Broken")

    data = program.post(f"{BASE}/status/subscriptions/digest", {"frequency": "daily"}).json()["data"]

    assert (data["frequency"], data["count"]) == ("daily", 1)
    (item,) = data["items"]
    assert (item["email"], item["subject"]) == ("daily@example.com", "Status: 1 report in the last day")
    assert "Broken" in item["body"]
    left = program.client.post(item["unsubscribe_url"].removeprefix("http://127.0.0.1:8000"))
    assert (left.status_code, Subscription.objects.count()) == (200, 1)
    assert mailoutbox == []


def test_digests_are_not_kept_under_a_key(program: Caller, subscription: Callable[..., Subscription]) -> None:
    """It writes nothing, so it can be asked for again as it is; and what it tells is no copy to leave behind."""
    subscription("daily@example.com", digest_frequency="daily")

    for _ in range(2):
        answer = program.post(f"{BASE}/status/subscriptions/digest", {"frequency": "daily"}, X_Idempotency_Key="K")
        assert (answer.status_code, answer.has_header("Idempotent-Replayed")) == (200, False)

    assert not IdempotencyRecord.objects.exists()


@pytest.mark.parametrize("frequency", ["immediate", "hourly", None, 7])
def test_there_is_no_other_digest(program: Caller, frequency: object) -> None:
    assert program.post(f"{BASE}/status/subscriptions/digest", {"frequency": frequency}).status_code == 400


def test_erasing_is_audited_as_internal(program: Caller, subscription: Callable[..., Subscription]) -> None:
    subscription("ann@example.com")

    answer = program.post(f"{BASE}/status/subscriptions/erase", {"email": "ann@example.com"})

    assert (answer.status_code, answer.json()["data"]["records"]) == (200, 1)
    assert AuditEntry.objects.values_list("actor", "via").get() == ("internal", "api")


def test_a_job_that_runs_says_so(program: Caller) -> None:
    now = database_now()
    PeriodicJob.register({"sweep": timedelta(hours=1)}, now)
    PeriodicJob.claim("sweep", now)
    assert [one["running"] for one in program.get(f"{BASE}/schedulers").json()["items"]] == [True]
