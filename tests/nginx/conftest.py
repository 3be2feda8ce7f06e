"""nginx with the configuration that docs/ ships, before a real server, beside a publisher of files."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from statussite import languages
from tests import server
from tests.waiting import eventually
from tools.test import find_nginx

SHIPPED = server.ROOT / "docs" / "nginx"
BROTLI = Path("/usr/lib/nginx/modules/ngx_http_brotli_static_module.so")
MODULES = f"load_module {BROTLI};" if BROTLI.exists() else ""
_HERE = """
access_log off;
client_body_temp_path {directory}/body;
proxy_temp_path {directory}/proxy;
fastcgi_temp_path {directory}/fastcgi;
uwsgi_temp_path {directory}/uwsgi;
scgi_temp_path {directory}/scgi;
"""


def main_file(directory: Path) -> str:
    """As shipped, but for the places: one process that stays in the foreground and writes below `directory`."""
    shipped = (SHIPPED / "nginx.conf").read_text()
    for given, ours in {
        "user nginx;": "user root;" if os.geteuid() == 0 else "",  # the files of a test are its own
        "worker_processes auto;": f"worker_processes 1; daemon off; {MODULES}",
        "/run/nginx.pid": f"{directory}/nginx.pid",
        "/var/log/nginx/error.log": f"{directory}/error.log",
        "access_log /var/log/nginx/access.log;": _HERE.format(directory=directory),
        "/etc/nginx/conf.d/": f"{directory}/conf.d/",
    }.items():
        assert given in shipped
        shipped = shipped.replace(given, ours)
    return shipped


@dataclass(frozen=True)
class Nginx:
    url: str
    pid: int
    log: Path

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, trust_env=False)


@contextmanager
def nginx(directory: Path, *, files: Path, app_at: int | str, extra: str = "") -> Iterator[Nginx]:
    """As shipped, but for the port, the place of the files and the port of the app, behind which there may be more of
    `server`; `extra` goes into the http block."""
    port = server.free_port()
    configuration = directory / "conf.d"
    configuration.mkdir(parents=True)
    site = (SHIPPED / "site.conf").read_text()
    site = site.replace("listen 80;", f"listen 127.0.0.1:{port};").replace("root /srv/status;", f"root {files};")
    site = site.replace("/var/log/nginx/access.log", f"{directory}/access.log")
    if BROTLI.exists():
        site = site.replace("# brotli_static on;", "brotli_static on;")
    (configuration / "site.conf").write_text(site)
    app = (SHIPPED / "app.conf").read_text().replace("127.0.0.1:8000", f"127.0.0.1:{app_at}")
    (configuration / "app.conf").write_text(app)
    (configuration / "extra.conf").write_text(extra)
    shutil.copy(SHIPPED / "headers.inc", configuration)
    main = directory / "nginx.conf"
    main.write_text(main_file(directory))
    command = [
        os.environ.get("TEST_NGINX") or find_nginx() or "",
        "-e",
        f"{directory}/error.log",
        "-p",
        str(directory),
        "-c",
        str(main),
    ]
    process = subprocess.Popen(command)
    try:
        _wait_for(port, process)
        yield Nginx(f"http://127.0.0.1:{port}", process.pid, directory / "access.log")
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def publishing(product: server.Server, files: Path) -> Iterator[subprocess.Popen[bytes]]:
    from incidents.public.error_pages import CATALOGUE  # not above: the benchmarks use this module without Django

    command = [sys.executable, "manage.py", "publish", "--to", str(files), "--links", "rooted", "--watch"]
    with (files.parent / "publish.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=server.ROOT, env=product.environment, stdout=log, stderr=log)
    try:
        last_but_months = files / languages.every()[-1] / "errors" / max(CATALOGUE)
        eventually(last_but_months.exists, within=60)
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert process.poll() is None, "nginx has ended"
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("nginx does not listen")


@dataclass(frozen=True)
class SetUp:
    product: server.Server
    nginx: Nginx
    files: Path


@pytest.fixture(scope="module")
def set_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SetUp]:
    """All that compose.yaml starts, with a service `api`."""
    directory = Path(tmp_path_factory.mktemp("nginx"))
    files = directory / "files"
    with ExitStack() as stack:
        product = stack.enter_context(server.running(directory))
        with product.ops() as ops:
            service = {"slug": "api", "name": "API"}
            added = ops.post("/status/v1/_admin/services", json=service, headers={"X-Idempotency-Key": "api"})
            assert added.status_code == 201, added.text
        stack.enter_context(publishing(product, files))
        port = int(product.url.rpartition(":")[2])
        front = stack.enter_context(nginx(directory / "etc", files=files, app_at=port))
        yield SetUp(product, front, files)


@pytest.fixture
def visitor(set_up: SetUp) -> Iterator[httpx.Client]:
    with set_up.nginx.client() as client:
        yield client


@pytest.fixture
def ops(set_up: SetUp) -> Iterator[httpx.Client]:
    """Through nginx, too."""
    with set_up.nginx.client(Authorization=f"Bearer {set_up.product.token()}") as client:
        yield client
