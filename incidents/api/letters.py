"""Letter case on the wire: `started_at` here, `startedAt` there; either is understood everywhere."""

import re
from collections.abc import Mapping
from functools import lru_cache

_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")
_LOW = re.compile(r"_([a-z0-9])")


def snake(key: str) -> str:
    return _HUMP.sub(r"_\1", key).lower()


@lru_cache(maxsize=1024)
def camel(key: str) -> str:
    """Of a key, or of a whole path such as `affected_services[0].level`."""
    return _LOW.sub(lambda low: low[1].upper(), key)


def spellings(sent: Mapping[str, object]) -> dict[str, str]:
    """Our name of each key → the one that the client wrote."""
    return {snake(key): key for key in sent}
