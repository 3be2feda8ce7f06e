"""What README and docs promise exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_LINK = re.compile(r"\]\(([^)#:]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    linked = [link for link in _LINK.findall(page.read_text()) if not link.startswith("/")]
    assert [link for link in linked if not (page.parent / link).exists()] == []


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


FAULTS = (ROOT / "docs" / "faults.md").read_text()


@pytest.mark.parametrize("named", sorted(set(re.findall(r"`(tests/\S+)`", FAULTS))))
def test_every_test_that_holds_a_fault_exists(named: str) -> None:
    file, _, test = named.partition("::")
    assert f"def {test}(" in (ROOT / file).read_text() if test else (ROOT / file).exists()


def test_every_fault_is_in_the_table_once() -> None:
    rows = [row.split("|")[1] for row in FAULTS.splitlines() if row.startswith("| F")]
    assert [fault for row in rows for fault in re.findall(r"F\d\d", row)] == [f"F{n:02}" for n in range(1, 41)]


def test_every_page_is_found_from_the_readme() -> None:
    found, new = set[Path](), {ROOT / "README.md"}
    while new:
        found |= new
        linked = {(page.parent / link).resolve() for page in new for link in _LINK.findall(page.read_text())}
        new = {page for page in linked if page.suffix == ".md"} - found
    assert set((ROOT / "docs").glob("*.md")) - found == set()
