"""Where posting leads nobody: only the public internet is allowed here, where no test gets."""

import socket
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from incidents import guard
from incidents.notify.transport import Failed, TransportError
from tests import forbidden
from tests.notify.posting import HOST, PUBLIC, failure
from tests.receiver import Receiver, receiving
from tests.resolving import Names, temporary


@pytest.fixture
def inside(socket_enabled: None) -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Where anybody tried to connect to."""
    found: list[object] = []

    def refuse(address: object, *_: object) -> None:
        found.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    return found


@pytest.mark.parametrize("url", forbidden.EVERYTHING)
def test_what_would_be_refused_today_is_not_connected_to(reached: list[object], url: str) -> None:
    assert failure(url) == TransportError(Failed.BLOCKED)
    assert reached == []


@pytest.mark.parametrize("host", forbidden.HOSTS)
def test_nothing_inside_is_connected_to(inside: Receiver, host: str) -> None:
    for url in (inside.url(host), inside.url(host, "https")):
        assert failure(url) == TransportError(Failed.BLOCKED)
    assert inside.connections == 0


@pytest.mark.parametrize("host", forbidden.HOSTS)
def test_nor_where_plain_http_is_allowed(inside: Receiver, settings: Settings, host: str) -> None:
    settings.WEBHOOK_ALLOW_HTTP = True
    assert failure(inside.url(host)) == TransportError(Failed.BLOCKED)
    assert inside.connections == 0


def test_nor_by_a_name_that_is_public_as_well(names: Names, reached: list[object]) -> None:
    names.names[HOST] = [PUBLIC, "127.0.0.1"]
    assert failure(f"https://{HOST}/") == TransportError(Failed.BLOCKED)
    assert reached == []


def test_nor_by_one_that_was_public_when_it_was_registered(names: Names, reached: list[object]) -> None:
    names.names[HOST] = iter([[PUBLIC], ["127.0.0.1"]])
    assert guard.check_url("url", f"https://{HOST}/").found == []
    assert failure(f"https://{HOST}/") == TransportError(Failed.BLOCKED)
    assert reached == []


def test_what_was_judged_is_what_is_connected_to(names: Names, reached: list[object]) -> None:
    names.names[HOST] = iter([[PUBLIC]])  # a second question would have no answer
    assert failure(f"https://{HOST}/") == TransportError(Failed.CONNECTION)
    assert reached == [(PUBLIC, 443)]


@pytest.mark.parametrize("fault", [socket.gaierror(socket.EAI_NONAME, "no such name"), temporary()], ids=repr)
def test_what_no_name_server_knows_now_is_tried_again(names: Names, fault: OSError) -> None:
    names.fault = fault
    assert failure(f"https://{HOST}/") == TransportError(Failed.NAME, permanent=False)
