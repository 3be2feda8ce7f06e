"""Reads settings from the environment. A bad value stops the start with one line that names variable and rule."""

import re
import sys
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from socket import getaddrinfo
from typing import Any, NoReturn
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import environ

_env = environ.Env()


def refuse(variable: str, rule: str) -> NoReturn:
    """Ends the process; never prints the value, which may be a secret."""
    sys.exit(f"Cannot start: {variable} {rule}")


def read[T](variable: str, default: T, parse: Callable[..., T], rule: str) -> T:
    try:
        return parse(_env, variable, default)
    except (ValueError, TypeError, KeyError, environ.ImproperlyConfigured):
        refuse(variable, rule)


def flag(variable: str, default: bool) -> bool:
    value = read(variable, "", environ.Env.str, "must be true or false.").strip().lower()
    if value in ("", "true", "1", "yes", "on", "false", "0", "no", "off"):
        return value in ("true", "1", "yes", "on") if value else default
    refuse(variable, "must be true or false.")


def number(variable: str, default: int, *, least: int = 0) -> int:
    rule = f"must be a whole number, at least {least}."
    value = read(variable, default, environ.Env.int, rule)
    if value < least:
        refuse(variable, rule)
    return value


def listen_address(variable: str, default: str) -> str:
    """In the form that may stand before a port: IPv6 in brackets."""
    name = text(variable).strip("[]") or default
    try:
        getaddrinfo(name, None)
    except (OSError, UnicodeError):
        refuse(variable, "must be an address or a name of this machine.")
    return f"[{name}]" if ":" in name else name


def port(variable: str, default: int) -> int:
    value = text(variable) or str(default)
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 65_536):
        refuse(variable, "must be a number from 1 to 65535.")
    return int(value)


def numbers(variable: str, default: tuple[int, ...], *, least: int, most: int) -> tuple[int, ...]:
    """Comma separated; none at all where it is set to nothing."""
    found = words(variable, [str(number) for number in default])
    if not all(word.isascii() and word.isdigit() and len(word) < 10 and least <= int(word) <= most for word in found):
        refuse(variable, f"must be whole numbers from {least} to {most}, comma separated.")
    return tuple(int(word) for word in found)


def text(variable: str, default: str = "", *, most: int | None = None) -> str:
    """`most`: characters."""
    found = read(variable, default, environ.Env.str, "must be a text.").strip()
    if most is not None and len(found) > most:
        refuse(variable, f"must have at most {most} characters.")
    return found


def words(variable: str, default: list[str]) -> list[str]:
    return [word.strip() for word in text(variable, ",".join(default)).split(",") if word.strip()]


def choice(variable: str, default: str, allowed: tuple[str, ...]) -> str:
    value = text(variable, default)
    if value not in allowed:
        refuse(variable, f"must be one of: {', '.join(allowed)}.")
    return value


def hosts(variable: str, default: list[str]) -> list[str]:
    """Names of this service. All names at once would let a client choose what links in answers say."""
    names = words(variable, default)
    if not names or "*" in names:
        refuse(variable, "must be names of this service, comma separated; * is none.")
    return names


def only_here(variable: str, *names: str | None) -> None:
    """For what is safe on one's own machine only."""
    if not all(is_here(name) for name in names):
        refuse(variable, "must be off where SITE_URL or ALLOWED_HOSTS name another machine than this one.")


def secret(variable: str) -> str:
    """32 random characters or more; empty if not set."""
    value = text(variable)
    if value and (len(value) < 32 or len(set(value)) < 8 or value.startswith("django-insecure-")):
        refuse(variable, "must be 32 or more random characters.")
    return value


def site_url(variable: str, default: str) -> str:
    """An origin: scheme and host, without a path or a closing slash."""
    value = text(variable, default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        refuse(variable, "must be http(s)://host[:port] without a path.")
    return value


def private_url(variable: str) -> str:
    """An address that nobody on the way can answer for: https, or http to this machine. Empty if not set."""
    value = text(variable)
    if value and not _is_private(value):
        refuse(variable, "must be https://host[:port]/path; http:// only for this machine.")
    return value


def _is_private(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  (raises ValueError if it is none)
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and is_here(parts.hostname)))


def is_here(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address((host or "").strip("[]")).is_loopback
    except ValueError:
        return False


def networks(variable: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(word) for word in words(variable, []))
    except ValueError:
        refuse(variable, "must be networks such as 10.0.0.0/8,fd00::/8, comma separated.")


def all_or_none(**values: str) -> None:
    """Variables that mean something only together."""
    missing = [variable for variable, value in values.items() if not value]
    if missing and len(missing) < len(values):
        refuse(missing[0], f"is missing: {', '.join(values)} go together.")


def redis(variable: str) -> str:
    """Empty if not set."""
    value = text(variable)
    if value and urlsplit(value).scheme not in ("redis", "rediss", "unix"):
        refuse(variable, "must be redis://[user:password@]host:port/number (or rediss://, unix://).")
    return value


def broker(variable: str) -> str:
    """Empty if not set."""
    value = text(variable)
    if value and urlsplit(value).scheme not in ("redis", "rediss", "amqp", "amqps"):
        refuse(variable, "must be redis://[user:password@]host:port/number or amqp://… (or rediss://, amqps://).")
    return value


def base_url(variable: str) -> str:
    """Where another server is: scheme, host and perhaps a path, without a closing slash; empty if not set."""
    value, rule = text(variable).rstrip("/"), "must be http(s)://host[:port][/path]."
    try:
        parts = urlsplit(value)
        named = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # half an IPv6 address, a port that is none
        refuse(variable, rule)
    if value and (not named or parts.query or parts.fragment):
        refuse(variable, rule)
    return value


def template(variable: str, default: str, place: str) -> str:
    value = text(variable, default)
    if place not in value:
        refuse(variable, f"must contain {place}.")
    return value


def colour(variable: str) -> str:
    """`#rrggbb`; empty if not set."""
    value = text(variable)
    if value and not re.fullmatch("#[0-9a-fA-F]{6}", value):
        refuse(variable, "must be a colour such as #7c3aed.")
    return value


def links(variable: str) -> tuple[tuple[str, str], ...]:
    """`Words https://…`, comma separated → words and address of each."""
    found = [entry.rpartition(" ")[::2] for entry in words(variable, [])]
    if any(not name or not re.fullmatch(r"(https?://|mailto:)\S+", address) for name, address in found):
        refuse(variable, "must be links such as Imprint https://acme.example/imprint, comma separated.")
    return tuple((name.strip(), address) for name, address in found)


def time_zone(variable: str, default: str) -> str:
    name = text(variable, default)
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        refuse(variable, "must be an IANA time zone such as Europe/Berlin.")
    return name


def database(variable: str, default: str) -> dict[str, Any]:
    """`sqlite:///path` or `postgres://user:password@host:port/name`."""
    rule = "must be sqlite:///path or postgres://user:password@host:port/name."
    url = text(variable, default)
    if not url.startswith(("sqlite:///", "postgres://", "postgresql://")):
        refuse(variable, rule)
    try:
        return dict(environ.Env.db_url_config(url))
    except (ValueError, environ.ImproperlyConfigured):
        refuse(variable, rule)


def contact(variable: str) -> str:
    """An address of the web or of mail, in the form of a URI; empty if not set."""
    value = text(variable)
    if value and not re.fullmatch(r"(https://|mailto:|tel:)[!-~]+", value):
        refuse(variable, "must be https://…, mailto:address@host or tel:+number.")
    return value


def keys(variable: str, *, least: int) -> tuple[str, ...]:
    """Secrets, comma separated, each of at least that many characters."""
    found = tuple(words(variable, []))
    if any(len(key) < least for key in found):
        refuse(variable, f"must be keys of at least {least} characters each, comma separated.")
    return found
