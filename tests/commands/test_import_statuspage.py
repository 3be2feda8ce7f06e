import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents import demo
from incidents.models import AuditEntry, Event, Incident, Revision, Service

pytestmark = pytest.mark.django_db


def run(*arguments: str | Path) -> str:
    out = StringIO()
    call_command("import_statuspage", *map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The sample with one title too long."""
    document = json.loads(demo.SAMPLE.read_text(encoding="utf-8"))
    document["incidents"][3]["name"] = "x" * 201
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(document))
    return path


def test_it_imports_a_file_and_reports_what_it_did() -> None:
    report = run(demo.SAMPLE).split("\n")

    assert report[3].split() == ["incident", str(Incident.objects.count()), "0", "0", "0", "0"]
    assert Incident.objects.count() == 78
    assert report[5] == "Their timelines hold 471 updates."


def test_a_dry_run_reports_the_same_and_writes_nothing() -> None:
    report = run(demo.SAMPLE, "--dry-run")

    assert "Dry run: nothing was written." in report
    assert report.replace("\nDry run: nothing was written.\n", "") == run(demo.SAMPLE)


def test_a_dry_run_leaves_no_row() -> None:
    run(demo.SAMPLE, "--dry-run")

    assert not any(table.objects.exists() for table in (Incident, Service, Event, AuditEntry, Revision))


def test_a_rejected_record_ends_in_an_error_but_the_others_are_imported(broken: Path) -> None:
    with pytest.raises(CommandError, match="1 record was rejected"):
        run(broken)

    assert Incident.objects.count() == 77


def test_an_unreadable_document_stops_everything_before_the_first_write(tmp_path: Path) -> None:
    (tmp_path / "torn.json").write_text('{"incidents": [')

    with pytest.raises(CommandError, match="Nothing was imported"):
        run(demo.SAMPLE, tmp_path / "torn.json")

    assert not Incident.objects.exists()


def test_the_cost_of_a_record_does_not_grow_with_the_history() -> None:
    run(demo.SAMPLE)
    with CaptureQueriesContext(
        connection,
    ) as again:
        run(demo.SAMPLE)

    assert len(again) < 8 * 90
