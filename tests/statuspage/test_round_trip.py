"""What was imported is served as it was, where our records hold it."""

from collections.abc import Callable
from typing import Any

import pytest

from incidents.statuspage.importing.report import Report
from tests.statuspage.conftest import Document, real
from tests.statuspage.served import DOCUMENTS, fetch, fetch_valid

Take = Callable[[Document], Report]
pytestmark = pytest.mark.usefixtures("frozen")
STORY = ("id", "name", "status", "created_at", "monitoring_at", "resolved_at", "impact")
UPDATE = ("id", "status", "body", "incident_id", "created_at", "display_at", "deliver_notifications")


def picked(rows: list[Document], *fields: str) -> list[Document]:
    return [{field: row[field] for field in fields} for row in rows]


def hits(story: Document) -> list[set[tuple[str, ...]] | None]:
    return [
        None if hit is None else {tuple(one.values()) for one in hit}
        for hit in (update["affected_components"] for update in story["incident_updates"])
    ]


def harm(story: Document) -> list[set[tuple[str, ...]]]:
    """As `hits`, without what was named though it went on working: that is known only from the first real hit on."""
    return [{hit for hit in found or () if hit[2:] != ("operational",) * 2} for found in hits(story)]


def test_github_2024_comes_back_with_the_levels_of_every_update(take: Take) -> None:
    source = real("github-2024-incidents.json")["incidents"]
    take({"incidents": source})

    served = fetch_valid("incidents")["incidents"]

    assert picked(served, *STORY, "started_at") == picked(source, *STORY, "started_at")
    for ours, theirs in zip(served, source, strict=True):
        assert picked(ours["incident_updates"], *UPDATE) == picked(theirs["incident_updates"], *UPDATE)
        assert hits(ours) == hits(theirs)
        assert {row["id"] for row in ours["components"]} == {row["id"] for row in theirs["components"]}


def test_instructure_comes_back_with_its_groups_positions_and_headline(take: Take, settings: Any) -> None:
    source = real("instructure-summary.json")
    settings.PAGE_TIME_ZONE = source["page"]["time_zone"]
    take(source)

    served = fetch_valid("summary")

    same = ("id", "name", "status", "created_at", "description", "group_id", "group", "start_date")

    def by_id(rows: list[Document]) -> dict[str, Document]:
        return {row["id"]: {field: row[field] for field in same} for row in rows}

    assert by_id(served["components"]) == by_id(source["components"])
    ours, theirs = ([row["components"] for row in d["components"] if row["group"]] for d in (served, source))
    assert sorted(map(sorted, ours)) == sorted(map(sorted, theirs))
    assert served["status"] == source["status"]
    assert picked(served["incidents"], *STORY) == picked(source["incidents"], *STORY)
    assert harm(served["incidents"][0]) == harm(source["incidents"][0])


def test_payfast_comes_back_as_maintenance(take: Take, settings: Any) -> None:
    source = real("payfast-2022-scheduled-maintenances.json")
    settings.PAGE_TIME_ZONE = source["page"]["time_zone"]
    take(source)

    [ours], [theirs] = (d["scheduled_maintenances"] for d in (fetch_valid("scheduled-maintenances"), source))

    same = (*STORY, "scheduled_for", "scheduled_until")
    assert picked([ours], *same) == picked([theirs], *same)
    assert hits(ours)[0] == hits(theirs)[0]


def test_github_2026_comes_back_with_its_newest_fifty(take: Take) -> None:
    source = real("github-2022-2026.json")
    take(source)

    served = {story["id"]: story for story in fetch_valid("incidents")["incidents"]}

    newest = {story["id"]: story for story in source["incidents"] if story["id"] in served}
    assert len(newest) == 50
    same = tuple(field for field in STORY if field != "monitoring_at")
    assert picked(list(served.values()), *same) == picked([newest[id] for id in served], *same)
    for id, ours in served.items():
        ids = [{update["id"] for update in story["incident_updates"]} for story in (ours, newest[id])]
        assert ids[0] == ids[1]


def test_what_is_served_can_be_imported_again_and_changes_nothing(take: Take) -> None:
    take(real("github-2024-incidents.json"))
    take(real("discord-2019-components.json"))
    before = {name: fetch(name) for name in DOCUMENTS}

    report = take({**before["summary"], **before["incidents"], **before["scheduled-maintenances"]})

    assert report.rejected == []
    assert {name: fetch(name) for name in DOCUMENTS} == before
