"""A client that is generated from the document compiles under the strictest rules, and does the job."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import server

# The generator's own `__exit__` takes and hands on "object"s.
STRICTLY = """
[mypy]
strict = true
[mypy-client.client]
disable_error_code = arg-type
"""

# Media types that the generator does not know.
AS_TEXT = dict.fromkeys(("application/rss+xml", "image/svg+xml"), "text/plain")

FIVE_CALLS = """
import os

from client import AuthenticatedClient, Client
from client.api.problem_auth import auth_token_obtain
from client.api.envelope_admin_incidents import envelope_admin_incidents_create, envelope_admin_incidents_post_update
from client.api.problem_incidents import incidents_retrieve
from client.models.credentials_request import CredentialsRequest
from client.models.envelope_incident_answer import EnvelopeIncidentAnswer
from client.models.envelope_incident_update_answer import EnvelopeIncidentUpdateAnswer
from client.models.envelope_new_incident_request import EnvelopeNewIncidentRequest
from client.models.envelope_new_incident_request_severity import EnvelopeNewIncidentRequestSeverity
from client.models.envelope_new_incident_request_status import EnvelopeNewIncidentRequestStatus
from client.models.envelope_new_incident_update_request import EnvelopeNewIncidentUpdateRequest
from client.models.envelope_new_incident_update_request_status import EnvelopeNewIncidentUpdateRequestStatus
from client.models.incident_answer import IncidentAnswer
from client.models.token_pair import TokenPair

anybody = Client(base_url=os.environ["STATUS_URL"])
login = CredentialsRequest(username=os.environ["STATUS_USER"], password=os.environ["STATUS_PASSWORD"])
tokens = auth_token_obtain.sync(client=anybody, body=login)
assert isinstance(tokens, TokenPair)
ops = AuthenticatedClient(base_url=os.environ["STATUS_URL"], token=tokens.access)

news = EnvelopeNewIncidentRequest(
    title="Checkout answers slowly",
    severity=EnvelopeNewIncidentRequestSeverity.MINOR,
    status=EnvelopeNewIncidentRequestStatus.INVESTIGATING,
)
opened = envelope_admin_incidents_create.sync(client=ops, body=news, x_idempotency_key="typed-open")
assert isinstance(opened, EnvelopeIncidentAnswer)
for status in EnvelopeNewIncidentUpdateRequestStatus.IDENTIFIED, EnvelopeNewIncidentUpdateRequestStatus.RESOLVED:
    posted = envelope_admin_incidents_post_update.sync(
        opened.data.id,
        client=ops,
        body=EnvelopeNewIncidentUpdateRequest(message="News", status=status),
        x_idempotency_key="typed-" + status.value,
    )
    assert isinstance(posted, EnvelopeIncidentUpdateAnswer)

read = incidents_retrieve.sync(opened.data.id, client=ops)
assert isinstance(read, IncidentAnswer)
print(read.data.title, "is", read.data.status.value, "after", len(read.data.updates), "updates")
"""


@pytest.fixture(scope="module")
def client(product: server.Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that holds the package `client`, and a program that uses it."""
    directory = tmp_path_factory.mktemp("typed")
    with product.client() as http:
        (directory / "document.json").write_bytes(http.get("/api/schema/").content)
    (directory / "config.json").write_text(json.dumps({"content_type_overrides": AS_TEXT}))
    files = ["--path", "document.json", "--config", "config.json", "--output-path", "client"]
    options = [*files, "--meta", "none", "--fail-on-warning"]
    run([str(Path(sys.executable).parent / "openapi-python-client"), "generate", *options], directory)
    (directory / "five_calls.py").write_text(FIVE_CALLS)
    return directory


def run(command: list[str], directory: Path, environment: dict[str, str] | None = None) -> str:
    tools = {**(environment or os.environ), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=directory, env=tools, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_client_and_its_use_are_typed_strictly(client: Path) -> None:
    (client / "mypy.ini").write_text(STRICTLY)
    run([sys.executable, "-m", "mypy", "--cache-dir=cache", "client", "five_calls.py"], client)


def test_the_client_does_the_job(client: Path, visitor: dict[str, str]) -> None:
    told = run([sys.executable, "five_calls.py"], client, visitor)
    assert told == "Checkout answers slowly is resolved after 3 updates\n"
