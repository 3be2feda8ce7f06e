"""The import table of the house: doors → mails → page → models → rules. Doors do not know one another."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PURE = {"errors", "severity", "lifecycle", "uptime", "rules"}
DOORS = {"admin", "api", "public", "statuspage", "published", "notify"}
MAY_IMPORT = {
    **dict.fromkeys(PURE, PURE),
    "text": set(),
    "roles": set(),
    "logins": PURE,
    "caching": PURE,
    "models": PURE | {"models", "roles"},
    "page": PURE | {"models", "page"},
    "mails": PURE | {"models", "page", "mails"},
    "templatetags": PURE | {"page", "text", "public", "admin"},
    **{door: PURE | {"models", "page", "text", "roles", "logins", "caching", "mails", door} for door in DOORS},
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


def test_every_part_has_its_row_in_the_table() -> None:
    free = {"__init__", "apps", "checks", "jobs", "management", "demo"}
    assert {part(path) for path in modules()} - free <= set(MAY_IMPORT)
