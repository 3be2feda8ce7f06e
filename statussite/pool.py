import select
from typing import Any

from django.db import connections


def is_not_closed(pooled: Any) -> None:
    """What the pool asks before it lends a connection: has the server closed it? Unlike a query, this cannot hang.

    Raises ConnectionError. An idle connection has nothing to read but its end, or word that it is near.
    """
    idle = select.poll()
    idle.register(pooled.fileno(), select.POLLIN)
    if idle.poll(0):
        pooled.close()
        raise ConnectionError("The server has closed this connection.")


def use_a_connection_of_our_own() -> None:
    """Not one of the pool's: for a thread that looks twice a second, and should wait for nobody."""
    own = connections["default"].copy()
    own.settings_dict["OPTIONS"].pop("pool", None)
    connections["default"] = own
