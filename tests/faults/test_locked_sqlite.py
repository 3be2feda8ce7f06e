"""F04: somebody else holds SQLite's only write lock."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import settings

from tests.faults.product import Product, fails_cleanly, product
from tests.faults.visitors import visiting

pytestmark = pytest.mark.skipif(not settings.IS_SQLITE, reason="SQLite's lock")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Product]:
    with product(tmp_path) as one:
        yield one


def test_a_locked_database_keeps_visitors_and_refuses_writers(site: Product) -> None:
    file = site.server.environment["DATABASE_URL"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with visiting(site.server, site.paths) as seen:
            fails_cleanly(site.write, (409, 500))
            time.sleep(2)
        other.execute("ROLLBACK")
    assert seen.failures == set()
    assert {look.age for look in seen.looks} == {None}
    assert seen.p95 < 0.3
    assert site.write("Unlocked").status_code == 201
    site.everywhere(lambda seen: b"Unlocked" in seen.body, within=3)
