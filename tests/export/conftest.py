from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from incidents import rules
from incidents.lifecycle import IncidentStatus
from incidents.models import Actor, Incident, Service
from incidents.published.export import Export
from incidents.published.folder import Folder
from incidents.published.index import Index
from incidents.published.watch import Watch


@pytest.fixture(autouse=True)
def young(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time begins a year ago: each month is a page."""
    monkeypatch.setattr(rules, "EARLIEST", datetime(2025, 11, 1, tzinfo=UTC))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "site"


@pytest.fixture
def watch(out: Path, db: None) -> Iterator[Watch]:
    """Watching `out`, with rooted links; `.step()` is one look."""
    folder, index = Folder(out), Index()
    with folder.claimed():
        yield Watch(Export(folder, index, is_relative=False), folder, index)


@pytest.fixture
def long_ago(api: Service, incident: Callable[..., Incident], ops: Actor, now: datetime) -> list[Incident]:
    """Three incidents, resolved in March, July and August: none of them is on the home page."""

    def one(number: int, months_ago: int) -> Incident:
        start = now - timedelta(days=30.5 * months_ago)
        story = incident(title=f"Old story {number}", levels={api: None}, now=start)
        story.post_update(by=ops, status=IncidentStatus.RESOLVED, now=start + timedelta(hours=1))
        return story

    return [one(1, 8), one(2, 4), one(3, 3)]
