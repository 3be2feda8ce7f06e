"""The public keys of an outside issuer: read from its key server, kept while that is away, asked for seldom."""

import json
import logging
import threading
from collections.abc import Mapping
from time import monotonic
from typing import Any

from jwt import PyJWK

from incidents.api import outside
from incidents.errors import DownstreamFailure

log = logging.getLogger(__name__)

ALGORITHMS = ("RS256", "ES256")
FRESH = 300.0  # seconds for which nobody asks again; so long a key works at most after the issuer has withdrawn it
COOL_DOWN = 60.0  # seconds between two requests, whatever comes
TIMEOUT = 3.0  # seconds that one thread waits for the issuer
PATIENCE = 0.5  # seconds after which all others no longer do
LARGEST = 256 * 1024  # bytes


class KeyServer:
    """One in a process for one URL; may be used by many threads."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._turn = threading.Lock()
        self._settled = threading.Event()
        self._settled.set()
        self._keys: Mapping[str, PyJWK] = {}
        self._read_at = self._asked_at = float("-inf")
        self._is_away = False

    def key(self, kid: str) -> PyJWK | None:
        """None where the issuer has no such key. Raises DownstreamFailure where it cannot be asked.

        1. A key that was read less than FRESH ago is good.
        2. Else the issuer is asked, by one thread and at most once in COOL_DOWN. Who holds a known key does not wait
           for another thread's asking; who holds an unknown one does until it has lasted for PATIENCE.
        3. When the answer is no set of keys, the last good one stands.
        """
        if kid not in self._keys or monotonic() - self._read_at > FRESH:
            self._ask(wait=kid not in self._keys)
        is_unsure = self._is_away or not self._settled.is_set()  # before the look, lest an answer comes in between
        found = self._keys.get(kid)
        if found is None and is_unsure:
            raise DownstreamFailure("The keys of the token's issuer cannot be read right now. Try again in a minute.")
        return found

    def _ask(self, *, wait: bool) -> None:
        if self._is_my_turn():
            self._read()
        elif wait:
            self._settled.wait(max(0, self._asked_at + PATIENCE - monotonic()))

    def _is_my_turn(self) -> bool:
        with self._turn:
            now = monotonic()
            if not self._settled.is_set() or now - self._asked_at < COOL_DOWN:
                return False
            self._asked_at = now
            self._settled.clear()
            return True

    def _read(self) -> None:
        try:
            self._keys = _usable(json.loads(outside.get(self._url, seconds=TIMEOUT, largest=LARGEST)))
            self._read_at = monotonic()
            self._is_away = False
        except Exception:  # whatever it sent: who has a token with a known key must not suffer
            self._is_away = True
            log.warning("The keys of the outside issuer could not be read; the last good ones stand.", exc_info=True)
        finally:
            self._settled.set()


def _usable(document: Any) -> Mapping[str, PyJWK]:
    """Those that can verify a signature here, by their `kid`. Raises ValueError if there is none."""
    keys = {jwk["kid"]: key for jwk in document["keys"] if (key := _key(jwk)) is not None}
    if not keys:
        raise ValueError("It has no key for RS256 or ES256.")
    return keys


def _key(jwk: Any) -> PyJWK | None:
    """None for a key of another kind, for encryption, too short, or broken: the others are good all the same."""
    try:
        key = PyJWK(jwk)
        fits = key.algorithm_name in ALGORITHMS and jwk.get("use", "sig") == "sig" and isinstance(jwk["kid"], str)
        return key if fits and not key.Algorithm.check_key_length(key.key) else None
    except Exception:
        log.info("A key of the outside issuer is of no use here.", exc_info=True)
        return None
