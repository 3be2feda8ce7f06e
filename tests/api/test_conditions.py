"""Versions: what has been seen is not sent again, and what has changed is not overwritten."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident, MaintenanceWindow, Service
from tests.api.calling import ADMIN, ENVELOPE, PROBLEM, Caller

type Open = Callable[..., Incident]


@pytest.mark.parametrize("base", [PROBLEM, ENVELOPE])
def test_a_detail_carries_its_version_as_etag(anyone: Caller, incident: Open, base: str) -> None:
    path = f"{base}/incidents/{incident().pk}"
    tag = anyone.get(path)["ETag"]
    assert tag.startswith('"v1-')
    known = anyone.get(path, If_None_Match=f'"v0", W/{tag}')
    assert (known.status_code, known.content, known["ETag"]) == (304, b"", tag)
    assert anyone.get(path, If_None_Match='"v0", "v1"').status_code == 200


def test_ops_who_see_everything_need_no_more_than_the_version(ops_caller: Caller, incident: Open) -> None:
    path = f"{PROBLEM}/incidents/{incident().pk}"
    assert ops_caller.get(path)["ETag"] == '"v1"'
    assert ops_caller.get(path, If_None_Match='"v1"').status_code == 304


def test_a_service_that_was_taken_back_is_not_confirmed(
    anyone: Caller, incident: Open, window: Callable[..., MaintenanceWindow], api: Service, ops: Actor
) -> None:
    soon = timezone.now() + timedelta(days=1)
    planned = window(services=[api], scheduled_start_at=soon, scheduled_end_at=soon + timedelta(hours=1))
    paths = [f"{PROBLEM}/incidents/{incident(levels={api: None}).pk}", f"{PROBLEM}/maintenances/{planned.pk}"]
    tags = [anyone.get(path)["ETag"] for path in paths]
    api.change(by=ops, is_public=False)
    for path, tag in zip(paths, tags, strict=True):
        answer = anyone.get(path, If_None_Match=tag)
        assert (answer.status_code, answer.json()["data"]["affected_services"]) == (200, [])


def test_a_predecessor_that_was_taken_back_is_not_confirmed(anyone: Caller, incident: Open, ops: Actor) -> None:
    first = incident()
    first.post_update(by=ops, status=IncidentStatus.RESOLVED)
    path = f"{PROBLEM}/incidents/{incident(continues=first).pk}"
    tag = anyone.get(path)["ETag"]
    first.edit(by=ops, is_public=False)
    answer = anyone.get(path, If_None_Match=tag)
    assert (answer.status_code, answer.json()["data"]["continues"]) == (200, None)


@pytest.mark.parametrize("path", ["/incidents", "/overview", "/services", "/json", "/maintenances"])
def test_what_has_no_version_is_compared_by_content(anyone: Caller, incident: Open, path: str) -> None:
    tag = anyone.get(PROBLEM + path)["ETag"]
    assert anyone.get(PROBLEM + path, If_None_Match=tag).status_code == 304


def test_a_list_that_has_changed_is_sent(anyone: Caller, incident: Open) -> None:
    tag = anyone.get(f"{PROBLEM}/incidents")["ETag"]
    incident()
    assert anyone.get(f"{PROBLEM}/incidents", If_None_Match=tag).status_code == 200


WRITES = [
    ("PATCH", "", {"title": "x"}),
    ("PUT", "", {"title": "x"}),
    ("PATCH", "", {"status": "identified"}),
    ("POST", "/updates", {"status": "identified", "message": "x"}),
    ("PUT", "/postmortem", {"body": "x"}),
    ("DELETE", "", {}),
]


@pytest.mark.parametrize(("method", "sub", "body"), WRITES)
def test_a_write_from_an_outdated_view_is_refused(
    ops_caller: Caller, incident: Open, method: str, sub: str, body: dict[str, object]
) -> None:
    one = incident()
    ops_caller.patch(f"{PROBLEM}/incidents/{one.pk}", {"title": "Somebody was faster"})
    path = f"{PROBLEM}/incidents/{one.pk}{sub}"
    by_body, by_header = (
        ops_caller(method, path, {**body, "version": 1}),
        ops_caller(method, path, body, If_Match='"v1"'),
    )
    assert (by_body.status_code, by_header.status_code) == (409, 412)
    for answer in (by_body, by_header):
        assert answer.json()["i18n_key"] == "error.status.stale_version"
        assert answer.json()["i18n_args"] == {"expected": 1, "current": 2}
    one.refresh_from_db()
    assert (one.version, one.status) == (2, "investigating")


@pytest.mark.parametrize(("method", "sub", "body"), WRITES)
def test_a_write_from_the_present_view_goes_through(
    ops_caller: Caller, incident: Open, method: str, sub: str, body: dict[str, object]
) -> None:
    path = f"{PROBLEM}/incidents/{incident().pk}{sub}"
    assert ops_caller(method, path, {**body, "version": 1}, If_Match='"v1"').status_code in (200, 201)


def test_the_tag_that_the_public_sees_tells_the_version_too(ops_caller: Caller, anyone: Caller, incident: Open) -> None:
    path = f"{PROBLEM}/incidents/{incident().pk}"
    tag = anyone.get(path)["ETag"]
    assert ops_caller.patch(path, {"title": "x"}, If_Match=tag).status_code == 200
    stale = ops_caller.patch(path, {"title": "y"}, If_Match=tag)
    assert (stale.status_code, stale.json()["i18n_args"]) == (412, {"expected": 1, "current": 2})


@pytest.mark.parametrize("path", ["services", "service-groups"])
@pytest.mark.parametrize(("method", "body"), [("PATCH", {"position": 2}), ("DELETE", None)])
def test_an_entry_of_the_catalogue_is_not_changed_from_an_outdated_view(
    ops_caller: Caller, path: str, method: str, body: object
) -> None:
    ops_caller.post(f"{ADMIN}/{path}", {"slug": "core", "name": "Core"})
    one = f"{ADMIN}/{path}/core"
    tag = ops_caller.get(one)["ETag"]
    ops_caller.patch(one, {"name": "Somebody was faster"})
    stale = ops_caller(method, one, body, If_Match=tag)
    assert (stale.status_code, stale.json()["error"]["code"]) == (412, "ERR_STATUS_CONFLICT")
    assert ops_caller.get(one).json()["data"]["position"] == 0
    assert ops_caller(method, one, body, If_Match=ops_caller.get(one)["ETag"]).status_code == 200


@pytest.mark.parametrize("tag", ['"x"', "garbage", '"v"', "v1", "W/", '"v' + "9" * 5000 + '"'])
def test_a_tag_that_names_nothing_never_matches(ops_caller: Caller, incident: Open, tag: str) -> None:
    answer = ops_caller.patch(f"{ADMIN}/incidents/{incident().pk}", {"title": "x"}, If_Match=tag)
    assert (answer.status_code, answer.json()["error"]["code"]) == (412, "ERR_STATUS_CONFLICT")


def test_a_star_matches_whatever_there_is(ops_caller: Caller, incident: Open) -> None:
    assert ops_caller.patch(f"{ADMIN}/incidents/{incident().pk}", {"title": "x"}, If_Match="*").status_code == 200
    assert ops_caller.patch(f"{ADMIN}/incidents/abcdefghijkl", {"title": "x"}, If_Match="*").status_code == 404
