"""Types as JSON Schema. TypedDicts and enumerations become named components, in the letter case of one dialect."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints, is_typeddict

from drf_spectacular.plumbing import ComponentIdentity, ComponentRegistry, ResolvedComponent

from incidents.api.dialect import Dialect
from incidents.api.problem import PROBLEM

type Schema = dict[str, Any]

_PLAIN: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    NoneType: {"type": "null"},
    Any: {},
    object: {},
}
_FORMATS = {"url": "uri", "unsubscribe_url": "uri"}


@dataclass(frozen=True)
class Components:
    dialect: Dialect
    registry: ComponentRegistry

    def of(self, hint: Any) -> Schema:
        """Raises TypeError for a type that has no place in an answer."""
        if hint in _PLAIN:
            return dict(_PLAIN[hint])
        if is_typeddict(hint):
            return self.named(hint.__name__, hint, lambda: self._object(hint))
        if isinstance(hint, type) and issubclass(hint, StrEnum):
            return self.named(hint.__name__, hint, lambda: self.words(hint))
        return self._composed(hint)

    def named(self, name: str, source: Any, build: Callable[[], Schema]) -> Schema:
        """A reference to the component, which is built where it is first used."""
        prefix = "" if self.dialect is PROBLEM else self.dialect.name.title()
        return registered(self.registry, prefix + name, ResolvedComponent.SCHEMA, source, build)

    def words(self, words: Any) -> Schema:
        return {"type": "string", "enum": [self.dialect.word(word) for word in words]}

    def _object(self, shape: Any) -> Schema:
        hints = get_type_hints(shape)
        return {
            "type": "object",
            "properties": {self.dialect.path(name): self._member(name, hint) for name, hint in hints.items()},
            "required": [self.dialect.path(name) for name in hints if name in shape.__required_keys__],
        }

    def _member(self, name: str, hint: Any) -> Schema:
        return self.of(hint) | ({"format": _FORMATS[name]} if name in _FORMATS else {})

    def _composed(self, hint: Any) -> Schema:
        origin, inner = get_origin(hint), get_args(hint)
        if origin is list:
            return {"type": "array", "items": self.of(inner[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.of(inner[1])}
        if origin in (Union, UnionType) and len(inner) == 2 and NoneType in inner:
            return nullable(self.of(next(kind for kind in inner if kind is not NoneType)))
        raise TypeError(f"An answer cannot hold {hint}: no schema is known for it.")


def registered(registry: ComponentRegistry, name: str, kind: str, source: Any, build: Callable[[], Schema]) -> Schema:
    """A reference. Two sources for one name are an error of ours, of which drf-spectacular warns."""
    component = ResolvedComponent(name, kind, object=ComponentIdentity(source))  # type: ignore[no-untyped-call]
    if component not in registry:
        registry.register(component)
        component.schema = build()
    return component.ref


def nullable(schema: Schema) -> Schema:
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    null = {"type": [schema["type"], "null"]}
    return {**schema, **null, "enum": [*schema["enum"], None]} if "enum" in schema else {**schema, **null}
