"""Which errors an operation can give, and how they look."""

from collections.abc import Iterator, Mapping
from typing import Any

from drf_spectacular.plumbing import ResolvedComponent
from rest_framework import exceptions
from rest_framework.permissions import SAFE_METHODS

from incidents.api.auth import IsOps, TokenAuthentication
from incidents.api.errors import StaleMatch, failure_of
from incidents.api.intake import AddressTooLong, TooLarge
from incidents.api.operation import JSON
from incidents.api.problem import MEDIA_TYPE, PROBLEM
from incidents.api.schema import examples, headers, wrapping
from incidents.api.schema.components import Components, Schema, registered
from incidents.errors import DownstreamFailure, FieldError, Invalid, InvalidTransition, NotFound
from incidents.guard import Unanswered
from incidents.lifecycle import IncidentStatus

type Errors = Mapping[str, Exception]

_INVALID = Invalid(FieldError("affected_services[0]", "unknown_service", "There is no such service."))
_MOVE = InvalidTransition(IncidentStatus.RESOLVED, IncidentStatus.IDENTIFIED, [])
_NO_JSON = exceptions.UnsupportedMediaType("text/plain")
_AWAY = DownstreamFailure("The issuer of the token cannot be asked for its keys now. Try again.")

# HTTP status → when, and errors that are answered so, by name.
_ERRORS: dict[int, tuple[str, Errors]] = {
    400: ("It cannot be understood.", {"malformed": exceptions.ParseError("The body is not valid JSON.")}),
    401: ("No token, or none that is valid.", {"no_token": exceptions.NotAuthenticated()}),
    403: ("The token lacks the role.", {"no_role": exceptions.PermissionDenied(IsOps().message)}),
    404: ("It does not exist, or not for you.", {"missing": NotFound("No such incident.")}),
    406: ("The header Accept leaves no form to answer in.", {"form": exceptions.NotAcceptable()}),
    409: ("It contradicts the present state.", {"illegal_move": _MOVE}),
    412: ("The header If-Match names an older state.", {"stale": StaleMatch(2, 3)}),
    413: ("The body is too big.", {"too_big": TooLarge()}),
    414: ("The address, with its query, is too long.", {"too_long": AddressTooLong()}),
    415: ("The body is no JSON, by its Content-Type or Content-Encoding.", {"type": _NO_JSON}),
    422: ("One or more fields break a rule.", {"fields": _INVALID}),
    429: ("Too many requests.", {"limited": exceptions.Throttled(wait=12)}),
    500: ("Something went wrong on our side.", {"unforeseen": RuntimeError()}),
    502: ("A service that we need did not answer.", {"away": _AWAY, "nameless": Unanswered()}),
}


def statuses_of(view: Any, method: str, names_one: bool) -> Iterator[int]:
    """`names_one`: the path names one thing, which may be missing."""
    yield from (400, 414, 429, 500)
    if view.operation.media_type == JSON:  # what is rendered elsewhere has one form, whatever is accepted
        yield 406
    yield from view.operation.refusals
    if view.authentication_classes:
        yield 401
    if TokenAuthentication in view.authentication_classes:
        yield 502  # the keys of an outside issuer may be out of reach
    if view.get_permissions():
        yield 403
    if names_one:
        yield 404
    if method not in SAFE_METHODS:
        yield from _of_a_write(view, names_one)


def _of_a_write(view: Any, names_one: bool) -> Iterator[int]:
    yield from (413, 415, view.dialect.invalid_http)
    if view.takes_keys:
        yield 409
    if names_one:
        yield 412


def response(components: Components, status: int, own: Errors | None = None) -> Schema:
    """A reference, unless an operation has errors of its own; the form of problems is there in either dialect."""
    if own:
        return _response(components, status, own)
    name = f"{components.dialect.name.title()}{status}"
    kind = ResolvedComponent.RESPONSE
    return registered(components.registry, name, kind, name, lambda: _response(components, status, _ERRORS[status][1]))


def _response(components: Components, status: int, errors: Errors) -> Schema:
    when, dialect = _ERRORS[status][0], components.dialect
    if status == dialect.invalid_http:
        errors = {**errors, "fields": _INVALID}
    forms = {dialect.error_type: (wrapping.refusal(components), dialect)}
    forms.setdefault(MEDIA_TYPE, (wrapping.problem(components), PROBLEM))
    content = {
        media_type: {
            "schema": schema,
            "examples": {name: {"value": examples.refusal(dialect, form, error)} for name, error in errors.items()},
        }
        for media_type, (schema, form) in forms.items()
    }
    always = failure_of(next(iter(errors.values()))).headers if errors else {}
    return {"description": when, "headers": headers.of_refusal(components.registry, status, always), "content": content}
