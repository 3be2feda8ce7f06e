"""Ten thousand visitors, each on a connection of their own that stays open."""

import resource
import selectors
import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

PEOPLE = 10_000
PATIENCE = 30.0  # seconds
_OTHERS = 500  # files that this process has open beside them


@contextmanager
def crowd(url: str, count: int = PEOPLE) -> Iterator[list[socket.socket]]:
    """As many as this machine lets one process have, at most `count`."""
    address = urlsplit(url)
    with ExitStack() as stack:
        allowed = stack.enter_context(many_files(count + _OTHERS)) - _OTHERS
        where = (address.hostname or "", address.port or 80)
        yield [stack.enter_context(socket.create_connection(where, PATIENCE)) for _ in range(min(count, allowed))]


@contextmanager
def many_files(wanted: int) -> Iterator[int]:
    """Lets this process and those that it starts open that many, or as many as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    try:
        yield max(soft, most)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def answered(connections: list[socket.socket], paths: Sequence[str]) -> Counter[bytes]:
    """All of them ask, each the next of the paths, before the first is read; how often which status came."""
    for number, connection in enumerate(connections):
        path = paths[number % len(paths)]
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    return Counter(_answers(connections))


def _answers(connections: list[socket.socket]) -> Iterator[bytes]:
    """The first line of each answer, when all of it is there."""
    heard: dict[socket.socket, bytes] = dict.fromkeys(connections, b"")
    with selectors.DefaultSelector() as waiting:
        for connection in connections:
            waiting.register(connection, selectors.EVENT_READ, connection)
        while waiting.get_map():
            ready = waiting.select(PATIENCE)
            assert ready, f"no answer for {PATIENCE:.0f} seconds"
            for key, _ in ready:
                asked: socket.socket = key.data
                more = asked.recv(65536)
                heard[asked] += more
                if not more or _is_whole(heard[asked]):
                    waiting.unregister(asked)
    yield from (text.split(b"\r\n")[0] for text in heard.values())


def _is_whole(text: bytes) -> bool:
    head, end, body = text.partition(b"\r\n\r\n")
    length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
    return bool(end) and len(body) >= int(length.split(b":")[1])
