"""Names that lead where a test wants, without a name server."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Names:
    """`names`: name → addresses; a list of lists is one list for each time that somebody asks."""

    names: dict[str, list[str] | Iterator[list[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    fault: OSError | None = None  # that of the name server, whatever it is asked

    def lookup(self, stock: Callable[..., Any]) -> Callable[..., Any]:
        def getaddrinfo(host: str, port: int, *args: Any, **options: Any) -> Any:
            if host not in self.names and not self.fault:
                return stock(host, port, *args, **options)
            self.asked.append(host)
            if self.fault:
                raise self.fault
            found = self.names[host]
            addresses = found if isinstance(found, list) else next(found)
            return [place for address in addresses for place in stock(address, port, *args, **options)]

        return getaddrinfo


def temporary() -> socket.gaierror:
    """What a resolver says whose name server does not answer it."""
    return socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
