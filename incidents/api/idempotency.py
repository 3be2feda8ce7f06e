"""Writes that are safe to send again: the header, what makes two requests the same, and the mixin for views."""

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.exceptions import ParseError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from incidents.api.auth import subject_of
from incidents.api.dialect import Dialect
from incidents.api.errors import failure_of
from incidents.models.idempotency import IdempotencyRecord, Outcome, Refused
from incidents.models.sealing import digests
from statussite.middleware import context_of

HEADER, ALIAS = "X-Idempotency-Key", "Idempotency-Key"
_KEY = re.compile(r"[A-Za-z0-9._:~+/=@-]{1,255}", re.ASCII)
_REPLAYED_HEADERS = ("Content-Type", "Location", "ETag")


class IdempotentWrites(ViewSet):
    """Takes its place between DRF's `initial` and the operation: a 401, 403 or 429 has nothing to do with keys.

    Of a keyed operation's answer only status, body, Content-Type, Location and ETag reach the client, the first
    time as in every replay. It refuses by raising: then what it wrote is taken back. Where it tells about one person,
    it sets `address`, so that the answer is forgotten with them.
    """

    dialect: Dialect
    address: str = ""
    looks_outside = False

    @property
    def takes_keys(self) -> bool:
        raise NotImplementedError

    def look_outside(self, sent: Mapping[str, Any]) -> None:
        """Finds out what must be known from elsewhere, such as where a name leads: no transaction may wait for it."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.takes_keys and self.action and request.method not in SAFE_METHODS:
            method = str(request.method).lower()
            setattr(self, method, partial(self._once, getattr(self, method)))

    def _once(self, operation: Callable[..., Any], request: Request, **kwargs: Any) -> HttpResponseBase:
        key = key_in(request.headers, required=self.dialect.needs_key)
        facts = _facts(request)  # with the body, because a transaction must not wait for the client's bytes
        outcome = self._told_before(request, key, facts)
        if outcome is None:
            self.look_outside(cast("Mapping[str, Any]", request.data))
            if key is None:
                return operation(request, **kwargs)  # type: ignore[no-any-return]
            write = partial(self._carried_out, operation, request, **kwargs)
            outcome = IdempotencyRecord.once(_scope(request), key, facts, write)
        answer = HttpResponse(outcome.body, status=outcome.status, headers=dict(outcome.headers))
        if outcome.replayed:
            answer["Idempotent-Replayed"] = "true"
        return answer

    def _told_before(self, request: Request, key: str | None, facts: bytes) -> Outcome | None:
        """A replay waits for nobody else's name server. Where nothing is looked up, `once` finds it just as soon."""
        return IdempotencyRecord.told_before(_scope(request), key, facts) if key and self.looks_outside else None

    def _carried_out(self, operation: Callable[..., Any], request: Request, **kwargs: Any) -> Outcome:
        try:
            return self._kept(self._rendered(operation(request, **kwargs)))
        except Exception as error:
            if not failure_of(error).is_outcome:
                raise
            raise Refused(self._kept(self.handle_exception(error))) from error

    def _kept(self, response: Any) -> Outcome:
        headers = {name: response[name] for name in _REPLAYED_HEADERS if response.has_header(name)}
        return Outcome(response.status_code, headers, response.content, address=self.address)

    def _rendered(self, response: Any) -> Any:
        if isinstance(response, Response):
            response.accepted_renderer = self.request.accepted_renderer
            response.accepted_media_type = self.request.accepted_media_type
            response.renderer_context = self.get_renderer_context()  # type: ignore[attr-defined]
            response.render()
        return response


def key_in(headers: Mapping[str, str], *, required: bool) -> str | None:
    """None where none was sent and none is needed. Raises ParseError, which names the header."""
    sent = {name: _unquoted(headers[name].strip(" \t")) for name in (HEADER, ALIAS) if name in headers}
    if not sent and required:
        raise ParseError(f"The header {HEADER} is missing: send a new random one with every write.")
    for name, key in sent.items():
        if not _KEY.fullmatch(key):
            raise ParseError(f"The header {name} must be one key of 1 to 255 characters: A–Z a–z 0–9 . _ : ~ + / = @ -")
    if len(set(sent.values())) > 1:
        raise ParseError(f"The headers {HEADER} and {ALIAS} mean the same but differ: send one of them.")
    return next(iter(sent.values()), None)


def _unquoted(key: str) -> str:
    return key[1:-1] if len(key) > 1 and key[0] == key[-1] == '"' else key


def _scope(request: Request) -> str:
    address = context_of(request._request).address
    return subject_of(request) or f"anonymous:{digests(address.encode())[-1]}"


def _facts(request: Request) -> bytes:
    """In what two requests under one key must be alike. The two spellings of a path, with or without `/api/v1` and a
    closing slash, are one operation; the order of parameters and of keys says nothing.

    Raises what the parser raises.
    """
    plain = request._request
    facts = (
        plain.method,
        plain.path.rstrip("/").removeprefix("/api/v1"),
        sorted(plain.GET.lists()),
        plain.content_type,
        request.headers.get("If-Match", "").strip(),
        request.data,  # always JSON: StrictJSONParser lets nothing else in
    )
    return json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()
