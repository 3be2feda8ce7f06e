"""What a page costs does not grow with the history: what it shows is found by an index that leads to it.

SQLite's plans are read: it knows nothing of how many rows there are, so they are those of the longest history.
"""

import re
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import Incident
from incidents.published import rendering
from incidents.published.index import FIXED, Index

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by what there is")

# Of these there are more each day. Of maintenance windows there are few.
GROWING = ("incident", "incidentupdate", "impact", "event", "auditentry", "delivery", "snapshot")
READS_ALL = re.compile(rf"SCAN incidents_(?:{'|'.join(GROWING)})\b|merged_into_id=")


@pytest.fixture
def paths(incident: Callable[..., Incident]) -> list[str]:
    return [*Index().kept(), f"/incidents/{incident().pk}/"]


def unbounded(path: str) -> Iterator[str]:
    """The steps that read more the longer the history is. Along an index, as far as a limit, is not one of them."""
    with CaptureQueriesContext(connection) as asked:
        rendering.render(path, 1)
    with connection.cursor() as cursor:
        for sql in (query["sql"] for query in asked if query["sql"].startswith("SELECT")):
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            steps = [step[3] for step in cursor.fetchall() if READS_ALL.search(step[3])]
            yield from (f"{step}: {sql}" for step in steps if not ("USING INDEX" in step and " LIMIT " in sql))


def test_no_public_page_reads_all_that_ever_was(paths: list[str]) -> None:
    assert len(paths) > len(FIXED)
    assert {step for path in paths for step in unbounded(path)} == set()
