"""Workers at work, and endpoints that are told by them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from tests.certificates import Authority
from tests.engines import Engine
from tests.notify.conftest import SECRET
from tests.smtp import Relay


@dataclass
class Office:
    """Workers who tell endpoints, each of its own incidents."""

    on: Engine
    relay: Relay
    authority: Authority
    _numbers: Iterator[int] = field(default_factory=count)

    def follow(self, *urls: str, more: str = "") -> tuple[str, str]:
        """Subscribes them to a service of their own; returns its slug, and their ids in SQL. `more`: columns."""
        slug = f"service-{next(self._numbers)}"
        own = [f"{url}&follows={slug}" for url in urls]
        ids = self.on.run(_FOLLOW.format(slug=slug, urls=own, secret=SECRET, more=more)).split()
        return slug, "({})".format(", ".join(f"'{id}'" for id in ids))

    def happen(self, slug: str) -> None:
        self.on.run(_HAPPEN.format(slug=slug))

    def tell(self, *urls: str) -> str:
        """Of an incident; returns the ids of the subscriptions."""
        slug, those = self.follow(*urls)
        self.happen(slug)
        return those

    def count(self, those: str, state: str, attempts: int = 1) -> int:
        return self.on.count(f"subscription_id IN {those} AND state = '{state}' AND attempts = {attempts}")

    def wait_for(self, those: str, state: str, number: int = 1, attempts: int = 1) -> None:
        self.on.wait_for(lambda: self.count(those, state, attempts) == number)

    def attempts(self, those: str) -> tuple[set[str], int]:
        """How the first ones failed, and for how many milliseconds the longest went on."""
        rows = self.on.query(
            "SELECT error, milliseconds FROM incidents_attempt WHERE number = 1 AND delivery_id IN "
            f"(SELECT id FROM incidents_delivery WHERE lane = 'hook' AND subscription_id IN {those})"
        )
        return {str(error) for error, _ in rows}, max(took for _, took in rows)


_FOLLOW = """
from datetime import timedelta
from incidents.models import Actor, Service, sealing
from incidents.models.clock import database_now
from tests.notify.situations import hook
Service.add(by=Actor("ops", "test"), slug={slug!r}, name={slug!r})
for url in {urls!r}:
    row = hook(url, **{{"sealed_secret": sealing.seal({secret!r}.encode()), {more}}})
    row.change(categories=[{slug!r}])
    print(row.pk)
"""
_HAPPEN = """
from incidents.models import Actor, Incident, Service
Incident.open(by=Actor("ops", "test"), title="Broken", severity="minor", status="investigating", force=True,
    levels={{Service.objects.get(slug={slug!r}): None}})
"""
