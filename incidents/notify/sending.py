"""From a claim to what became of each message in it.

1. Ask again whether it is still wanted, and whether what it tells is still public.
2. Write it and send it, in no transaction.
3. Record how it went, each message by itself, if the lease still stands. Who dies in between costs at most the one
   message a second copy, which has the same id.

A relay that cannot be reached at all stops its lane for everybody and uses up nobody's attempts.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import Error as DatabaseFailure
from django.db import InterfaceError, OperationalError, close_old_connections, connection, connections

from incidents.errors import Busy, StatusError
from incidents.models import Delivery, Pacing
from incidents.models.claiming import Claim, broke
from incidents.models.clock import database_now
from incidents.models.delivery import MOST_PATIENT
from incidents.models.message import State
from incidents.models.pacing import Lane
from incidents.notify import channels
from incidents.notify.letters import holder, letter, notice
from incidents.notify.news import news
from incidents.notify.relay import Relay
from incidents.notify.transport import Failed, Sent, TransportError
from incidents.notify.wanted import why_not

log = logging.getLogger(__name__)

LONGEST = 40.0  # seconds that one message can take; who has less than that left of the lease does not begin
AFTER_OTHERS = timedelta(seconds=1)  # who finds out whether the relay is back is not who it broke down with
BAD_GATEWAY, GATEWAY_TIMEOUT = 502, 504
HOST_RESTS = timedelta(minutes=1)
_PASSING = (Busy, OperationalError, InterfaceError)  # the database is busy, or away for a moment


def send_all(claim: Claim, relay: Relay, is_over: Callable[[], bool]) -> None:
    """What cannot be begun in time is given back."""
    left = list(claim.deliveries)
    while left and not is_over() and claim.lasts(LONGEST):
        if not _is_through(left.pop(0), claim, relay):
            break
    for delivery in left:
        _keep_trying(claim, delivery.give_back)


def _is_through(delivery: Delivery, claim: Claim, relay: Relay) -> bool:
    """False: the relay is down, or the database."""
    began = time.monotonic()
    try:
        now = database_now()
        done = _send(delivery, relay, now)
    except TransportError as error:
        return _has_failed(delivery, claim, error, _since(began))
    except _PASSING as error:  # before anything was sent: who sends asks the database nothing
        log.warning("%s: not sent yet: %s.", delivery, type(error).__name__)
        _keep_trying(claim, delivery.give_back)
        return False
    if isinstance(done, State):
        _keep_trying(claim, lambda: delivery.finish(done, now))
        return True
    if done.arrived is not None:
        _put_off(delivery, done.arrived, claim)
        return True
    sent, took = done, _since(began)
    sent_at = now + timedelta(milliseconds=took)  # without asking the database for the time once more
    _keep_trying(claim, lambda: delivery.was_sent(sent_at, status=sent.status, milliseconds=took))
    _lane_works(delivery, claim)
    return True


def _send(delivery: Delivery, relay: Relay, now: datetime) -> Sent | State:
    """A state where it is not to be sent. What it fails with may name the address, so the log has only its kind."""
    try:
        told = news(delivery.event)
        unwanted = why_not(delivery, told, now)
        if unwanted is not None:
            return unwanted
        let_go_of_the_database()
        if delivery.lane == Lane.HOOK:
            return channels.send(notice(told), holder(delivery), now, delivery.arrived)
        mail = letter(delivery, told)
        return relay.send(mail, delivery.pk) if mail else State.CANCELLED
    except TransportError as error:
        log.warning("%s: not sent: %s %s.", delivery, error.failed, error.status or "")
        raise
    except (DatabaseFailure, StatusError):
        raise
    except Exception as error:
        log.error("%s: cannot be written: %s.", delivery, type(error).__name__)
        raise TransportError(Failed.RENDERING) from error


def _put_off(delivery: Delivery, arrived: int, claim: Claim) -> None:
    """The rest of its requests are for whoever comes next: a lease is too short for them, which is nobody's fault."""
    delivery.arrived = arrived
    _keep_trying(claim, delivery.give_back)


def _has_failed(delivery: Delivery, claim: Claim, error: TransportError, milliseconds: int) -> bool:
    lane = Lane(delivery.lane)
    delivery.arrived = max(delivery.arrived, error.arrived)
    if error.everybody:
        until = _insist(claim, lambda: broke(claim, lane, database_now()))
        _keep_trying(claim, lambda: delivery.give_back(until + AFTER_OTHERS))
        return False
    _keep_trying(
        claim,
        lambda: delivery.failed(
            error.failed,
            database_now(),
            status=error.status,
            milliseconds=milliseconds,
            permanent=error.permanent,
            gone=error.gone,
            ours=error.is_ours,
            retry_after=error.retry_after,
        ),
    )
    _lane_works(delivery, claim)
    if lane is Lane.HOOK:
        _spare(delivery, error, database_now())
    return True


def _spare(delivery: Delivery, error: TransportError, now: datetime) -> None:
    """An endpoint that asks for it, and a host that is overloaded, are left alone for a while."""
    if error.status in (BAD_GATEWAY, GATEWAY_TIMEOUT) and delivery.subscription:
        same_host = Delivery.objects.filter(lane=Lane.HOOK, subscription__host=delivery.subscription.host)
        same_host.hold_back(now + HOST_RESTS)
    elif error.retry_after is not None:
        same = Delivery.objects.filter(lane=Lane.HOOK, subscription=delivery.subscription)
        same.hold_back(now + min(error.retry_after, MOST_PATIENT))


def _lane_works(delivery: Delivery, claim: Claim) -> None:
    if claim.is_probe:
        Pacing.works(Lane(delivery.lane))


def _keep_trying(claim: Claim, record: Callable[[], bool]) -> None:
    """Raises Busy, DatabaseFailure."""
    if not _insist(claim, record):
        log.warning("A message was taken over by somebody else.")


def _insist[T](claim: Claim, record: Callable[[], T]) -> T:
    """A database that is busy or away for a moment must not make us forget what has been sent. For as long as nobody
    else may send it, this is tried again. Raises Busy, DatabaseFailure."""
    while True:
        try:
            return record()
        except _PASSING as error:
            if not claim.lasts(1):
                raise
            log.warning("What became of a message is not recorded yet: %s.", type(error).__name__)
            connections.close_all()
            time.sleep(0.5)


def let_go_of_the_database() -> None:
    """Others need the connection more than who waits: for a relay, an endpoint, or something to do."""
    if not connection.in_atomic_block:
        close_old_connections()


def _since(began: float) -> int:
    return round(1000 * (time.monotonic() - began))
