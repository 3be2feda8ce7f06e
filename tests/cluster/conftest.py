import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.parts import SetUp, everything
from tests.cluster.people import Writer

# `make cluster` asks for more of everything.
SECONDS = float(os.environ.get("CLUSTER_SECONDS", "10"))
WRITERS = int(os.environ.get("CLUSTER_WRITERS", "4"))
READERS = int(os.environ.get("CLUSTER_READERS", "8"))
PEOPLE = [f"ann{number}@example.com" for number in range(4)]


@pytest.fixture
def set_up(tmp_path: Path, socket_enabled: None) -> Iterator[SetUp]:
    with everything(tmp_path, PEOPLE) as one:
        yield one


@pytest.fixture
def writers(set_up: SetUp) -> Iterator[list[Writer]]:
    with set_up.front.ops() as client:
        found = [Writer(client, f"writer {number}") for number in range(WRITERS)]
        for writer in found:
            writer.begin()
        yield found
