"""F01, F02, F03, F07, F08, F25: the database goes, stands still, crawls, refuses, comes back. Visitors see the page."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.faults.cluster import Cluster, cluster
from tests.faults.product import INCIDENTS, RECOVERY, Product, fails_cleanly, product, until_accepted
from tests.faults.visitors import Seen, look, visiting
from tests.faults.wsgi_constants import SAY_SO_AFTER
from tests.server import PASSWORD

pytestmark = pytest.mark.postgres

OUTAGE = SAY_SO_AFTER + 4  # seconds: as long as a page may be out of date, and some
STALE = b"We cannot renew this page"


@pytest.fixture(scope="module")
def database() -> Iterator[Cluster]:
    with cluster() as one:
        yield one


@pytest.fixture(scope="module")
def site(database: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    told = {"DATABASE_URL": database.url, "METRICS_ALLOWED": "127.0.0.0/8"}
    with product(Path(tmp_path_factory.mktemp("database")), variables=told) as one:
        yield one


@pytest.fixture
def quick(site: Product) -> Callable[[Seen], bool]:
    """p95 below 300 ms; or, on a machine that is busy with other things, not much above that without a fault."""
    with visiting(site.server, site.paths) as undisturbed:
        time.sleep(1.5)
    allowed = max(0.3, 4 * undisturbed.p95)
    return lambda seen: seen.p95 < allowed


def admin_login(site: Product) -> httpx.Response:
    with site.server.client() as client:
        token = client.get("/admin/login/").cookies["csrftoken"]
        given = {"username": "ops", "password": PASSWORD, "csrfmiddlewaretoken": token}
        return client.post("/admin/login/", data=given)


@pytest.mark.parametrize("fault", ["stopped", "frozen"])
def test_visitors_see_the_page_while_the_database_is_away(
    database: Cluster, site: Product, quick: Callable[[Seen], bool], fault: str
) -> None:
    site.is_fresh()
    cause, cure = {"stopped": (database.stop, database.start), "frozen": (database.freeze, database.thaw)}[fault]
    with visiting(site.server, site.paths) as seen:
        began = time.monotonic()
        cause()
        try:
            refused = fails_cleanly(site.write)
            assert refused.json()["type"].endswith("/internal/")
            assert "not available" in fails_cleanly(lambda: admin_login(site)).text
            time.sleep(max(0, began + OUTAGE - time.monotonic()))
            home = look(site.server, "/")
            assert look(site.server, "/livez").status == 200
            assert look(site.server, "/readyz").status == 503
            assert b"statussite_database_up 0.0" in look(site.server, "/metrics").body
        finally:
            cure()
        cured = time.monotonic()
        site.is_fresh()
    assert (seen.failures, seen.paths) == (set(), set(site.paths))
    assert quick(seen)
    assert STALE in home.body
    assert home.age is not None
    assert SAY_SO_AFTER <= int(home.age) <= 60 + OUTAGE
    assert time.monotonic() - cured < RECOVERY
    writes_again(site)


def writes_again(site: Product) -> None:
    """In both processes: one that has found the database slow leaves it alone for a while."""
    began, title, accepted = time.monotonic(), f"Since {time.monotonic()}", set[str]()
    while len(accepted) < 2:
        answer = site.write(title)
        if answer.status_code == 201:
            accepted.add(answer.headers["X-Process"])
        assert time.monotonic() - began < RECOVERY
        time.sleep(0.1)
    site.everywhere(lambda seen: title.encode() in seen.body, within=3)


def test_many_writers_do_not_keep_visitors_out_of_a_frozen_database(
    database: Cluster, site: Product, quick: Callable[[Seen], bool]
) -> None:
    site.is_fresh()
    database.freeze()
    try:
        is_over = threading.Event()

        def write() -> None:
            while not is_over.is_set():
                fails_cleanly(site.write)

        writers = [threading.Thread(target=write) for _ in range(16)]
        with visiting(site.server, site.paths) as seen:
            for writer in writers:
                writer.start()
            time.sleep(6)
            is_over.set()
            for writer in writers:
                writer.join()
    finally:
        database.thaw()
    assert seen.failures == set()
    assert seen.since(seen.looks[0].at + 4.5).p95 < 0.3 or quick(seen)
    site.is_fresh()
    writes_again(site)


def test_a_slow_database_slows_writers_only(database: Cluster, site: Product, quick: Callable[[Seen], bool]) -> None:
    database.execute(
        "CREATE FUNCTION crawl() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(2); RETURN NEW; END'",
        "CREATE TRIGGER crawl BEFORE INSERT ON incidents_event FOR EACH ROW EXECUTE FUNCTION crawl()",
    )
    try:
        with visiting(site.server, site.paths) as seen:
            began = time.monotonic()
            assert site.write("Crawling").status_code == 201
            assert 2 <= time.monotonic() - began < 5
    finally:
        database.execute("DROP TRIGGER crawl ON incidents_event", "DROP FUNCTION crawl")
    assert seen.failures == set()
    assert {look.age for look in seen.looks} == {None}
    assert quick(seen)
    site.everywhere(lambda seen: b"Crawling" in seen.body, within=3)


def test_a_database_that_takes_no_writes_is_enough_for_visitors(
    database: Cluster, site: Product, quick: Callable[[Seen], bool]
) -> None:
    site.is_fresh()
    database.execute("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
    time.sleep(0.5)
    try:
        with visiting(site.server, site.paths) as seen:
            fails_cleanly(site.write)
            fails_cleanly(lambda: admin_login(site))
            time.sleep(2)
    finally:
        database.execute(
            "SET default_transaction_read_only = off",
            "ALTER SYSTEM RESET default_transaction_read_only",
            "SELECT pg_reload_conf()",
        )
    assert seen.failures == set()
    assert {look.age for look in seen.looks} == {None}
    assert quick(seen)
    writes_again(site)


def test_a_migration_does_not_disturb_visitors(database: Cluster, site: Product, quick: Callable[[Seen], bool]) -> None:
    """It holds the tables for five seconds, while the old program serves."""
    site.is_fresh()
    with visiting(site.server, site.paths) as seen, database.connect() as migration, migration.transaction():
        for table in ("revision", "incident", "service", "event"):
            migration.execute(f"ALTER TABLE incidents_{table} ADD COLUMN next_version integer")
        fails_cleanly(site.write, (500, 503, 409))
        time.sleep(3)
    assert seen.failures == set()
    assert quick(seen)
    site.is_fresh()
    writes_again(site)


def test_a_restart_of_the_database_loses_no_write_and_doubles_none(database: Cluster, site: Product) -> None:
    """Those who write try again with their key until they are answered; then no connection is a dead one."""
    site.is_fresh()
    with ThreadPoolExecutor(8) as writers:
        accepted = [writers.submit(write_with_a_key, site, f"Write-{n}") for n in range(40)]
        time.sleep(0.2)
        database.stop("fast")
        database.start()
        restarted = time.monotonic()
        assert len({one.result() for one in accepted}) == 40
    assert time.monotonic() - restarted < RECOVERY
    assert site.server.query("SELECT count(*) FROM incidents_incident WHERE title LIKE 'Write-%'") == [(40,)]
    with site.server.client() as client:
        assert {client.get(INCIDENTS).status_code for _ in range(40)} == {200}
    site.everywhere(lambda seen: b"Write-39" in seen.body, within=3)


def write_with_a_key(site: Product, title: str) -> str:
    """The id of the incident; its title is the key."""
    given = {"title": title, "severity": "minor", "status": "investigating", "force": True}
    with site.client() as client:
        answer = until_accepted(lambda: client.post(INCIDENTS, json=given, headers={"X-Idempotency-Key": title}))
    return str(answer.json()["data"]["id"])
