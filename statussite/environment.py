"""Reads settings from the environment. A bad value stops the start with one line that names variable and rule."""

import sys
from collections.abc import Callable
from email.headerregistry import HeaderRegistry
from ipaddress import ip_address
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit
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


def text(variable: str, default: str = "") -> str:
    return read(variable, default, environ.Env.str, "must be a text.").strip()


def words(variable: str, default: list[str]) -> list[str]:
    return [word.strip() for word in text(variable, ",".join(default)).split(",") if word.strip()]


def choice(variable: str, default: str, allowed: tuple[str, ...]) -> str:
    value = text(variable, default)
    if value not in allowed:
        refuse(variable, f"must be one of: {', '.join(allowed)}.")
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
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname)))


def _is_here(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


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


def mailer(variable: str, default: str, *, timeout: int) -> dict[str, Any]:
    """An entry of MAILERS: `console:` or a relay. `smtp+tls` is STARTTLS, `smtps` TLS from the first byte."""
    rule = "must be console: or smtp[+tls]://[user:password@]host[:port] or smtps://…, signs in them as %XX."
    url = text(variable) or default
    if url == "console:":
        return {"BACKEND": "django.core.mail.backends.console.EmailBackend"}
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtp+tls", "smtps") or not parts.hostname or parts.path.strip("/"):
            raise ValueError
        options = {
            "host": parts.hostname,
            "port": parts.port,
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_tls": parts.scheme == "smtp+tls",
            "use_ssl": parts.scheme == "smtps",
            "timeout": timeout,
        }
    except ValueError:
        refuse(variable, rule)
    return {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}


def sender(variable: str, default: str) -> str:
    """`status@example.com`, with or without a name before it in the form `Name <address>`."""
    value = text(variable)
    if not value:
        return default
    header: Any = HeaderRegistry()("From", value)
    if header.defects or [bool(address.domain) for address in header.addresses] != [True]:
        refuse(variable, "must be address@host or Name <address@host>.")
    return value


def keys(variable: str, *, least: int) -> tuple[str, ...]:
    """Secrets, comma separated, each of at least that many characters."""
    found = tuple(words(variable, []))
    if any(len(key) < least for key in found):
        refuse(variable, f"must be keys of at least {least} characters each, comma separated.")
    return found
