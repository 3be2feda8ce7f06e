"""What the API says of an incident that was merged into another one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident
from tests.api.calling import ADMIN, ENVELOPE, PROBLEM, Caller
from tests.api.document import operations

pytestmark = pytest.mark.django_db

PROBLEMS = "application/problem+json"
TITLE = "Checkout answers slowly"  # as in the document's examples
BEGAN = datetime(2026, 11, 20, 12, tzinfo=UTC)
# An example of the document → what one of the two is.
REFUSED: dict[str, dict[str, Any]] = {
    "draft": {"status": IncidentStatus.DRAFT},
    "ended": {"status": IncidentStatus.RESOLVED, "started_at": BEGAN, "resolved_at": BEGAN + timedelta(hours=1)},
    "private_and_public": {"is_public": False},
}


def documented(base: str, kind: str) -> dict[str, Any]:
    """The document's example of a 409."""
    responses = operations()["POST", f"{base}/incidents/{{id}}/merge"]["responses"]
    example: dict[str, Any] = responses["409"]["content"][PROBLEMS]["examples"][kind]["value"]
    return example


@pytest.fixture
def pair(incident: Callable[..., Incident], ops: Actor) -> tuple[Incident, Incident]:
    old, new = incident(title="Told twice"), incident(title="Told on")
    old.merge_into(new, by=ops)
    return old, new


@pytest.mark.parametrize("base", [PROBLEM, ENVELOPE])
def test_to_everybody_it_is_a_404_that_says_where_it_went(base: str, pair: tuple[Incident, Incident]) -> None:
    old, new = pair
    for path in ("", "/updates"):
        answer = Caller().get(f"{base}/incidents/{old.pk}{path}", Accept=PROBLEMS)
        assert answer.status_code == 404
        assert answer.json()["i18n_args"] == {"merged_into": new.pk}
        responses = operations()["GET", f"{base}/incidents/{{id}}{path}"]["responses"]
        example = responses["404"]["content"][PROBLEMS]["examples"]["merged"]["value"]
        assert example["i18n_args"].keys() == {"merged_into"}
    assert [row["id"] for row in Caller().get(f"{PROBLEM}/incidents").json()["items"]] == [new.pk]


def test_where_it_went_is_not_said_when_that_is_private(pair: tuple[Incident, Incident], ops: Actor) -> None:
    old, new = pair
    new.edit(by=ops, is_public=False)
    answer = Caller().get(f"{PROBLEM}/incidents/{old.pk}")
    assert answer.status_code == 404
    assert new.pk not in answer.content.decode()


def test_ops_see_it_with_the_one_that_goes_on(ops_caller: Caller, pair: tuple[Incident, Incident]) -> None:
    old, new = pair
    assert ops_caller.get(f"{ADMIN}/incidents/{old.pk}").json()["data"]["mergedInto"] == new.pk


def test_an_update_on_it_is_a_conflict(ops_caller: Caller, pair: tuple[Incident, Incident]) -> None:
    body = {"message": "More", "status": "monitoring"}
    assert ops_caller.post(f"{PROBLEM}/incidents/{pair[0].pk}/updates", body).status_code == 409


class TestMerging:
    @pytest.fixture
    def two(self, incident: Callable[..., Incident]) -> tuple[Incident, Incident]:
        return incident(title="Told twice"), incident(title="Told on")

    @pytest.mark.parametrize("base", [PROBLEM, ADMIN])
    def test_it_answers_the_one_that_goes_on(
        self, ops_caller: Caller, base: str, two: tuple[Incident, Incident]
    ) -> None:
        old, new = two
        answer = ops_caller.post(f"{base}/incidents/{old.pk}/merge", {"into": new.pk, "message": "One and the same."})
        assert answer.status_code == 200
        assert (answer.json()["data"]["id"], answer.json()["data"]["title"]) == (new.pk, "Told on")
        old.refresh_from_db()
        assert (old.merged_into_id, new.updates.latest("version").message) == (new.pk, "One and the same.")

    def test_nobody_is_told_unless_it_is_said(self, ops_caller: Caller, two: tuple[Incident, Incident]) -> None:
        old, new = two
        ops_caller.post(f"{PROBLEM}/incidents/{old.pk}/merge", {"into": new.pk})
        assert not new.updates.latest("version").notify

    def test_it_may_be_sent_again(self, ops_caller: Caller, two: tuple[Incident, Incident]) -> None:
        old, new = two
        sent = [
            ops_caller.post(f"{PROBLEM}/incidents/{old.pk}/merge", {"into": new.pk}, X_Idempotency_Key="once")
            for _ in range(2)
        ]
        assert [answer.status_code for answer in sent] == [200, 200]
        assert [answer.get("Idempotent-Replayed") for answer in sent] == [None, "true"]
        assert sent[0].content == sent[1].content
        assert new.updates.count() == 2

    @pytest.mark.parametrize(("base", "status"), [(PROBLEM, 400), (ADMIN, 422)])
    @pytest.mark.parametrize("into", [None, 7, "", "nosuchthing1", "\0", "x" * 10_000, ["a"]])
    def test_what_names_no_incident_is_a_wrong_field(
        self, ops_caller: Caller, two: tuple[Incident, Incident], base: str, status: int, into: object
    ) -> None:
        assert ops_caller.post(f"{base}/incidents/{two[0].pk}/merge", {"into": into}).status_code == status

    @pytest.mark.parametrize("base", [PROBLEM, ADMIN])
    @pytest.mark.parametrize("kind", REFUSED)
    @pytest.mark.parametrize("is_first", [True, False])
    def test_what_does_not_fit_together_is_a_conflict_as_documented(
        self, ops_caller: Caller, incident: Callable[..., Incident], base: str, kind: str, is_first: bool
    ) -> None:
        odd, usual = incident(title=TITLE, **REFUSED[kind]), incident()
        one, other = (odd, usual) if is_first else (usual, odd)
        answer = ops_caller.post(f"{base}/incidents/{one.pk}/merge", {"into": other.pk}, Accept=PROBLEMS)
        assert (answer.status_code, answer.json()["detail"]) == (409, documented(base, kind)["detail"])

    @pytest.mark.parametrize("base", [PROBLEM, ADMIN])
    def test_one_is_not_merged_into_itself(
        self, ops_caller: Caller, incident: Callable[..., Incident], base: str
    ) -> None:
        one = incident()
        answer = ops_caller.post(f"{base}/incidents/{one.pk}/merge", {"into": one.pk}, Accept=PROBLEMS)
        assert (answer.status_code, answer.json()["detail"]) == (409, documented(base, "itself")["detail"])

    def test_what_the_domain_refuses_is_a_conflict(self, ops_caller: Caller, two: tuple[Incident, Incident]) -> None:
        old, new = two
        path = f"{PROBLEM}/incidents/{old.pk}/merge"
        assert ops_caller.post(path, {"into": old.pk}).status_code == 409
        assert ops_caller.post(path, {"into": new.pk, "version": 7}).status_code == 409
        assert ops_caller.post(path, {"into": new.pk}, If_Match='"v7"').status_code == 412
        assert ops_caller.post(f"{PROBLEM}/incidents/nosuchthing1/merge", {"into": new.pk}).status_code == 404
