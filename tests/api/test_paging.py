from collections.abc import Callable
from typing import Any

import pytest

from incidents.models import Incident
from tests.api.calling import ENVELOPE, PROBLEM, Caller


@pytest.fixture
def five(incident: Callable[..., Incident]) -> list[str]:
    """Ids, newest first."""
    return [incident(title=f"No. {n}").pk for n in range(5)][::-1]


def page_of(caller: Caller, query: str) -> Any:
    answer = caller.get(f"{PROBLEM}/incidents{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_pages_together_hold_everything_once(anyone: Caller, five: list[str]) -> None:
    seen = [one["id"] for n in (1, 2, 3) for one in page_of(anyone, f"?page={n}&page_size=2")["items"]]
    assert seen == five


def test_a_page_knows_its_neighbours(anyone: Caller, five: list[str]) -> None:
    first, last = (page_of(anyone, f"?page={n}&page_size=2")["pagination"] for n in (1, 3))
    assert (first["has_prev"], first["has_next"], first["total"], first["total_pages"]) == (False, True, 5, 3)
    assert (last["has_prev"], last["has_next"]) == (True, False)


@pytest.mark.parametrize("page", [2, 999, 10**9, 10**18, 10**30])
def test_behind_the_last_page_is_an_empty_one(anyone: Caller, five: list[str], page: int) -> None:
    body = page_of(anyone, f"?page={page}")
    assert (body["items"], body["total"], body["pagination"]["has_next"]) == ([], 5, False)
    updates = anyone.get(f"{PROBLEM}/incidents/{five[0]}/updates?page={page}").json()
    assert (updates["items"], updates["total"]) == ([], 1)


@pytest.mark.parametrize("value", ["0", "-1", "x", "1.5", "1e9", "٣", "1 ", "+1", "0x1", "9" * 5000, "%00", "²"])
@pytest.mark.parametrize("name", ["page", "page_size", "pageSize"])
def test_a_nonsensical_page_is_a_bad_request(anyone: Caller, name: str, value: str) -> None:
    for path in (f"{PROBLEM}/incidents", f"{ENVELOPE}/incidents", f"{PROBLEM}/maintenances"):
        assert anyone.get(f"{path}?{name}={value}").status_code == 400


def test_a_page_holds_at_most_a_hundred(anyone: Caller) -> None:
    assert anyone.get(f"{PROBLEM}/incidents?page_size=100").status_code == 200
    answer = anyone.get(f"{PROBLEM}/incidents?page_size=101")
    assert (answer.status_code, "page_size" in answer.json()["detail"]) == (400, True)


def test_an_empty_list_has_no_pages(anyone: Caller) -> None:
    assert page_of(anyone, "")["pagination"]["total_pages"] == 0
