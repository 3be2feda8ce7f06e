import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from incidents.models import Actor, AlertSource, Service, mapping
from incidents.models.alert_source import Mode, Product

PAYLOADS = Path(__file__).parent / "payloads"
# What ops wrote for each product, so that its sample hits `api` (Alertmanager's also `login`).
WRITTEN = {
    Product.ALERTMANAGER: "job=api, severity=critical -> api major_outage\njob=login -> login degraded_performance",
    Product.GRAFANA: "service=api -> api degraded_performance",
    Product.UPTIME_KUMA: "name=API* -> api major_outage",
    Product.GATUS: "group=core, name=api -> api partial_outage",
    Product.GENERIC: "service=api -> api partial_outage",
}


def sample(name: str) -> dict[str, Any]:
    """A message as the product sends it."""
    found: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text())
    return found


@dataclass
class Watcher:
    """A program that watches and sends what it sees."""

    source: AlertSource
    token: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def send(self, body: Any, token: str | None = None, path: str = "", **headers: str) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        credentials = {"Authorization": f"Bearer {self.token if token is None else token}"} if not path else {}
        address = path or f"/hooks/{self.source.slug}/"
        return self.client.post(address, raw, content_type="application/json", headers={**credentials, **headers})

    def says(self, name: str) -> None:
        """The sample of this product: says("firing")."""
        answer = self.send(sample(f"{self.source.product}-{name}"))
        assert answer.status_code == 200, answer.content


@pytest.fixture
def watcher(api: Service, login: Service, ops: Actor, now: datetime) -> Callable[..., Watcher]:
    """watcher(Product.GRAFANA, mode=Mode.OPEN): acts at once unless told to wait."""

    def add(product: Product = Product.ALERTMANAGER, mode: Mode = Mode.OPEN_AND_RESOLVE, **fields: Any) -> Watcher:
        given = {"slug": str(product).replace("_", "-"), "name": product, "open_after": 0, "resolve_after": 0, **fields}
        written = given.pop("written", WRITTEN[product])
        ids = {service.slug: service.pk for service in (api, login)}
        rules = [mapping.Rule(rule.when, ids[rule.service], rule.level) for rule in mapping.read(written)]
        stored = AlertSource.stored(rules)
        source = AlertSource.add(by=ops, product=product, mode=mode, mapping=stored, now=now, **given)
        return Watcher(source, source.issue_token(by=ops))

    return add
