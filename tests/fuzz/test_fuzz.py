"""Whatever is sent, the answer is one that the document knows; `make fuzz` tries for longer and with other dice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import server
from tests.fuzz.fuzzing import fuzz, product

SEED = 20261121


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    with product(Path(tmp_path_factory.mktemp("fuzz"))) as one:
        yield one


@pytest.mark.parametrize("caller", ["anonymous", "ops", "officer"])
def test_nothing_that_is_sent_brings_what_the_document_does_not_know(running: server.Server, caller: str) -> None:
    found = fuzz(running, caller, seed=SEED, examples=3)
    assert found == "", found
