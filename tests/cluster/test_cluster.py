"""The whole cluster at work while its parts are killed and come back, one after the other."""

import os
import time
from collections import Counter
from functools import partial

import httpx
import pytest

from tests.cluster.conftest import PEOPLE, READERS, SECONDS
from tests.cluster.parts import SetUp
from tests.cluster.people import Writer, at_work, reading, writing
from tests.waiting import eventually

pytestmark = [pytest.mark.nginx, pytest.mark.postgres, pytest.mark.redis]

SHOWN_WITHIN = float(os.environ.get("CLUSTER_SHOWN_WITHIN", "15"))
AWAY = 1.0  # seconds for which a killed part is gone
KILLED_WITH_ONE_WORKER = 10  # messages that may go out twice


def kill_one_after_the_other(set_up: SetUp) -> None:
    pause = max(0.0, SECONDS / 5 - AWAY)
    for name in ("web1", "worker1", "beat1", "redis"):
        time.sleep(pause)
        set_up.parts[name].kill()
        time.sleep(AWAY)
        set_up.parts[name].start()
    time.sleep(pause)
    set_up.database.stop()
    time.sleep(AWAY)
    set_up.database.start()


def paths(writers: list[Writer]) -> list[str]:
    story = writers[0].incident
    documents = ["/api/v2/summary.json", "/api/v2/status.json", f"/api/v2/incidents/{story}.json"]
    return ["/", "/history/", "/history.rss", f"/incidents/{story}/", *documents]


def test_nothing_is_lost_and_nobody_is_turned_away(set_up: SetUp, writers: list[Writer]) -> None:
    story = paths(writers)
    with set_up.front.client() as client:
        eventually(lambda: all(client.get(path).status_code == 200 for path in story), within=60)
    unread: list[str] = []
    unwritten: list[str] = []
    looks: list[int] = []
    readers = [reading(set_up.front, story, unread, looks) for _ in range(READERS)]
    with at_work(*(writing(writer, unwritten) for writer in writers), *readers):
        kill_one_after_the_other(set_up)
        for writer in writers:  # each is taken again
            eventually(partial(goes_on, writer, len(writer.taken), unwritten), within=90)
    assert (unread, unwritten) == ([], [])
    assert len(looks) > READERS

    for writer in writers:
        writer.write(f"The last word of {writer.name}.")
    for web in set_up.webs:
        with web.client() as client:
            for writer in writers:
                eventually(partial(shows, client, writer), within=SHOWN_WITHIN)

    assert_each_word_is_there_once(set_up, writers)
    assert_everybody_is_told(set_up, writers)


def goes_on(writer: Writer, since: int, failures: list[str]) -> bool:
    return len(writer.taken) > since or bool(failures)


def shows(client: httpx.Client, writer: Writer) -> bool:
    return writer.taken[-1] in client.get(f"/incidents/{writer.incident}/").text


def assert_each_word_is_there_once(set_up: SetUp, writers: list[Writer]) -> None:
    """Also those that were never acknowledged."""
    ours = "SELECT message, count(*) FROM incidents_incidentupdate WHERE message LIKE '%ord %' GROUP BY message"
    stored = {str(words): count for words, count in set_up.query(ours)}
    assert {words: stored.get(words) for writer in writers for words in writer.taken if stored.get(words) != 1} == {}
    assert set(stored.values()) == {1}


def assert_everybody_is_told(set_up: SetUp, writers: list[Writer]) -> None:
    """Of each story the last word at least: those before it may have been left out for it."""
    waiting = "SELECT count(*) FROM incidents_delivery WHERE finished_at IS NULL"
    told = "SELECT count(*) FROM incidents_event WHERE due_at IS NOT NULL AND fanned_out_at IS NULL"
    eventually(lambda: set_up.query(f"SELECT ({told}) + ({waiting})") == [(0,)], within=180)
    mails = list(set_up.relay.received)
    for writer in writers:
        reached = {mail.recipients[0] for mail in mails if f"The last word of {writer.name}." in mail.body("plain")}
        assert reached == set(PEOPLE)
    sent = Counter((mail.recipients[0], str(mail.message["Message-ID"])) for mail in mails)
    assert sum(sent.values()) - len(sent) <= KILLED_WITH_ONE_WORKER
