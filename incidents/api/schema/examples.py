"""An example of every body and answer. Answers are wrapped by the dialect itself, so that they look as they do."""

import json
from datetime import date, datetime
from enum import StrEnum
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

from django.conf import settings
from django.http import HttpRequest
from rest_framework import serializers

from incidents.api.bodies import Body
from incidents.api.dialect import Dialect
from incidents.api.errors import failure_of
from incidents.api.fields import Word
from incidents.api.operation import Operation
from incidents.api.paging import Page
from incidents.api.refusal import to_json
from incidents.api.schema import samples
from incidents.api.schema.components import Schema
from statussite.middleware import RequestContext

REQUEST_ID = "550e8400-e29b-41d4-a716-446655440000"
_TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def answer(dialect: Dialect, operation: Operation, path: str) -> Any:
    data = _of(operation.shape) if operation.shape else {}
    if operation.is_bare:
        return _as_json(data)
    request = _request(path)
    if operation.shape is None:
        return _as_json(dialect.nothing(request, "Done.", samples.NOW))
    if operation.lists:
        return _as_json(dialect.listing(request, Page([data], 1, 1, 20), "OK", samples.NOW))
    return _as_json(dialect.success(request, data, "OK", samples.NOW))


def refusal(dialect: Dialect, form: Dialect, error: Exception) -> Any:
    """The answer to a request in `dialect`, in the form of that or another one."""
    failure = failure_of(error)
    http, fields = dialect.http(failure), dialect.fields(failure, {})
    return _as_json(form.error(_request("/api/v1/status/incidents"), failure, http, fields, samples.NOW))


def body(dialect: Dialect, kind: type[Body]) -> Schema:
    """All fields that must be there, and some that may."""
    fields = kind().fields
    shown = samples.SHOWN.get(kind.__name__, ())
    chosen = [name for name, field in fields.items() if field.required or name in shown] or list(fields)[:1]
    given = {dialect.path(name): _given(kind.__name__, name, fields[name], dialect) for name in chosen}
    return dict(_as_json(given))


def _given(body: str, name: str, field: Any, dialect: Dialect) -> Any:
    if isinstance(field, Word):
        words = list(field.words.values())
        return dialect.word(samples.WORDS.get(type(words[0]), words[0]))
    if isinstance(field, serializers.BooleanField):
        return True
    return _said(body, name)


def _of(hint: Any, shape: str = "", name: str = "") -> Any:
    if (shape, name) in samples.IN_SHAPE:
        return samples.IN_SHAPE[shape, name]
    if is_typeddict(hint):
        return {name: _of(inner, hint.__name__, name) for name, inner in get_type_hints(hint).items()}
    if get_origin(hint) is list and name not in samples.MEMBERS:
        return [_of(get_args(hint)[0], shape, name)]
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return samples.WORDS.get(hint, next(iter(hint)))
    return _plain(hint, shape, name)


def _plain(hint: Any, shape: str, name: str) -> Any:
    if name in samples.MEMBERS:
        return _said(shape, name)
    if NoneType in get_args(hint):
        inner = next(kind for kind in get_args(hint) if kind is not NoneType)
        return _of(inner, shape, name) if is_typeddict(inner) else None
    usual = {NoneType: None, bool: True, datetime: samples.NOW, date: samples.NOW.date()}
    return usual[hint] if hint in usual else _said(shape, name)


def _said(shape: str, name: str) -> Any:
    """Raises LookupError for what nobody has written an example of."""
    if (shape, name) not in samples.IN_SHAPE and name not in samples.MEMBERS:
        raise LookupError(f"incidents.api.schema.samples has no example of {shape}.{name}.")
    return samples.IN_SHAPE.get((shape, name), samples.MEMBERS.get(name))


def _request(path: str) -> HttpRequest:
    request = HttpRequest()
    request.path = path
    request.context = RequestContext(REQUEST_ID, _TRACE, "b7ad6b7169203331", "192.0.2.1")  # type: ignore[attr-defined]
    return request


def _as_json(value: Any) -> Any:
    return json.loads(to_json(value).decode().replace(settings.SITE_URL, "https://status.example.com"))
