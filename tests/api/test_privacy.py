"""Export and erasure, by the data protection officer, by ops and by internal programs."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from incidents.models import AuditEntry, Subscription
from incidents.models.address import pseudonym
from tests.api.calling import ADMIN, Caller, wrong_fields
from tests.api.conftest import caller_for

ANN = "ann@example.com"
EXPORT, ERASE = f"{ADMIN}/gdpr/export", f"{ADMIN}/gdpr/erase"


@pytest.fixture(params=["ops_caller", "officer"])
def entitled(request: pytest.FixtureRequest) -> Caller:
    found: Caller = request.getfixturevalue(request.param)
    return found


def test_an_export_says_all_that_is_stored(entitled: Caller, subscription: Callable[..., Subscription]) -> None:
    row = subscription("Ann@example.com")

    data = entitled.get(f"{EXPORT}?email=ANN@example.com").json()["data"]

    (found,) = data["subscriptions"]
    assert (found["id"], found["address"], found["notifyIncidents"]) == (row.pk, "Ann@example.com", True)
    assert (found["channel"], found["digestFrequency"]) == ("EMAIL", "IMMEDIATE")
    assert {"verifiedAt", "createdAt", "askedAt"} <= found.keys()


def test_an_export_of_an_unknown_address_is_empty(entitled: Caller) -> None:
    assert entitled.get(f"{EXPORT}?email={ANN}").json()["data"] == {"email": ANN, "subscriptions": []}


@pytest.mark.parametrize("query", ["", "?email=", "?email=ann", "?email=a@b.co,e@v.il"])
def test_an_export_needs_an_address(officer: Caller, query: str) -> None:
    assert officer.get(EXPORT + query).status_code == 400


def test_erasing_can_be_repeated_and_says_how_much_there_was(
    entitled: Caller, subscription: Callable[..., Subscription]
) -> None:
    subscription(ANN)

    said = [entitled.post(ERASE, {"email": "Ann@Example.com"}).json()["data"] for _ in range(2)]

    assert said == [{"id": pseudonym(ANN), "records": 1}, {"id": pseudonym(ANN), "records": 0}]
    assert not Subscription.objects.exists()
    assert {(entry.action, entry.subject_id, entry.via) for entry in AuditEntry.objects.all()} == {
        ("erased", pseudonym(ANN), "api")
    }


def test_a_bad_address_is_a_field_error(officer: Caller) -> None:
    answer = officer.post(ERASE, {"email": "ann"})
    assert (answer.status_code, set(wrong_fields(answer))) == (422, {"email"})


@pytest.mark.parametrize(("method", "path"), [("GET", EXPORT), ("POST", ERASE)])
def test_nobody_else_may(anyone: Caller, user: Callable[..., User], method: str, path: str) -> None:
    assert anyone(method, path).status_code == 401
    assert caller_for(user("clerk"))(method, path).status_code == 403
