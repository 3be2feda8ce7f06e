"""Celery's workers as compose.yaml starts them, while more endpoints hang than have senders."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import yaml

from tests.engines import CELERY, Engine
from tests.receiver import receiving, say, says_nothing
from tests.server import ROOT
from tests.smtp import relaying

HEALTHY, HANGING = 20, 12
SENDERS = 4  # for those that failed last

_HOOKS = """
from incidents.models.clock import database_now
from tests.notify.situations import hook
for n in range({healthy}):
    hook("http://127.0.1.%d:{port}/well" % (n + 1))
for n in range({hanging}):
    hook("http://127.0.2.%d:{port}/hangs" % (n + 1), failing_since=database_now())
"""


class Endpoints:
    """Some answer at once, the others never; `meanwhile`: how many hung when each of the first was told."""

    def __init__(self) -> None:
        self.hanging = 0
        self.meanwhile: list[int] = []

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        if handler.path != "/hangs":
            self.meanwhile.append(self.hanging)
            say(handler, 204)
            return
        self.hanging += 1
        try:
            says_nothing(handler)
        finally:
            self.hanging -= 1


def start_as_compose_does(on: Engine) -> None:
    services: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    for name in ("worker", "hooks", "failing"):
        options = services[name]["command"][4:]
        on.start(*options, "--hostname", f"{name}@%h", sweeps=name == "worker")


@pytest.mark.postgres
@pytest.mark.redis
def test_endpoints_that_hang_hold_up_only_one_another(start: Callable[..., Engine], socket_enabled: None) -> None:
    endpoints = Endpoints()
    with relaying() as relay, receiving(host="0.0.0.0") as theirs:
        theirs.answer = endpoints
        on = start(relay, CELERY)
        on.run(_HOOKS.format(healthy=HEALTHY, hanging=HANGING, port=theirs.port))
        start_as_compose_does(on)
        on.happen()
        on.wait_for(lambda: len(endpoints.meanwhile) == HEALTHY and endpoints.hanging == SENDERS)
        on.happen("Another")
        on.wait_for(lambda: len(endpoints.meanwhile) == 2 * HEALTHY and len(relay.received) == 2)

        assert max(endpoints.meanwhile[HEALTHY:]) == SENDERS
