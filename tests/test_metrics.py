"""The figures for Prometheus: what is counted, over several processes, and that dashboard and alerts know no other."""

import json
import re
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from pytest_django import Settings

from incidents.jobs import JOBS, run_all
from incidents.models import Delivery, Subscription
from incidents.published.wsgi import ANSWER
from statussite import checkup
from statussite.metrics import COUNT_EVERY, Counted
from statussite.middleware import ROUTE
from tests import server

OBSERVABILITY = Path(__file__).parent.parent / "docs" / "observability"
_NAME = re.compile(r"\bstatussite_\w+")


def samples(text: str) -> list[Sample]:
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def total(text: str, name: str, **labels: str) -> float:
    return sum(s.value for s in samples(text) if s.name == name and labels.items() <= s.labels.items())


@pytest.fixture
def scrape(client: Client, db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    settings.METRICS_ALLOWED = (ip_network("127.0.0.0/8"),)
    monkeypatch.setattr(checkup, "FRESH", -1.0)

    def read() -> str:
        return client.get("/metrics").content.decode()

    return read


def ask(status: str, **environ: Any) -> None:
    def application(_: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        start_response(status, [])
        return []

    Counted(application)({"REQUEST_METHOD": "GET", **environ}, lambda *_: None)


def test_an_answer_is_counted_by_method_route_and_status(scrape: Callable[[], str]) -> None:
    labels = {"method": "GET", "route": "x/<id>/", "status": "200"}
    before = total(scrape(), "statussite_http_requests_total", **labels)
    ask("200 OK", **{ROUTE: "x/<id>/"})
    assert total(scrape(), "statussite_http_requests_total", **labels) == before + 1
    assert total(scrape(), "statussite_http_request_duration_seconds_count", route="x/<id>/") >= 1


def test_a_method_that_somebody_makes_up_gets_no_series_of_its_own(scrape: Callable[[], str]) -> None:
    ask("405 Method Not Allowed", REQUEST_METHOD="BREW")
    methods = {s.labels["method"] for s in samples(scrape()) if s.name == "statussite_http_requests_total"}
    assert "other" in methods
    assert "BREW" not in methods


@pytest.mark.parametrize("answer", ["fresh", "stale"])
def test_a_published_page_is_counted_as_fresh_or_stale(scrape: Callable[[], str], answer: str) -> None:
    before = total(scrape(), "statussite_published_pages_total", answer=answer)
    ask("200 OK", **{ANSWER: answer})
    assert total(scrape(), "statussite_published_pages_total", answer=answer) == before + 1


def test_who_is_turned_away_as_too_many_is_counted(scrape: Callable[[], str]) -> None:
    before = total(scrape(), "statussite_rate_limited_total")
    ask("429 Too Many Requests")
    assert total(scrape(), "statussite_rate_limited_total") == before + 1


def test_deliveries_are_told_by_lane_and_state(
    scrape: Callable[[], str], subscription: Callable[..., Subscription], delivery: Callable[..., Delivery]
) -> None:
    delivery(subscription())
    assert total(scrape(), "statussite_deliveries", lane="mail", state="pending") == 1


@pytest.fixture(scope="module")
def two_processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    directory = Path(tmp_path_factory.mktemp("metrics"))
    with server.running(directory, workers=2, METRICS_ALLOWED="127.0.0.0/8", RATE_LIMITS="true") as one:
        yield one


def test_all_processes_of_a_machine_count_together(two_processes: server.Server) -> None:
    for _ in range(40):
        with two_processes.client() as client:  # a connection each, so that both processes get some
            assert client.get("/").status_code == 200
            assert client.get("/no/such/page").status_code == 404
    with two_processes.client() as client:
        time.sleep(COUNT_EVERY + 1)
        said = client.get("/metrics").text
    assert total(said, "statussite_published_pages_total") == 40
    assert total(said, "statussite_http_requests_total", route="published", status="200") == 40
    assert total(said, "statussite_http_requests_total", status="404") == 40
    assert total(said, "statussite_database_up") == 1


def test_dashboard_and_alerts_name_only_what_there_is(
    scrape: Callable[[], str], subscription: Callable[..., Subscription], delivery: Callable[..., Delivery]
) -> None:
    run_all(JOBS)
    delivery(subscription())
    ask("429 Too Many Requests", **{ANSWER: "stale"})
    there = {sample.name for sample in samples(scrape())}
    for file in ("dashboard.json", "alerts.yaml"):
        named = set(_NAME.findall((OBSERVABILITY / file).read_text()))
        assert len(named) > 5
        assert named - there == set(), file


def test_every_figure_is_on_the_dashboard(scrape: Callable[[], str]) -> None:
    told = set(re.findall(r"# TYPE (\S+)", scrape()))
    named = set(_NAME.findall((OBSERVABILITY / "dashboard.json").read_text()))
    assert [name for name in told if not any(one.startswith(name) for one in named)] == []


def test_dashboard_and_alerts_are_well_formed() -> None:
    panels = json.loads((OBSERVABILITY / "dashboard.json").read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(target["expr"] for panel in panels for target in panel["targets"])
    (group,) = yaml.safe_load((OBSERVABILITY / "alerts.yaml").read_text())["groups"]
    assert all({"alert", "expr", "labels", "annotations"} <= set(rule) for rule in group["rules"])
