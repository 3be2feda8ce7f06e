from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import server


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    with server.running(Path(tmp_path_factory.mktemp("clients"))) as running:
        yield running


@pytest.fixture
def visitor(product: server.Server) -> dict[str, str]:
    """What a client has in its environment."""
    return {
        **product.environment,
        "STATUS_URL": product.url,
        "STATUS_USER": "ops",
        "STATUS_PASSWORD": server.PASSWORD,
        "NO_PROXY": "127.0.0.1",
    }
