"""Headers of requests and answers."""

from collections.abc import Iterable

from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent

from incidents.api.schema.components import Schema, registered

_TEXT: Schema = {"type": "string"}
_WHOLE: Schema = {"type": "integer", "minimum": 0}

# Name → what it says, its schema, and whether it is always there.
_SENT: dict[str, tuple[str, Schema, bool]] = {
    "X-Request-ID": ("The request's id: the client's own, or a new one.", _TEXT, True),
    "ETag": ("Names this state, for If-None-Match and If-Match.", _TEXT, True),
    "Location": ("Where the new thing is.", _TEXT, True),
    "WWW-Authenticate": ("How to say who you are.", _TEXT, True),
    "Retry-After": ("Seconds after which trying again is worth it.", {"type": "integer", "minimum": 1}, False),
    "Idempotent-Replayed": ("`true` when this is the stored answer to the first such request.", _TEXT, False),
    "X-RateLimit-Limit": ("Requests that are allowed in a window.", _WHOLE, False),
    "X-RateLimit-Remaining": ("How many of them are left.", _WHOLE, False),
    "X-RateLimit-Reset": ("Seconds until the window ends.", _WHOLE, False),
}
LIMITS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")

KEY: Schema = {
    "in": "header",
    "name": "X-Idempotency-Key",
    "description": "A new random value for every write: sent again with the same, it is done once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[A-Za-z0-9._:~+/=@-]+$"},
    "example": "5f0c1a2b-7d3e-4c55-9a41-0a1b2c3d4e5f",
}
IF_MATCH: Schema = {
    "in": "header",
    "name": "If-Match",
    "description": "The ETag of the state that you saw: anything else is 412.",
    "schema": {"type": "string"},
    "example": '"v3"',
}
IF_NONE_MATCH: Schema = {
    "in": "header",
    "name": "If-None-Match",
    "description": "The ETag of what you have already: still the same is 304.",
    "schema": {"type": "string"},
    "example": '"v3"',
}


def sent(registry: ComponentRegistry, names: Iterable[str]) -> Schema:
    return {name: _header(registry, name) for name in names}


def of_refusal(registry: ComponentRegistry, status: int, always: Iterable[str]) -> Schema:
    limited = LIMITS if status == 429 else ()
    known = [name for name in always if name in _SENT]
    wait = ["Retry-After"] if status in (409, 500) else []
    return sent(registry, ["X-Request-ID", *known, *wait, *limited])


def _header(registry: ComponentRegistry, name: str) -> Schema:
    says, schema, is_always_there = _SENT[name]
    header = {"description": says, "required": is_always_there, "schema": schema}
    return registered(registry, name, ResolvedComponent.HEADER, name, lambda: header)
