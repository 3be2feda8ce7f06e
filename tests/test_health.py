import pytest
from django.test import Client


@pytest.mark.parametrize("host", ["localhost", "10.1.2.3"])
def test_a_probe_that_asks_by_address_is_answered_without_a_database(client: Client, host: str) -> None:
    answer = client.get("/livez", headers={"host": host})
    assert (answer.status_code, answer.content, answer["Cache-Control"]) == (200, b"ok\n", "no-store")
