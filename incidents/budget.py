"""How much somebody may ask in a minute. All processes share the counts; without their store everybody passes."""

from dataclasses import dataclass

from django.http import HttpRequest
from django_ratelimit.core import get_usage

from statussite.middleware import context_of

SUBSCRIPTIONS_PER_MINUTE = 10  # by one address, through whichever door


@dataclass(frozen=True)
class Standing:
    """Where a budget stands. `reset`: after so many seconds, at least 1, a new minute has begun."""

    limit: int
    count: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self.count)),
            "X-RateLimit-Reset": str(self.reset),
        }


@dataclass(frozen=True)
class Budget:
    """One holder's share of a minute. There is one for each figure, so that a URL is never a budget of its own."""

    holder: str
    per_minute: int
    purpose: str = "requests"

    def spend(self, request: HttpRequest) -> Standing | None:
        """Counts this request. None: nobody counts, by choice or because the store is away."""
        return self._ask(request, increment=True)

    def look(self, request: HttpRequest) -> Standing | None:
        return self._ask(request, increment=False)

    def _ask(self, request: HttpRequest, *, increment: bool) -> Standing | None:
        usage = get_usage(
            request, self.purpose, key=lambda *_: self.holder, rate=f"{self.per_minute}/m", increment=increment
        )
        if usage is None:
            return None
        # The minute that ends in 0 seconds still lasts until the clock has moved on.
        return Standing(self.per_minute, usage["count"], max(1, usage["time_left"] + 1))


def of_address(request: HttpRequest) -> str:
    """The holder that a client is, by the address it comes from."""
    return f"address {context_of(request).network}"
