"""Starts the product and lets schemathesis at it, as one kind of caller after another."""

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from incidents import roles
from tests import server

CONFIG = Path(__file__).parent / "schemathesis.toml"
DIALECTS = {"problem": "^/api", "envelope": "^/status/v1"}
ROLES = {"ops": roles.PLATFORM_OPS, "officer": roles.DATA_PROTECTION_OFFICER}
CALLERS = ("anonymous", *ROLES)
ALL_PHASES = "examples,coverage,fuzzing,stateful"

_SITUATION = """
from incidents.models import Actor, Service, ServiceGroup
by = Actor("fuzz", "test")
shop = ServiceGroup.add(by=by, slug="shop", name="Shop")
Service.add(by=by, slug="checkout", name="Checkout", group=shop)
"""
# Enough that some are left when others unsubscribed.
_HOLDERS = """
from incidents.models import Subscription
from incidents.models.tokens import Purpose
for number in range(40):
    Subscription.subscribe(f"holder-{number}@example.com")
    row = Subscription.objects.get(address=f"holder-{number}@example.com")
    confirming = row.token(Purpose.CONFIRM)
    print(Subscription.verify(confirming).token(Purpose.MANAGE) if number % 4 else confirming)
"""


@dataclass(frozen=True)
class Fuzzed:
    product: server.Server
    config: Path
    key: str

    def headers(self, caller: str) -> dict[str, str]:
        """A machine's token outlasts the longest run. The key lets a program of the same house into /internal."""
        if caller not in ROLES:
            return {}
        name = f"fuzz-{secrets.token_hex(4)}"
        token = self.product.manage("issue_token", name, "--role", ROLES[caller], "--days", "2")
        return {"Authorization": f"Bearer {token.strip()}", "X-API-Key": self.key}


@contextmanager
def fuzzed(directory: Path) -> Iterator[Fuzzed]:
    """The product with what the document's examples speak of, and subscribers whose tokens are known."""
    key = secrets.token_urlsafe(30)
    with server.running(directory, INTERNAL_API_KEYS=key) as product:
        product.manage("shell", "-v0", "-c", _SITUATION)
        tokens = product.manage("shell", "-v0", "-c", _HOLDERS).split()
        config = directory / CONFIG.name
        config.write_text(f"{CONFIG.read_text()}\n[dictionaries.tokens]\nvalues = {json.dumps(tokens)}\n")
        yield Fuzzed(product, config, key)


def fuzz(fuzzed: Fuzzed, dialect: str, caller: str, *, seed: int, examples: int, phases: str = ALL_PHASES) -> str:
    """What schemathesis found: nothing where it is empty."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(fuzzed.config), "run"]
    limits = ["--seed", str(seed), "--max-examples", str(examples), "--phases", phases]
    # what one dialect writes in lower case is news to the other
    where = ["--include-path-regex", DIALECTS[dialect]]
    headers = [f"--header={name}: {value}" for name, value in fuzzed.headers(caller).items()]
    done = subprocess.run(
        [*command, f"{fuzzed.product.url}/api/schema/", "--checks", "all", *where, *limits, *headers],
        cwd=fuzzed.config.parent,  # it keeps notes, which would change the next run
        env={**fuzzed.product.environment, "PYTHONPATH": str(server.ROOT)},
        capture_output=True,
        text=True,
    )
    return done.stdout + done.stderr if done.returncode else ""
