"""What every request carries: an id that the client may choose, and a W3C trace that is continued or started."""

import logging
import re
import secrets
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address, ip_interface

from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.signals import request_finished
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils.functional import LazyObject

from statussite.logs import about_request

log = logging.getLogger("statussite.requests")

ROUTE = "statussite.route"  # where the environ says which pattern the path has met, for who counts

MOST_UNREAD = 8_000_000  # bytes
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")
_WITH_PORT = re.compile(r"\[([^]]*)](?::\d+)?|([^:]+):\d+", re.ASCII)


@dataclass(frozen=True)
class RequestContext:
    """`trace_id` is the whole traceparent that this answer belongs to, `span_id` our own part of it.

    `address` is the client's: the right-most hop that no trusted proxy of ours wrote.
    """

    request_id: str
    trace_id: str
    span_id: str
    address: str

    @property
    def network(self) -> str:
        """What one client has to itself: who has one IPv6 address has the whole /64."""
        return str(ip_interface(f"{self.address}/64").network) if ":" in self.address else self.address


def context_of(request: HttpRequest) -> RequestContext:
    """The request's context; made on first use, so that an early failure has one too."""
    context: RequestContext | None = getattr(request, "context", None)
    if context is None:
        context = _read(request)
        request.context = context  # type: ignore[attr-defined]
    return context


class RequestContextMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        context = context_of(request)
        began = time.monotonic()
        about_request.set({"request_id": context.request_id, "trace_id": context.trace_id})
        response = self.get_response(request)
        response["X-Request-ID"] = context.request_id
        log.info("request", extra=_facts(request, response, began))
        return response


@receiver(request_finished)  # later than the middleware: Django logs a refusal after all of them
def _forget_request(**_: object) -> None:
    about_request.set({})


class UnreadBodyMiddleware:
    """Takes in what nobody has read of a body that was refused: on a connection that stays open, the next request comes
    behind it. Behind a bigger one the server closes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not hasattr(request, "_body") and 0 < _declared_length(request) <= MOST_UNREAD:
            with suppress(UnreadablePostError):
                while request.read(65_536):
                    pass
        return response


def _declared_length(request: HttpRequest) -> int:
    declared = request.META.get("CONTENT_LENGTH") or "0"
    return int(declared) if declared.isascii() and declared.isdigit() and len(declared) < 12 else 0


class NoNulMiddleware:
    """PostgreSQL stores no NUL, so what holds one names nothing: such an address is a 400, such a cookie is ignored."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("The address contains a NUL character.")
        for name in [name for name, value in request.COOKIES.items() if "\0" in value]:
            del request.COOKIES[name]
        return self.get_response(request)


class BrowserPolicyMiddleware:
    """What Django's own middleware has no setting for. A view that other sites may use says so itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        return response


def forget_cookies(request: HttpRequest) -> None:
    """Nothing may depend on them: not even the middlewares' replacement of broken ones, which would be a Set-Cookie."""
    request.COOKIES.clear()
    request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)


def _facts(request: HttpRequest, response: HttpResponse, began: float) -> dict[str, object]:
    match = request.resolver_match
    route = match.route if match else ""  # the pattern: paths may hold tokens
    request.META[ROUTE] = route
    facts: dict[str, object] = {
        "route": route,
        "method": request.method,
        "status": response.status_code,
        "duration_ms": round((time.monotonic() - began) * 1000, 1),
    }
    user = _who_has_asked(request)
    return {**facts, "user": user} if user else facts


def _who_has_asked(request: HttpRequest) -> object:
    """The id of a user or a machine; None where nobody had to be known, for to find out would ask the database."""
    known = getattr(request, "_cached_user", None) or request.__dict__.get("user")
    key = None if isinstance(known, LazyObject) else getattr(known, "pk", None)
    return f"machine {key}" if key and hasattr(known, "jti") else key


def _read(request: HttpRequest) -> RequestContext:
    wanted = request.headers.get("X-Request-ID", "")
    request_id = wanted if _REQUEST_ID.fullmatch(wanted) else str(uuid.uuid4())
    parent = _TRACEPARENT.fullmatch(request.headers.get("traceparent", ""))
    trace, flags = parent.groups() if parent else (secrets.token_hex(16), "01")
    span = secrets.token_hex(8)
    return RequestContext(request_id, f"00-{trace}-{span}-{flags}", span, _client_address(request))


def _client_address(request: HttpRequest) -> str:
    """TRUSTED_PROXIES hops of X-Forwarded-For are believed, counted from the right; none by default."""
    peer = request.META.get("REMOTE_ADDR") or ""  # empty behind a Unix socket
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    trusted = min(settings.TRUSTED_PROXIES, len(hops))
    candidate = hops[-trusted] if trusted else peer
    return _normal(_without_port(candidate)) or _normal(peer) or "unknown"


def _without_port(hop: str) -> str:
    """Some proxies write `192.0.2.1:5555` and `[2001:db8::1]:443`."""
    found = _WITH_PORT.fullmatch(hop)
    return (found[1] or found[2] or "") if found else hop


def _normal(address: str) -> str:
    """Empty if it is none. `::ffff:192.0.2.1` is how a socket for both families calls 192.0.2.1."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    return str(getattr(found, "ipv4_mapped", None) or found)
