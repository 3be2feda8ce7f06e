"""The whole way, with a web server, workers and a mail relay as they really run."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.server import ROOT, Server, running
from tests.smtp import Envelope, Relay, relaying
from tests.waiting import eventually

ANN = "ann@example.com"


@pytest.fixture
def server(tmp_path: Path, socket_enabled: None) -> Iterator[Server]:
    with running(tmp_path) as found:
        yield found


@contextmanager
def workers(server: Server, relay: Relay, count: int, log: Path) -> "Iterator[list[subprocess.Popen[bytes]]]":
    environment = {**os.environ, **server.environment, "EMAIL_URL": relay.url, "LOG_FORMAT": "console"}
    command = [sys.executable, "manage.py", "worker"]
    with log.open("ab") as out:
        found = [subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out) for _ in range(count)]
    try:
        yield found
    finally:
        for process in found:
            process.kill()
            process.wait(20)


def mails(relay: Relay, count: int, seconds: float = 30) -> list[Envelope]:
    eventually(lambda: len(relay.received) >= count, within=seconds)
    return relay.received


def test_from_the_first_request_to_the_last_click(server: Server, tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    with relaying() as relay, workers(server, relay, 1, log), server.client() as client:
        assert client.post("/status/subscriptions", json={"email": ANN}).status_code == 201
        (mail,) = mails(relay, 1)
        (link,) = re.findall(r"\S+/subscriptions/confirm/\S+", mail.body("plain"))

        assert client.get(link).status_code == 200
        assert server.query("SELECT count(*) FROM incidents_subscription WHERE verified_at IS NULL") == [(1,)]
        page = client.post(link)
        assert server.query("SELECT count(*) FROM incidents_subscription WHERE verified_at IS NULL") == [(0,)]

        (leave,) = re.findall(r'action="(/subscriptions/unsubscribe/[^"]+)"', page.text)
        assert client.post(leave, data={"List-Unsubscribe": "One-Click"}).status_code == 200
        assert server.query("SELECT count(*) FROM incidents_subscription") == [(0,)]
    assert "example.com" not in log.read_text() + (tmp_path / "gunicorn.log").read_text()


def test_two_workers_mail_each_address_once_and_run_each_job_once(server: Server, tmp_path: Path) -> None:
    addresses = {f"ann{n}@example.com" for n in range(30)}
    with relaying() as relay, server.client() as client:
        for address in sorted(addresses):
            assert client.post("/status/subscriptions", json={"email": address}).status_code == 201
        with workers(server, relay, 2, tmp_path / "worker.log"):
            mails(relay, len(addresses))
            time.sleep(2.5)  # two more passes of each, which find nothing to do
    assert sorted(to for mail in relay.received for to in mail.recipients) == sorted(addresses)
    assert server.query("SELECT count(*) FROM incidents_delivery WHERE attempts <> 1") == [(0,)]


def test_a_worker_that_is_killed_while_it_sends_leaves_nobody_out(server: Server, tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    with relaying() as relay, server.client() as client:
        relay.silent_at = "MAIL"
        assert client.post("/status/subscriptions", json={"email": ANN}).status_code == 201
        with workers(server, relay, 1, log):
            assert relay.is_silent.wait(30), log.read_text()
        relay.silent_at = ""
        relay.go_on.set()
        server.manage("shell", "-v0", "-c", _OVER)
        with workers(server, relay, 1, log):
            assert mails(relay, 1)[0].recipients == (ANN,)


# Instead of waiting for the lease to end.
_OVER = """
from incidents.models import Delivery
from incidents.models.clock import database_now
assert Delivery.objects.update(lease_until=database_now()) == 1
"""
