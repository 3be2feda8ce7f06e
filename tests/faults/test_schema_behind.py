"""F25: the new version is started before its migrations have run. Visitors see the pages that the old one has kept."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import server
from tests.faults.product import Product, product
from tests.faults.test_disk import comes_to_the_disk, restarted
from tests.faults.visitors import visiting
from tests.test_expand_only import ours

MADE_WHEN_ASKED_FOR = ("/history/2026/01/", "/api/v2/incidents/")


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[Product]:
    """It has run, and the last of its migrations has not."""
    with server.database(tmp_path) as url:
        with product(tmp_path, variables={"DATABASE_URL": url}) as one:
            comes_to_the_disk(one, b"Slow answers")
        one.server.manage("migrate", "-v0", "incidents", ours()[-2].name)
        yield one


def test_a_schema_that_is_behind_costs_no_visitor_a_page(stopped: Product) -> None:
    kept = [path for path in stopped.paths if not path.startswith(MADE_WHEN_ASKED_FOR)]
    with restarted(stopped) as site, visiting(site.server, kept) as seen:
        with site.server.client() as client:
            told = client.get("/readyz")
            assert (told.status_code, f"incidents.{ours()[-1].name}" in told.text) == (503, True)
        time.sleep(1)
        site.server.manage("migrate", "-v0")
        assert site.write("After the migration").status_code == 201
        site.everywhere(lambda seen: b"After the migration" in seen.body)
        site.is_fresh()
    assert seen.failures == set()
