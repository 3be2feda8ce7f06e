"""What bodies and query strings take, as JSON Schema."""

from enum import StrEnum
from functools import singledispatch
from typing import Any

from rest_framework import serializers

from incidents import rules
from incidents.api import fields, subscriber_bodies
from incidents.api.affected import AffectedServices
from incidents.api.bodies import Body
from incidents.api.queries import Parameters
from incidents.api.schema import samples
from incidents.api.schema.components import Components, Schema, nullable
from incidents.guard import MAX_URL
from incidents.severity import ServiceStatus

_NAME = {"type": "string", "pattern": "^[a-z0-9-]+$", "maxLength": rules.MAX_NAME}
_ID = {"type": "string", "pattern": "^[a-z0-9]{1,12}$"}
_URL = {"type": "string", "maxLength": MAX_URL}
_WITHOUT_NUL = "^[^\\u0000]*$"
_EITHER_CASE = "In either letter case."


def body(components: Components, kind: type[Body]) -> Schema:
    """A reference. Nothing but these fields is taken; null is as good as absent."""
    return components.named(f"{kind.__name__}Request", kind, lambda: _object(components, kind()))


def parameters(components: Components, kind: type[Parameters]) -> list[Schema]:
    return [_parameter(components, name, field) for name, field in kind().fields.items()]


def _object(components: Components, taken: Body) -> Schema:
    named = {components.dialect.path(str(name)): field for name, field in taken.fields.items()}
    return {
        "type": "object",
        "properties": {name: _member(components, field) for name, field in named.items()},
        "required": [name for name, field in named.items() if field.required],
        "additionalProperties": taken.takes_others,
    }


def _member(components: Components, field: Any) -> Schema:
    schema = described(field, components)
    return _told(schema if field.required else nullable(schema), field)


def _parameter(components: Components, name: str, field: Any) -> Schema:
    schema = described(field, components)
    if not field.required:
        schema.pop("minLength", None)  # empty is as good as absent
        schema |= {} if field.initial is None else {"default": _spelt(components, field.initial)}
    if schema["type"] == "string" and schema.keys() <= {"type", "minLength", "maxLength"}:
        schema["pattern"] = _WITHOUT_NUL
    told = {"description": field.help_text} if field.help_text else {}
    told |= {"example": samples.MEMBERS[name]} if field.required else {}
    return {"in": "query", "name": components.dialect.path(name), "required": field.required, **told, "schema": schema}


def _spelt(components: Components, value: Any) -> Any:
    return components.dialect.word(value) if isinstance(value, StrEnum) else value


def _told(schema: Schema, field: Any) -> Schema:
    return {**schema, "description": str(field.help_text)} if field.help_text else schema


@singledispatch
def described(field: Any, components: Components) -> Schema:
    raise TypeError(f"No schema is known for a field of the kind {type(field).__name__}.")


@described.register(serializers.CharField)
def _characters(field: Any, _: Components) -> Schema:
    limits = {"minLength": 0 if field.allow_blank else 1, "maxLength": field.max_length}
    return {"type": "string", **{limit: value for limit, value in limits.items() if value}}


@described.register(serializers.EmailField)
def _email(field: Any, components: Components) -> Schema:
    return {**_characters(field, components), "format": "email"}


@described.register(fields.Text)
def _text(field: Any, _: Components) -> Schema:
    return {"type": "string", **rules.bounds(field.field_name)}


@described.register(fields.Slug)
def _slug(field: Any, _: Components) -> Schema:
    """Empty is as good as absent, where it may be absent."""
    return dict(_NAME) if field.required else {**_NAME, "pattern": "^[a-z0-9-]*$"}


@described.register(fields.Word)
def _word(field: fields.Word, components: Components) -> Schema:
    return {**components.words(field.words.values()), "description": _EITHER_CASE}


@described.register(fields.Instant)
def _instant(field: Any, _: Components) -> Schema:
    return {"type": "string", "format": "date-time"}


@described.register(serializers.DateField)
def _day(field: Any, _: Components) -> Schema:
    return {"type": "string", "format": "date"}


@described.register(serializers.BooleanField)
def _flag(field: Any, _: Components) -> Schema:
    return {"type": "boolean"}


@described.register(serializers.IntegerField)
def _number(field: Any, _: Components) -> Schema:
    limits = {"minimum": field.min_value, "maximum": field.max_value}
    return {"type": "integer", **{limit: value for limit, value in limits.items() if value is not None}}


@described.register(serializers.ListField)
def _list(field: Any, components: Components) -> Schema:
    most = {} if field.max_length is None else {"maxItems": field.max_length}
    return {"type": "array", "items": described(field.child, components), **most}


@described.register(AffectedServices)
def _affected(field: Any, components: Components) -> Schema:
    level = nullable(components.words(ServiceStatus))
    entry = {
        "type": "object",
        "properties": {"id": dict(_NAME), "level": level},
        "required": ["id"],
        "additionalProperties": False,
    }
    return {"type": "array", "items": {"anyOf": [dict(_NAME), entry]}, "maxItems": fields.MAX_SERVICES}


@described.register(fields.Address)
def _address(field: Any, _: Components) -> Schema:
    return {"type": "string", "format": "email", "maxLength": 254}


@described.register(subscriber_bodies.SubscriberEntry)
def _subscriber(field: Any, components: Components) -> Schema:
    mode = {"type": "string", "enum": [str(mode) for mode in field.MODES]}
    named = {"email": _address(field, components), "endpoint": nullable(_URL), "mode": nullable(mode)}
    return {"type": "object", "properties": named, "required": ["email"]}


@described.register(subscriber_bodies.Url)
def _url(field: Any, _: Components) -> Schema:
    return dict(_URL)


@described.register(fields.Names)
def _names(field: Any, _: Components) -> Schema:
    return {"type": "array", "items": dict(_NAME), "maxItems": fields.MAX_SERVICES}


@described.register(fields.IncidentReference)
def _incident(field: Any, _: Components) -> Schema:
    return {**_ID, "description": "The id of an incident."}


@described.register(fields.GroupReference)
def _group(field: Any, _: Components) -> Schema:
    return {**_NAME, "description": "The slug of a service group."}
