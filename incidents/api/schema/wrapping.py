"""What either dialect puts round an answer."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from incidents.api.envelope import ENVELOPE
from incidents.api.operation import Operation
from incidents.api.problem import PROBLEM
from incidents.api.schema.components import Components, Schema


class Pagination(TypedDict):
    page: int
    page_size: int
    total: int
    total_pages: int
    has_next: bool
    has_prev: bool


class FieldError(TypedDict):
    field: str
    code: str
    description: str


class SharedProblem(TypedDict):
    type: str
    title: str
    status: int
    detail: str
    code: int
    i18n_key: str
    i18n_args: NotRequired[dict[str, Any]]
    errors: NotRequired[list[FieldError]]
    retry_after: NotRequired[int]
    service: str


class Problem(SharedProblem):
    instance: str
    request_id: str
    trace_id: str
    span_id: str
    timestamp: datetime


class Failure(TypedDict):
    code: str
    message: str
    http: int
    details: NotRequired[list[FieldError]]


def answer(components: Components, operation: Operation) -> Schema:
    """A reference to the whole body of a success."""
    shape = operation.shape
    if operation.is_bare:
        return components.of(shape) if shape else {"type": "object"}
    if shape is None:
        return components.named("Nothing", answer, lambda: _NOTHING[components.dialect.name](components))
    form, name = (_LISTS, "List") if operation.lists else (_ANSWERS, "Answer")
    build = form[components.dialect.name]
    return components.named(f"{shape.__name__}{name}", shape, lambda: build(components, components.of(shape)))


def problem(components: Components) -> Schema:
    return Components(PROBLEM, components.registry).of(Problem)


def refusal(components: Components) -> Schema:
    """The body of an error in the dialect's own form."""
    if components.dialect is PROBLEM:
        return problem(components)
    whole = {"data": {"type": "null"}, "error": components.of(Failure), "meta": _meta(components)}
    return components.named("Error", refusal, lambda: _complete(whole))


def _complete(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _told(components: Components) -> Schema:
    return {"code": {"type": "integer", "const": 0}, "message": components.of(str)}


def _problem_answer(components: Components, data: Schema) -> Schema:
    return _complete({**_told(components), "data": data})


def _problem_list(components: Components, item: Schema) -> Schema:
    listed = {"items": {"type": "array", "items": item}, "total": components.of(int)}
    paging = {"pagination": components.of(Pagination), "timestamp": components.of(datetime)}
    return _complete({**_told(components), **listed, **paging})


def _problem_nothing(components: Components) -> Schema:
    return _complete(_told(components))


def _meta(components: Components, **more: Schema) -> Schema:
    """Its own keys are snake_case in the envelope too."""
    own = {"request_id": components.of(str), "service": components.of(str), "timestamp": components.of(datetime)}
    return components.named("ListMeta" if more else "Meta", _meta, lambda: _complete({**own, **more}))


def _envelope(components: Components, data: Schema, meta: Schema | None = None) -> Schema:
    return _complete({"data": data, "error": {"type": "null"}, "meta": meta or _meta(components)})


def _envelope_list(components: Components, item: Schema) -> Schema:
    meta = _meta(components, pagination=components.of(Pagination))
    return _envelope(components, {"type": "array", "items": item}, meta)


def _envelope_nothing(components: Components) -> Schema:
    return _envelope(components, {"type": "null"})


_ANSWERS: dict[str, Callable[[Components, Schema], Schema]] = {
    PROBLEM.name: _problem_answer,
    ENVELOPE.name: _envelope,
}
_LISTS = {PROBLEM.name: _problem_list, ENVELOPE.name: _envelope_list}
_NOTHING = {PROBLEM.name: _problem_nothing, ENVELOPE.name: _envelope_nothing}
