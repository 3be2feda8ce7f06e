"""The wheel, built and installed: what it holds is enough to serve pages anywhere."""

import os
import secrets
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.server import ROOT

pytestmark = pytest.mark.index  # its build asks for setuptools


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from what git knows, so that nothing lying about comes along."""
    directory = Path(tmp_path_factory.mktemp("wheel"))
    source = directory / "source"
    source.mkdir()
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, tracked.stdout.split("\0")):
        if (ROOT / name).is_file() and not name.startswith(("tests/", "docs/")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--wheel-dir", str(directory), str(source)], check=True)
    (built,) = directory.glob("statussite-*.whl")
    return built


def names(of: Path) -> set[str]:
    return set(zipfile.ZipFile(of).namelist())


@pytest.mark.parametrize("folder", ["templates", "static", "locale"])
def test_it_contains_every_template_every_static_file_and_every_translation(wheel: Path, folder: str) -> None:
    there = {str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob("*") if path.is_file()}
    assert there
    assert {f"statussite/{name}" for name in there} <= names(wheel)


def test_it_contains_no_tests_and_nothing_of_the_machine(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in names(wheel)}
    assert {top for top in tops if not top.startswith("statussite-")} == {"incidents", "statussite"}


def test_installed_it_migrates_and_renders_the_page_where_it_is_started(wheel: Path, tmp_path: Path) -> None:
    installed, home = tmp_path / "installed", tmp_path / "home"
    home.mkdir()
    zipfile.ZipFile(wheel).extractall(installed)
    told = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
    told |= {"PYTHONPATH": str(installed), "SECRET_KEY": secrets.token_urlsafe(50)}
    command = [sys.executable, "-m", "statussite"]
    for arguments in (["migrate", "-v0"], ["collectstatic", "--no-input", "-v0"], ["publish", "--to", "site"]):
        done = subprocess.run([*command, *arguments], cwd=home, env=told, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert (home / "data" / "status.sqlite3").exists()
    assert "<h1" in (home / "site" / "index.html").read_text()
