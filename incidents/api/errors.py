"""The catalogue of what an API answers when it is not a success, and which failure is which row of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import (
    BadRequest,
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import InterfaceError, InternalError, OperationalError
from django.http import Http404
from rest_framework.exceptions import APIException, ValidationError

from incidents.errors import Conflict, FieldError, Invalid, StaleVersion, StatusError


@dataclass(frozen=True)
class Kind:
    """One row of the catalogue."""

    type: str
    code: str
    number: int
    http: int
    title: str

    @property
    def i18n_key(self) -> str:
        return f"error.status.{self.type.replace('-', '_')}"


_KINDS = (
    BAD_REQUEST := Kind("bad-request", "ERR_STATUS_BAD_REQUEST", 61190001, 400, "Bad request"),
    UNAUTHORIZED := Kind("unauthorized", "ERR_STATUS_UNAUTHORIZED", 61190002, 401, "Unauthorized"),
    FORBIDDEN := Kind("forbidden", "ERR_STATUS_FORBIDDEN", 61190003, 403, "Forbidden"),
    NOT_FOUND := Kind("not-found", "ERR_STATUS_NOT_FOUND", 61190004, 404, "Not found"),
    INVALID_TOKEN := Kind("invalid-token", "ERR_STATUS_BAD_REQUEST", 61190005, 400, "Invalid token"),
    CONFLICT := Kind("conflict", "ERR_STATUS_CONFLICT", 61190006, 409, "Conflict"),
    VALIDATION := Kind("validation", "ERR_STATUS_VALIDATION", 61190007, 422, "Validation failed"),
    RATE_LIMITED := Kind("rate-limited", "ERR_STATUS_RATE_LIMITED", 61190008, 429, "Too many requests"),
    INTERNAL := Kind("internal", "ERR_STATUS_INTERNAL", 61190009, 500, "Internal error"),
    DOWNSTREAM := Kind("downstream-failure", "ERR_STATUS_DOWNSTREAM_FAILURE", 61190010, 502, "Downstream failure"),
)
CATALOGUE = {kind.type: kind for kind in _KINDS}
_BY_HTTP = {kind.http: kind for kind in _KINDS if kind is not INVALID_TOKEN}

# What is raised outside the domain and outside DRF; the first that fits holds.
_FOREIGN: tuple[tuple[type[Exception], Kind, str], ...] = (
    (Http404, NOT_FOUND, "There is nothing at this address."),
    (ObjectDoesNotExist, NOT_FOUND, "It does not exist, or no longer."),
    (PermissionDenied, FORBIDDEN, "You may not do this."),
    (SuspiciousOperation, BAD_REQUEST, "The request cannot be understood."),
    (BadRequest, BAD_REQUEST, "The request cannot be understood."),
)
_OUT_OF_ORDER = "Something went wrong on our side. If it stays, report it with the request id."
DATABASE_AWAY = (OperationalError, InterfaceError, InternalError)  # the last: it takes no writes
_AFTER_A_WHILE = 5  # seconds after which trying again is worth it


class StaleMatch(StaleVersion):
    """As StaleVersion, said in the header `If-Match`."""


class ChangedSince(Conflict):
    """`If-Match` names another state than the present one, of something that has no version."""

    def __init__(self) -> None:
        super().__init__("Somebody has changed it since you read it. Read it again.")


@dataclass(frozen=True)
class Failure:
    """Everything that either wire form tells. `http` is the row's, unless the protocol has its own (405, 412 …)."""

    kind: Kind
    http: int
    detail: str
    i18n_key: str
    i18n_args: Mapping[str, object] = field(default_factory=dict)
    fields: tuple[FieldError, ...] = ()
    retry_after: int | None = None

    @property
    def is_outcome(self) -> bool:
        """Whether it is the outcome of the request, to be told again: not what may be gone at the next try."""
        own = self.kind in (NOT_FOUND, CONFLICT, VALIDATION) and self.http == self.kind.http
        return own and self.retry_after is None

    @property
    def headers(self) -> dict[str, str]:
        headers = {"Cache-Control": "no-store"}
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        if self.kind is UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        return headers


def failure_of(error: BaseException) -> Failure:
    if isinstance(error, StatusError):
        return _of_domain(error)
    if isinstance(error, ValidationError):
        return _of_domain(Invalid(*field_errors(error.detail)))
    if isinstance(error, APIException):
        return _of_framework(error)
    if isinstance(error, RequestDataTooBig):
        return Failure(BAD_REQUEST, 413, "The body is too big.", BAD_REQUEST.i18n_key)
    for known, kind, detail in _FOREIGN:
        if isinstance(error, known):
            return Failure(kind, kind.http, detail, kind.i18n_key)
    retry_after = _AFTER_A_WHILE if isinstance(error, DATABASE_AWAY) else None
    return Failure(INTERNAL, INTERNAL.http, _OUT_OF_ORDER, INTERNAL.i18n_key, retry_after=retry_after)


def is_foreseen(error: BaseException) -> bool:
    return failure_of(error).kind is not INTERNAL


def field_errors(detail: Any, path: str = "") -> Iterator[FieldError]:
    """DRF's nested detail, flattened; paths in dot and bracket notation."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            yield from field_errors(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(detail, list):
        for inner in detail:
            yield from field_errors(inner, path)
    else:
        yield FieldError(path, getattr(detail, "code", "invalid"), str(detail))


def _of_domain(error: StatusError) -> Failure:
    kind = CATALOGUE[error.kind]
    fields = error.errors if isinstance(error, Invalid) else ()
    return Failure(
        kind,
        412 if isinstance(error, StaleMatch | ChangedSince) else kind.http,
        "One or more fields break a rule." if fields else error.message,
        error.i18n_key,
        error.args_for_wording,
        fields,
        retry_after=error.retry_after,
    )


def _of_framework(error: APIException) -> Failure:
    """Protocol errors outside the nine codes keep their HTTP status."""
    kind = _BY_HTTP.get(error.status_code, BAD_REQUEST if error.status_code < 500 else INTERNAL)
    wait = getattr(error, "wait", None)
    retry_after = max(1, int(wait)) if kind is RATE_LIMITED and wait is not None else None
    return Failure(kind, error.status_code, _sentence(error.detail), kind.i18n_key, retry_after=retry_after)


def _sentence(detail: Any) -> str:
    """simplejwt's detail is a dict; its inner `messages` say more than a client needs."""
    text = str(detail["detail"] if isinstance(detail, dict) and "detail" in detail else detail)
    return re.sub(r"(?<![.!?])$", ".", text)
