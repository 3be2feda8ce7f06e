"""The steps of the Dockerfile, walked in an empty directory: what they make serves pages and holds nothing else.

Where a container engine is at hand, `docker build .` is the better test; this one needs a package index only.
"""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.server import ROOT, free_port
from tests.test_deployment import DOCKERFILE

pytestmark = pytest.mark.index

_STEP = re.compile(r"^(RUN|COPY|CMD|ENV|WORKDIR|FROM) ((?:.*\\\n)*.*)$", re.MULTILINE)


class Image:
    """Where the steps put what a container would have as /app and /venv."""

    def __init__(self, directory: Path) -> None:
        self.app, self.venv = directory / "app", directory / "venv"
        self.app.mkdir()
        self._tools = os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])

    def build(self) -> None:
        first_stage = DOCKERFILE.partition("\nFROM ")[0]
        for kind, words in _STEP.findall(first_stage):
            if kind == "COPY":
                self._copy(*words.split())
            elif kind == "RUN":
                self.run(words)

    def run(self, command: str) -> None:
        here = command.replace("/venv", str(self.venv))
        told = {**_index_settings(), "PATH": self._tools, "HOME": str(self.app.parent)}
        done = subprocess.run(["sh", "-c", here], cwd=self.app, env=told, capture_output=True, text=True)
        assert done.returncode == 0, (command, done.stdout[-2000:] + done.stderr[-2000:])

    def start(self, port: int, **variables: str) -> subprocess.Popen[bytes]:
        (command,) = re.findall(r"^CMD (\[.*\])", DOCKERFILE, re.MULTILINE)
        program, *arguments = json.loads(command)
        told = {
            "PATH": f"{self.venv / 'bin'}:/usr/bin:/bin",
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "SECRET_KEY": secrets.token_urlsafe(50),
            **variables,
        }
        migrate = [str(self.venv / "bin" / "python"), "manage.py", "migrate", "-v0"]
        subprocess.run(migrate, cwd=self.app, env=told, check=True)
        return subprocess.Popen([str(self.venv / "bin" / program), *arguments], cwd=self.app, env=told)

    def files(self) -> set[tuple[str, int]]:
        """But for the one place that may be written to."""
        every = [path for root in (self.app, self.venv) for path in root.rglob("*") if path.is_file()]
        return {(str(path), path.stat().st_mtime_ns) for path in every if self.app / "data" not in path.parents}

    def _copy(self, *words: str) -> None:
        *sources, target = words
        for source in sources:
            to = self.app / target
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, to, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                to.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, to)


def _index_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    one = Image(Path(tmp_path_factory.mktemp("image")))
    one.build()
    yield one
    shutil.rmtree(one.app.parent)


def test_what_the_steps_make_serves_pages_and_writes_in_one_place_only(image: Image) -> None:
    (image.app / "data").mkdir()
    before = image.files()
    port = free_port()
    process = image.start(port, ALLOWED_HOSTS="127.0.0.1", SITE_URL=f"http://127.0.0.1:{port}")
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", transport=httpx.HTTPTransport(retries=8), trust_env=False
        ) as client:
            home = client.get("/")
            (style,) = re.findall(r'href="(/static/[^"]+\.css)"', home.text)
            assert client.get(style, headers={"Accept-Encoding": "br"}).headers["Content-Encoding"] == "br"
            assert "migrations: ok" in client.get("/readyz").text
    finally:
        process.terminate()
        assert process.wait(25) == 0
    assert image.files() == before


def test_it_has_no_pip_and_no_tools(image: Image) -> None:
    names = {path.name for path in (image.venv / "bin").iterdir()}
    assert "gunicorn" in names
    assert "celery" in names
    assert not [name for name in names if name.startswith(("pip", "uv"))]
    assert {path.name for path in image.app.iterdir()} - {"data"} == {
        "incidents", "locale", "manage.py", "requirements",
        "sbom.json", "static", "staticfiles", "statussite", "templates",
    }  # fmt: skip


def test_it_lists_exactly_what_was_pinned(image: Image) -> None:
    listed = {one["name"].lower() for one in json.loads((image.app / "sbom.json").read_text())["components"]}
    pinned = re.findall(
        r"^([a-z0-9-]+)(?:\[.*\])?==", (ROOT / "requirements" / "cluster.txt").read_text(), re.MULTILINE
    )
    normal = {re.sub(r"[-_.]+", "-", name) for name in listed}
    assert {"django", "celery", "gunicorn"} <= normal <= set(pinned)


def test_static_files_are_compressed_beforehand(image: Image) -> None:
    sheets = [sheet for sheet in (image.app / "staticfiles").rglob("*.css") if sheet.stat().st_size > 2000]
    assert sheets
    assert all(sheet.with_suffix(f".css{kind}").exists() for sheet in sheets for kind in (".br", ".gz"))
