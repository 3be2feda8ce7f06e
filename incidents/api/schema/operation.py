"""One operation of the document."""

import inspect
import re
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry
from rest_framework.permissions import SAFE_METHODS

from incidents.api.auth import InternalKeyAuthentication
from incidents.api.problem import PROBLEM
from incidents.api.schema import examples, fields, headers, refusals, samples, wrapping
from incidents.api.schema.components import Components, Schema

_BASES = re.compile(r"^/(?:api/v1/status|api/v1|status/v1)(?=/|$)")
_PARAMETER = re.compile(r"\(\?P<(\w+)>([^)]*)\)")
_WHOLE_PAGE = ("", "overview", "json", "summary")
_BEARER: Schema = {"bearer": []}


class OperationSchema(AutoSchema):
    """Says of a view's action what its table, its route and its permissions say."""

    view: Any

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> Schema:
        self.path, self.path_regex, self.method = path, path_regex, method.upper()
        self.components = Components(self.view.dialect, registry)
        operation = {
            "operationId": self.get_operation_id(),
            "summary": self.view.operation.summary,
            "description": self.get_description(),
            "tags": self.get_tags(),
            "parameters": self._all_parameters(),
            "requestBody": self._body(),
            "security": self._security(),
            "responses": self._responses(),
        }
        return {name: said for name, said in operation.items() if said is not None}

    # Names

    @property
    def words(self) -> list[str]:
        """The path below its base, up to the first parameter: ["admin", "incidents"]."""
        below = _BASES.sub("", self.path).split("/{")[0]
        return [word.replace("-", "_").strip("_") for word in below.split("/") if word]

    def get_operation_id(self) -> str:
        action = "update" if self.method == "PUT" and self.view.action == "partial_update" else self.view.action
        words = [word for word in self.words if word != action]
        return "_".join([*self._prefix, *words, action])

    def get_tags(self) -> list[str]:
        words = self.words[:2] if self.words[:1] in (["admin"], ["internal"]) else self.words[:1]
        area = " ".join(words).replace("_", " ")
        return [f"{self.view.dialect.name}: {'overview' if area in _WHOLE_PAGE else area}"]

    @property
    def _prefix(self) -> list[str]:
        return [] if self.view.dialect is PROBLEM else [self.view.dialect.name]

    def get_description(self) -> str:  # type: ignore[override]
        told = inspect.getdoc(getattr(self.view, self.view.action)) or ""
        needs = " ".join(str(permission.message) for permission in self.view.get_permissions())
        limit = f"At most {self.view.per_minute} requests a minute."
        return "\n\n".join(filter(None, (told, needs, limit)))

    # What comes in

    @property
    def _writes(self) -> bool:
        return self.method not in SAFE_METHODS

    @property
    def _is_keyed(self) -> bool:
        return self._writes and self.view.takes_keys

    def _all_parameters(self) -> list[Schema]:
        return [
            *self._path_parameters(),
            *fields.parameters(self.components, self.view.operation.query),
            *self._header_parameters(),
        ]

    def _path_parameters(self) -> list[Schema]:
        return [
            {
                "in": "path",
                "name": name,
                "required": True,
                "schema": {"type": "string", "pattern": f"^{pattern}$", "maxLength": 100},
                "example": samples.PATH[name],
            }
            for name, pattern in _PARAMETER.findall(self.path_regex)
        ]

    def _header_parameters(self) -> list[Schema]:
        if not self._writes:
            return [headers.IF_NONE_MATCH]
        key = [{**headers.KEY, "required": self.view.dialect.needs_key}] if self._is_keyed else []
        return [*key, headers.IF_MATCH] if 412 in self._refusals else key

    def _body(self) -> Schema | None:
        kind = self.view.operation.body
        taken = kind().fields
        if not self._writes or not taken:
            return None
        content = {
            "schema": fields.body(self.components, kind),
            "examples": {"usual": {"value": examples.body(self.view.dialect, kind)}},
        }
        required = any(field.required for field in taken.values())
        return {"required": required, "content": {"application/json": content}}

    def _security(self) -> list[Schema]:
        if InternalKeyAuthentication in self.view.authentication_classes:
            return [{"key": []}]
        if not self.view.authentication_classes:
            return []
        return [_BEARER] if self.view.get_permissions() else [{}, _BEARER]

    # What comes out

    @property
    def _refusals(self) -> list[int]:
        return sorted(
            set(
                refusals.statuses_of(self.view, self.method, names_one="/{" in self.path and "{token}" not in self.path)
            )
        )

    def _responses(self) -> Schema:
        responses = {str(self.view.operation.status): self._success()}
        if not self._writes:
            names = headers.sent(self.components.registry, ("X-Request-ID", "ETag"))
            responses["304"] = {"description": "What you have is still the same.", "headers": names}
        own = self.view.operation.examples
        refused = {str(one): refusals.response(self.components, one, own.get(one)) for one in self._refusals}
        return responses | refused

    def _success(self) -> Schema:
        operation = self.view.operation
        created = ["Location"] if operation.status == 201 else []
        tagged = [] if self._writes else ["ETag"]
        replayed = ["Idempotent-Replayed"] if self._is_keyed else []
        names = ["X-Request-ID", *created, *tagged, *replayed, *headers.LIMITS]
        return {
            "description": "Created." if created else "OK.",
            "headers": headers.sent(self.components.registry, names),
            "content": {operation.media_type: self._content()},
        }

    def _content(self) -> Schema:
        operation = self.view.operation
        if operation.media_type in samples.DOCUMENTS:
            return {
                "schema": {"type": "string"},
                "examples": {"usual": {"value": samples.DOCUMENTS[operation.media_type]}},
            }
        example = examples.answer(self.view.dialect, operation, self.path)
        return {"schema": wrapping.answer(self.components, operation), "examples": {"usual": {"value": example}}}
