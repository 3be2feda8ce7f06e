"""Names that lead where a test wants, without a name server."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Names:
    """`names`: name → addresses; a list of lists is one list for each time that somebody asks."""

    names: dict[str, list[str] | Iterator[list[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def lookup(self, stock: Callable[..., Any]) -> Callable[..., Any]:
        def getaddrinfo(host: str, port: int, *args: Any, **options: Any) -> Any:
            if host not in self.names:
                return stock(host, port, *args, **options)
            self.asked.append(host)
            found = self.names[host]
            addresses = found if isinstance(found, list) else next(found)
            return [place for address in addresses for place in stock(address, port, *args, **options)]

        return getaddrinfo
