"""Every read sees one instant, and what a write was given is still there when it is tried again."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.api.timeline import with_services_as
from tests.api.calling import ENVELOPE, PROBLEM, Caller

READS = [
    f"{PROBLEM}/overview",
    f"{PROBLEM}/json",
    f"{PROBLEM}/services",
    f"{PROBLEM}/incidents",
    f"{PROBLEM}/incidents/abcdefghijkl",
    f"{PROBLEM}/incidents/abcdefghijkl/updates",
    f"{PROBLEM}/maintenances",
    f"{PROBLEM}/maintenances/abcdefghijkl",
    f"{PROBLEM}/maintenances/abcdefghijkl/updates",
    f"{PROBLEM}/metrics/uptime?service=api",
    f"{ENVELOPE}/history",
    f"{ENVELOPE}/summary",
    f"{ENVELOPE}/services/api",
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", READS)
def test_all_that_a_read_asks_is_asked_of_one_instant(path: str) -> None:
    with CaptureQueriesContext(connection) as asked:
        Caller().get(path)
    first, *between, last = [query["sql"] for query in asked]
    assert (first.split()[0], bool(between), last) == ("BEGIN", True, "ROLLBACK")


def test_what_was_given_stays_for_a_second_attempt() -> None:
    given = {"message": "x", "affected_services": {}}
    assert with_services_as("levels", given) == with_services_as("levels", given) == {"message": "x", "levels": {}}
