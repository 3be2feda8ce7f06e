"""What the project asks for, pins and documents is one and the same list."""

import re
import runpy
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = PROJECT["project"]["dependencies"]
CLUSTER = PROJECT["project"]["optional-dependencies"]["cluster"]
TRACING = PROJECT["project"]["optional-dependencies"]["tracing"]
DEVELOPMENT = PROJECT["dependency-groups"]["dev"]
LOCKS = ("base", "cluster", "tracing", "dev")


def names(requirements: list[str]) -> set[str]:
    """`psycopg[binary,pool]~=3.3` is psycopg."""
    return {re.split(r"[^a-z0-9-]", requirement, maxsplit=1)[0] for requirement in requirements}


def documented(heading: str) -> dict[str, list[str]]:
    """The rows of the table below a heading: package -> its other cells."""
    section = (ROOT / "docs/dependencies.md").read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    return {name: cells for name, *cells in rows[2:]}


def lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text()


def pinned(name: str) -> dict[str, str]:
    """Package -> its whole entry in a lock: version, marker and hashes."""
    entries = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", lock(name), flags=re.MULTILINE).strip())
    return {entry.split("==")[0]: entry for entry in entries}


@pytest.mark.parametrize(
    ("heading", "asked"),
    [
        ("At run time", RUNTIME),
        ("For a cluster", CLUSTER),
        ("For tracing", TRACING),
        ("For development", DEVELOPMENT),
    ],
)
def test_every_direct_dependency_has_its_line(heading: str, asked: list[str]) -> None:
    rows = documented(heading)
    assert set(rows) == names(asked)
    assert all(len(cells) == 3 and all(cells) for cells in rows.values())


@pytest.mark.parametrize(
    ("name", "asked"),
    [("base", RUNTIME), ("cluster", [*RUNTIME, *CLUSTER]), ("dev", [*RUNTIME, *CLUSTER, *DEVELOPMENT])],
)
def test_every_direct_dependency_is_pinned(name: str, asked: list[str]) -> None:
    locked = {package.split("[")[0] for package in pinned(name)}
    assert names(asked) <= locked


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_is_exact_and_has_hashes(name: str) -> None:
    assert [entry for entry in pinned(name).values() if not re.match(r"\S+==\S+.*\\\n.*--hash=sha256:", entry)] == []


@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_names_an_index(name: str) -> None:
    assert re.findall(r"https?:|file:|--(?!hash=)\S+|^-\S+", lock(name), re.MULTILINE) == []


def test_development_runs_on_the_versions_of_production() -> None:
    """Some of them on more platforms."""
    base, cluster, tracing, dev = ({re.sub(r" ; [^\\]*", " ", pin) for pin in pinned(name).values()} for name in LOCKS)
    assert base <= cluster <= tracing <= dev


def test_the_image_and_this_checkout_use_the_same_python() -> None:
    selected = (ROOT / ".python-version").read_text().strip()
    images = re.findall(r"^FROM python:([\d.]+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert set(images) == {selected}


@pytest.mark.parametrize(
    ("host", "port", "bind"),
    [
        ("", "", "127.0.0.1:8000"),
        ("0.0.0.0", "80", "0.0.0.0:80"),
        ("[::1]", "8001", "[::1]:8001"),
        ("::1", "", "[::1]:8000"),
    ],
)
def test_gunicorn_listens_where_it_is_told(host: str, port: str, bind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", host)
    monkeypatch.setenv("PORT", port)
    assert runpy.run_path(str(ROOT / "statussite" / "gunicorn.py"))["bind"] == bind
