"""F31, F32, changes under load and killed processes: one render for everybody, and nobody is turned away."""

import os
import random
import signal
import string
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from tests.faults.crowd import answered, crowd
from tests.faults.product import Product, home_on_disk, product
from tests.faults.visitors import look, visiting
from tests.waiting import eventually

pytestmark = pytest.mark.postgres  # what many processes run on

LATER = "3600"  # seconds: so that nothing is made anew because of the time


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with product(Path(tmp_path_factory.mktemp("crowds")), variables={"RENEW_AFTER": LATER}) as one:
        yield one


def at_rest(site: Product) -> Counter[tuple[str, str]]:
    """What has been rendered, once no process has anything left to render."""
    before = site.rendered
    time.sleep(1.5)
    return before if before == site.rendered else at_rest(site)


def new(site: Product, before: Counter[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """What was rendered since."""
    return site.rendered - before


def test_a_change_under_load_fails_nobody_and_is_made_once_in_each_process(site: Product) -> None:
    hot = [path for path in site.paths if "/2026/01/" not in path]
    before = at_rest(site)
    with visiting(site.server, hot, count=16) as seen:
        time.sleep(2)
        changed = time.monotonic()
        site.edit("Quicker answers")
        written = time.monotonic()
        time.sleep(3)
    assert seen.failures == set()
    homes = [one for one in seen.looks if one.path == "/"]
    processes = {one.process for one in homes}
    late = {one.process for one in homes if b"Quicker answers" not in one.body and one.at > written + 1}
    assert (len(processes), late) == (2, set())
    assert set(new(site, before).values()) == {1}
    assert {process for process, _ in new(site, before)} == processes
    usual = median(one.took for one in seen.looks)
    during = [one.took for one in seen.looks if changed < one.at < written + 1.5]
    print(f"median {usual * 1000:.1f} ms, slowest while it changed {max(during) * 1000:.1f} ms")  # noqa: T201


def test_what_is_taken_back_is_gone_from_each_process_and_the_disk_within_a_second(site: Product) -> None:
    secret = site.write("Do not read this").json()["data"]["id"]
    rare = f"/history/{time.strftime('%Y/%m', time.gmtime())}/"
    pages = ["/", "/history/", rare, "/history.rss", f"/incidents/{secret}/"]
    for path in pages:
        site.everywhere(lambda seen: b"Do not read this" in seen.body, path)
    while b"Do not read this" not in home_on_disk(site):
        time.sleep(0.05)
    with site.client() as client:
        assert client.patch(f"/api/v1/status/incidents/{secret}", json={"is_public": False}).status_code == 200
    time.sleep(1)
    shown = [one for path in pages for one in (look(site.server, path) for _ in range(10))]
    assert [one.path for one in shown if b"Do not read this" in one.body] == []
    assert len({one.process for one in shown}) == 2
    assert {one.status for one in shown} == {200, 404}
    assert b"Do not read this" not in home_on_disk(site)


def test_ten_thousand_connections_at_once_are_all_answered(site: Product) -> None:
    """In each round all of them ask before the first is read."""
    before = at_rest(site)
    with crowd(site.server.url) as connections:
        for _ in range(3):
            assert answered(connections, ["/"]) == {b"HTTP/1.1 200 OK": len(connections)}
    assert not new(site, before)


def test_random_addresses_and_queries_cost_no_render_and_no_memory(site: Product) -> None:
    dice = random.Random(4)

    def word(length: int = 12) -> str:
        return "".join(dice.choices(string.ascii_lowercase, k=length))

    def one_of_each() -> list[str]:
        return [
            f"/?{word()}={word()}",
            f"/history.rss?{word()}",
            f"/incidents/{word()}/",
            f"/services/{word()}/?{word()}",
            f"/maintenance/{word()}/",
            f"/{word()}",
            f"/history/{word(4)}/{word(2)}/",
        ]

    run(site, [path for _ in range(20) for path in one_of_each()])
    before, memory = at_rest(site), resident(site)
    statuses = run(site, [path for _ in range(300) for path in one_of_each()])
    assert set(statuses) == {200, 404}
    assert not new(site, before)
    assert resident(site) < memory + 4_000_000


def run(site: Product, paths: list[str]) -> Counter[int]:
    seen: Counter[int] = Counter()
    with site.server.client() as client:
        for path in paths:
            seen[client.get(path).status_code] += 1
    return seen


def resident(site: Product) -> int:
    """Of the processes that serve, together; in bytes."""
    children = Path(f"/proc/{site.server.pid}/task/{site.server.pid}/children").read_text().split()
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in children)
    return pages * os.sysconf("SC_PAGESIZE")


def test_a_crowd_that_asks_for_a_rare_page_has_it_made_once(site: Product) -> None:
    before = at_rest(site)
    path = "/history/2021/05/"
    with visiting(site.server, [path], count=16) as seen:
        time.sleep(1)
    assert seen.failures == set()
    assert set(new(site, before).values()) == {1}
    assert {made for _, made in new(site, before)} == {path}


def test_a_killed_process_leaves_whole_pages_behind(site: Product) -> None:
    """Killed at any moment after a change: while it looks, renders, or writes."""
    eventually(lambda: bool(home_on_disk(site)), within=30)  # the first time, all pages are made before
    for n in range(6):
        seen = look(site.server, "/")
        site.edit(f"Change {n}")
        time.sleep(0.25 * n)
        os.kill(int(seen.process), signal.SIGKILL)
        assert b"</html>" in home_on_disk(site)
    for path in site.paths:
        site.everywhere(lambda seen: seen.status == 200, path)
    site.everywhere(lambda seen: b"Change 5" in seen.body)


def test_processes_that_are_forked_late_publish_as_well(tmp_path: Path) -> None:
    """With `--preload` the program is loaded before its processes are forked."""
    with product(tmp_path, options=("--preload",)) as site:
        site.edit("Forked answers")
        assert site.everywhere(lambda seen: b"Forked answers" in seen.body, within=3) < 3
