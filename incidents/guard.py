"""Which addresses a stranger may have us send to: the public internet by https, and what ops allow of their own.

Asked when an address is registered, and each time something is sent there: by then its name may lead elsewhere.
"""

import re
import socket
from collections.abc import Mapping
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import BoundedSemaphore, Thread

import httpx
from django.conf import settings

from incidents.errors import DownstreamFailure, Violations

MAX_URL = 2048
PORTS = (443, 8443)
SECONDS = 3.0  # that a name's addresses may take to be found

# Channel → the hosts of that product; with a leading dot, those below.
HOSTS: Mapping[str, tuple[str, ...]] = {
    "slack": ("hooks.slack.com",),
    "teams": (".webhook.office.com", ".logic.azure.com", ".api.powerplatform.com"),
}

# Global by their number, but leading elsewhere: to an IPv4 address within (NAT64, compatible, 6to4 and its relays,
# Teredo), or to a site of old. Which of them `is_global` knows differs between versions of Python.
_DETOURS = tuple(
    map(
        ip_network,
        ("64:ff9b::/96", "64:ff9b:1::/48", "::/96", "2002::/16", "192.88.99.0/24", "2001::/32", "fec0::/10"),
    )
)
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_HOST = re.compile(r"[a-z0-9_.-]+|[0-9a-f:.]+")

# The name server has been asked, and this name has no address. All else that may go wrong may be gone at the next try.
_NOWHERE = {getattr(socket, name, None) for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY")}

# A resolver that hangs holds this many of our threads and no more.
_LOOKUPS = BoundedSemaphore(64)

type Address = IPv4Address | IPv6Address


class Refused(Exception):
    """Nothing may be sent there. `code` and `description` are for whoever gave the address."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code, self.description = code, description


class Unknown(Exception):
    """The name leads nowhere."""


class Unanswered(DownstreamFailure):
    """Nobody said in time where the name leads: at another time it may be known."""

    def __init__(self) -> None:
        super().__init__("Where this host leads cannot be found out right now. Try again in a minute.")


def check_typed(field: str, url: str, channel: str) -> Violations:
    """As `check_url`, for a form: that nobody said where it leads is told at the field like anything else."""
    try:
        return check_url(field, url, channel)
    except Unanswered as unanswered:
        found = Violations()
        found.add(field, "unanswered", unanswered.message)
        return found


def check_url(field: str, url: str, channel: str = "webhook") -> Violations:
    """Every rule that the address breaks, where it leads included: call it in no transaction. Raises Unanswered."""
    found = Violations()
    try:
        _check_host(parsed := parse(url), channel)
        if channel not in HOSTS:  # these are known
            addresses(parsed)
    except Refused as refused:
        found.add(field, refused.code, refused.description)
    except Unknown:
        found.add(field, "unknown_host", "This host cannot be found.")
    return found


def parse(url: str) -> httpx.URL:
    """With the host in its wire form. Raises Refused."""
    if len(url) > MAX_URL:
        raise Refused("max_length", f"Must have at most {MAX_URL:,} characters.")
    try:
        if _UNSAFE.search(url):
            raise ValueError
        parsed = httpx.URL(url)
        if not _HOST.fullmatch(parsed.raw_host.decode("ascii")):
            raise ValueError
    except (httpx.InvalidURL, ValueError):
        raise Refused("invalid_url", "Give an address such as https://example.com/hook.") from None
    _check_parts(parsed)
    return parsed


def addresses(url: httpx.URL) -> list[str]:
    """Those that the host of a parsed address has, each of which may be connected to.

    Raises Refused, Unknown, Unanswered.
    """
    found = _look_up(url.raw_host.decode("ascii"), port(url))
    if not found or not all(_may_reach(ip_address(address), url) for address in found):
        raise Refused("blocked_address", "Nothing may be sent to this host.")
    return found


def port(url: httpx.URL) -> int:
    return url.port if url.port is not None else {"http": 80, "https": 443}[url.scheme]


def _check_parts(url: httpx.URL) -> None:
    if url.userinfo:
        raise Refused("credentials", "Must not contain a user name or password.")
    if url.fragment or "#" in str(url):
        raise Refused("fragment", "Must not contain a “#”.")
    if url.scheme != "https" and not (url.scheme == "http" and settings.WEBHOOK_ALLOW_HTTP):
        raise Refused("invalid_scheme", "Must begin with https://.")
    if not _is_usual(url) and not (settings.WEBHOOK_ALLOW_HTTP and 0 < port(url) < 2**16):
        raise Refused("invalid_port", f"The port must be {' or '.join(map(str, PORTS))}.")


def _check_host(url: httpx.URL, channel: str) -> None:
    hosts, host = HOSTS.get(channel), url.raw_host.decode("ascii")
    if hosts and not any(host == known or (known[0] == "." and host.endswith(known)) for known in hosts):
        raise Refused(
            "wrong_host", f"Must be an address at {' or '.join(f'*{h}' if h[0] == '.' else h for h in hosts)}."
        )


def _is_usual(url: httpx.URL) -> bool:
    return url.scheme == "https" and port(url) in PORTS


def _may_reach(address: Address, url: httpx.URL) -> bool:
    within = getattr(address, "ipv4_mapped", None) or address
    if any(within in network for network in settings.WEBHOOK_ALLOW_PRIVATE):
        return True
    return _is_usual(url) and _is_public(within)


def _is_public(address: Address) -> bool:
    special = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not special and not any(address in network for network in _DETOURS)


def _look_up(host: str, port: int) -> list[str]:
    """In a thread of its own, since no timeout covers the resolver."""
    answer: Future[list[str]] = Future()
    if not _LOOKUPS.acquire(timeout=SECONDS):
        raise Unanswered
    try:
        Thread(target=_ask, args=(answer, host, port), name="resolver", daemon=True).start()
    except RuntimeError as error:  # there can be no more threads
        _LOOKUPS.release()
        raise Unanswered from error
    try:
        return answer.result(SECONDS)
    except UnicodeError as error:  # too long to be one
        raise Unknown from error
    except OSError as error:
        raise (Unknown if _is_nowhere(error) else Unanswered) from error


def _is_nowhere(error: OSError) -> bool:
    return isinstance(error, socket.gaierror) and error.errno in _NOWHERE


def _ask(answer: "Future[list[str]]", host: str, port: int) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        answer.set_result(list(dict.fromkeys(str(place[0]) for *_, place in found)))
    except Exception as error:  # noqa: BLE001  it is raised where somebody waits for it
        answer.set_exception(error)
    finally:
        _LOOKUPS.release()
