"""Who sends: threads that claim and send as long as there is something, and sleep until they are woken."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from django.db import Error as DatabaseFailure
from django.db import connections

from incidents.errors import StatusError
from incidents.models.claiming import claim, is_due
from incidents.models.clock import database_now
from incidents.models.pacing import Lane
from incidents.notify.relay import Relay
from incidents.notify.sending import let_go_of_the_database, send_all

log = logging.getLogger(__name__)

NAP = 1.0  # seconds without work, after which the relay is let go
# Who claims waits for the others' claims anyway; so they do not wait with a connection in their hands.
_turns = {lane: threading.Lock() for lane in Lane}
STOPS_WITHIN = 20.0  # seconds in which what is being sent must be through


@dataclass(frozen=True)
class Share:
    """Of the senders: what hangs in one of them holds up nobody in another. `failing`: endpoints that failed last."""

    lane: Lane
    senders: int
    failing: bool = False

    @property
    def name(self) -> str:
        return "failing" if self.failing else str(self.lane)

    @property
    def is_due(self) -> bool:
        return is_due(self.lane, database_now(), failing=self.failing)

    def send(self, relay: Relay, is_over: Callable[[], bool]) -> bool:
        """Sends as long as there is something; whether there was. Raises Busy, DatabaseFailure."""
        worked = False
        while not is_over():
            let_go_of_the_database()
            with _turns[self.lane]:
                claimed = claim(self.lane, database_now(), failing=self.failing)
            if not claimed.deliveries:
                break
            send_all(claimed, relay, is_over)
            worked = True
        return worked


SHARES = (
    Share(Lane.MAIL, senders=10),
    Share(Lane.HOOK, senders=16),
    Share(Lane.HOOK, senders=4, failing=True),
)


def send_what_is_due(is_over: Callable[[], bool] = lambda: False) -> bool:
    """All lanes, one after another, by nobody but us; whether there was anything. Waits for the lanes' rates."""
    worked = False
    with closing(Relay()) as relay:
        for share in SHARES:
            while not is_over() and share.is_due:
                if not share.send(relay, is_over):
                    time.sleep(0.05)
                worked = True
    return worked


class Senders:
    """The threads of one worker."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._woken = {share: threading.Event() for share in SHARES}
        self._threads = [
            threading.Thread(target=self._work, args=(share,), daemon=True, name=f"{share.lane} sender")
            for share in SHARES
            for _ in range(share.senders)
        ]
        for thread in self._threads:
            thread.start()

    def look(self) -> None:
        """Wakes who has something to do."""
        for share, woken in self._woken.items():
            if not woken.is_set() and share.is_due:
                woken.set()

    def stop(self) -> None:
        """Nothing more is claimed; what is being sent has its time, and the rest is given back."""
        self._stopping.set()
        for woken in self._woken.values():
            woken.set()
        until = time.monotonic() + STOPS_WITHIN
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _work(self, share: Share) -> None:
        woken, is_over = self._woken[share], self._stopping.is_set
        with closing(Relay()) as relay:
            while not is_over():
                if not woken.wait(NAP):
                    relay.close()
                elif not self._sends(share, relay):
                    woken.clear()
        connections.close_all()

    def _sends(self, share: Share, relay: Relay) -> bool:
        """Whatever happens, the sender lives on."""
        try:
            worked = share.send(relay, self._stopping.is_set)
            let_go_of_the_database()
            return worked
        except (DatabaseFailure, StatusError) as error:
            log.warning("The %s cannot claim: %s.", threading.current_thread().name, type(error).__name__)
        except Exception:
            log.exception("The %s failed.", threading.current_thread().name)
        connections.close_all()
        return False
