"""Whatever is sent, the answer is one that the document knows; `make fuzz` tries for longer and with other dice."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.fuzzing import ALL_PHASES, DIALECTS, Fuzzed, fuzz, fuzzed

SHORTER = "examples,fuzzing,stateful"
SEED = 20261121


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    with fuzzed(Path(tmp_path_factory.mktemp("fuzz"))) as one:
        yield one


# Who gets nowhere need not try every border of every field.
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("caller", "phases"), [("ops", ALL_PHASES), ("anonymous", SHORTER), ("officer", SHORTER)])
def test_nothing_that_is_sent_brings_what_the_document_does_not_know(
    product: Fuzzed, dialect: str, caller: str, phases: str
) -> None:
    found = fuzz(product, dialect, caller, seed=SEED, examples=3, phases=phases)
    assert found == "", found
