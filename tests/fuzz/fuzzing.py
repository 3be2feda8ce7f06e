"""Starts the product and lets schemathesis at it, as one kind of caller after another."""

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from incidents import roles
from tests import server

CONFIG = Path(__file__).parent / "schemathesis.toml"
DIALECTS = {"problem": "^/api", "envelope": "^/status/v1"}
ROLES = {"ops": roles.PLATFORM_OPS, "officer": roles.DATA_PROTECTION_OFFICER}
ALL_PHASES = "examples,coverage,fuzzing,stateful"

_SITUATION = """
from incidents.models import Actor, Service, ServiceGroup
by = Actor("fuzz", "test")
shop = ServiceGroup.add(by=by, slug="shop", name="Shop")
Service.add(by=by, slug="checkout", name="Checkout", group=shop)
"""


@contextmanager
def product(directory: Path) -> Iterator[server.Server]:
    """With what the document's examples speak of."""
    with server.running(directory) as running:
        running.manage("shell", "-v0", "-c", _SITUATION)
        yield running


def fuzz(
    product: server.Server, dialect: str, caller: str, *, seed: int, examples: int, phases: str = ALL_PHASES
) -> str:
    """What schemathesis found: nothing where it is empty."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"]
    limits = ["--seed", str(seed), "--max-examples", str(examples), "--phases", phases]
    where = [
        "--include-path-regex",
        DIALECTS[dialect],
    ]  # what one writes in lower case is news to the other
    done = subprocess.run(
        [*command, f"{product.url}/api/schema/", "--checks", "all", *where, *limits, *_headers(product, caller)],
        cwd=Path(product.environment["PUBLISHED_DIR"]).parent,  # it keeps notes, which would change the next run
        env={**product.environment, "PYTHONPATH": str(server.ROOT)},
        capture_output=True,
        text=True,
    )
    return done.stdout + done.stderr if done.returncode else ""


def _headers(product: server.Server, caller: str) -> list[str]:
    """A machine's token outlasts the longest run."""
    if caller not in ROLES:
        return []
    token = product.manage("issue_token", f"fuzz-{secrets.token_hex(4)}", "--role", ROLES[caller], "--days", "2")
    return ["--header", f"Authorization: Bearer {token.strip()}"]
