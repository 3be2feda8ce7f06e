"""What one operation is, said once: the views act by it, the checks judge by it, the OpenAPI document is made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from incidents.api.bodies import Body
from incidents.api.queries import Parameters

JSON = "application/json"
READS_PER_MINUTE = 100
OPS_PER_MINUTE = 300
TOKENS_PER_MINUTE = 60
PRIVACY_PER_MINUTE = 60
RESENDS_PER_MINUTE = 3


@dataclass(frozen=True)
class Operation:
    """`shape`: the TypedDict of the answer's `data`, or of each item when it `lists`; None for no content, or for what
    is no JSON, as `media_type` then says.

    `is_open`: needs no role, unless the route's audience is ops. `is_personal`: tells about one person, who alone has
    what the request names, so no other web site may read the answer and no cache keep it. `is_bare`: no dialect wraps
    it, because foreign clients know its form. `takes_keys`: a write is remembered under its idempotency key.
    `per_minute`: operations with the same figure share one budget.
    `refusals`: HTTP statuses that neither the method nor the route tells. `examples`: of HTTP statuses whose errors are
    this operation's own, such errors by name.
    """

    summary: str
    shape: type[Any] | None = None
    lists: bool = False
    status: int = 200
    body: type[Body] = Body
    query: type[Parameters] = Parameters
    is_open: bool = False
    is_personal: bool = False
    is_bare: bool = False
    takes_keys: bool = True
    per_minute: int = OPS_PER_MINUTE
    media_type: str = JSON  # of a success
    refusals: tuple[int, ...] = ()
    examples: Mapping[int, Mapping[str, Exception]] = field(default_factory=dict)


def read(summary: str, shape: type[Any] | None, **more: Any) -> Operation:
    """One that everybody may call."""
    return Operation(summary, shape, is_open=True, **{"per_minute": READS_PER_MINUTE, **more})
