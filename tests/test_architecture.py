"""The import table of the house: doors → mails → page → models → rules. Doors do not know one another."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PURE = {"errors", "severity", "lifecycle", "uptime", "rules", "recurrence"}
DOORS = {"admin", "api", "public", "statuspage", "published", "notify", "automation", "archive"}
SIGNING_IN = {"logins", "signing_in", "second_factor"}
BELOW_DOORS = PURE | {"models", "page", "text", "roles", "caching", "budget", "guard", "mails"} | SIGNING_IN
MAY_IMPORT = {
    **dict.fromkeys(PURE, PURE),
    "text": set(),
    "roles": set(),
    "logins": PURE,
    "second_factor": PURE | {"models"},
    "signing_in": PURE | {"models"} | SIGNING_IN,
    "caching": PURE,
    "budget": set(),
    "guard": PURE,
    "kick": set(),
    "models": PURE | {"models", "roles", "kick"},
    "page": PURE | {"models", "page"},
    "mails": PURE | {"models", "page", "mails"},
    "templatetags": PURE | {"page", "text", "public", "admin"},
    **{door: BELOW_DOORS | {door} for door in DOORS},
    "admin": BELOW_DOORS | {"statuspage", "admin"},  # it shows what an import would do
    "notify": BELOW_DOORS | {"public", "statuspage", "notify"},  # it says elsewhere what these show, in their words
    "automation": BELOW_DOORS | {"api", "automation"},  # takes in and refuses what programs send in the API's way
    "published": PURE | {"models", "page", "public", "statuspage", "published"},  # its job is to render other doors
}


def modules() -> list[Path]:
    return [p for p in sorted((ROOT / "incidents").rglob("*.py")) if "migrations" not in p.parts]


def part(path: Path) -> str:
    """`incidents/models/impact.py` → models; `incidents/errors.py` → errors."""
    return path.relative_to(ROOT / "incidents").parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def parts_used(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imported(path) if name.startswith("incidents.")}


@pytest.mark.parametrize("path", [p for p in modules() if part(p) in MAY_IMPORT], ids=str)
def test_a_part_imports_only_what_lies_below_it(path: Path) -> None:
    assert parts_used(path) - MAY_IMPORT[part(path)] == set()


@pytest.mark.parametrize("name", sorted(PURE))
def test_the_rules_run_without_django(name: str) -> None:
    names = list(imported(ROOT / "incidents" / f"{name}.py"))
    assert not [n for n in names if n.split(".")[0] in ("django", "rest_framework")]


@pytest.mark.parametrize("name", ["entry", "store", "wsgi"])
def test_what_answers_visitors_needs_the_standard_library_only(name: str) -> None:
    needed = set(imported(ROOT / "incidents" / "published" / f"{name}.py"))
    ours = {n for n in needed if n.startswith(("incidents.published.entry.", "incidents.published.store."))}
    assert {n.split(".")[0] for n in needed - ours} <= sys.stdlib_module_names


def test_every_part_has_its_row_in_the_table() -> None:
    free = {"__init__", "apps", "checks", "jobs", "management", "demo"}
    assert {part(path) for path in modules()} - free <= set(MAY_IMPORT)


def picture() -> list[list[str]]:
    """The first drawing of docs/architecture.md, from top to bottom: which parts stand beside one another."""
    drawing = (ROOT / "docs" / "architecture.md").read_text().split("```text\n")[1].split("```")[0]
    return [left.split() for left, bar, _ in (line.partition("│") for line in drawing.splitlines()) if bar]


def test_the_picture_shows_every_part_once() -> None:
    assert sorted(part for level in picture() for part in level) == sorted(MAY_IMPORT)


def test_in_the_picture_imports_lead_down() -> None:
    level = {part: number for number, parts in enumerate(picture()) for part in parts}
    upwards = [
        (part, other)
        for part, allowed in MAY_IMPORT.items()
        for other in allowed - {part}
        if level[other] <= level[part] and not {part, other} <= PURE
    ]
    assert upwards == []
