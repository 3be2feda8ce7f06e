"""What the environment says of mail. A bad value stops the start, as in `statussite.environment`."""

from email.headerregistry import HeaderRegistry
from typing import Any
from urllib.parse import unquote, urlsplit

from statussite.environment import refuse, text


def mailer(variable: str, default: str, *, timeout: int) -> dict[str, Any]:
    """An entry of MAILERS: `console:` or a relay. `smtp+tls` is STARTTLS, `smtps` TLS from the first byte.

    `timeout`: seconds that one message may take, however slow the relay is.
    """
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
    return {"BACKEND": "incidents.notify.smtp.EmailBackend", "OPTIONS": options}


def sender(variable: str, default: str) -> str:
    """`status@example.com`, with or without a name before it in the form `Name <address>`."""
    value = text(variable)
    if not value:
        return default
    header: Any = HeaderRegistry()("From", value)
    if header.defects or [bool(address.domain) for address in header.addresses] != [True]:
        refuse(variable, "must be address@host or Name <address@host>.")
    return value
