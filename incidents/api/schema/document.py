"""The whole document: routes in, links and facts about this site out."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from drf_spectacular.generators import SchemaGenerator

from incidents.api.problem import PROBLEM
from incidents.api.rendered import RenderedView
from incidents.api.schema import statuspage
from incidents.api.schema.components import Components, Schema

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

type Endpoint = tuple[str, str, str, Any]

BEARER: Schema = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "The `access` token of `POST /api/v1/auth/token`, or one that `manage.py issue_token` made.",
}
KEY: Schema = {
    "type": "apiKey",
    "in": "header",
    "name": "X-API-Key",
    "description": "One of `INTERNAL_API_KEYS`, for programs of the same house.",
}


def document() -> Schema:
    """OpenAPI 3.1, of both dialects."""
    return _document(settings.SITE_URL)


@cache
def _document(site_url: str) -> Schema:
    whole: Schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return whole


def in_order(endpoints: list[Endpoint], **_: Any) -> list[Endpoint]:
    """The URLconf's order of paths, what another door renders last, and always the same of methods.

    A closing slash is left out: both ways answer.
    """
    told = [(path.rstrip("/"), regex, method, callback) for path, regex, method, callback in endpoints]
    places = {path: place for place, (path, *_) in reversed(list(enumerate(told)))}
    return sorted(told, key=lambda one: (one[3].cls is RenderedView, places[one[0]], _METHODS.index(one[2])))


def finish(result: Schema, generator: Any, **_: Any) -> Schema:
    result["paths"] |= statuspage.paths(Components(PROBLEM, generator.registry))
    result["components"] = generator.registry.build({})  # anew, with what these needed
    result["info"]["description"] = (Path(__file__).parent / "description.md").read_text()
    result["servers"] = [{"url": settings.SITE_URL}]
    result["components"]["securitySchemes"] = {"bearer": BEARER, "key": KEY}
    for path, methods in result["paths"].items():
        for operation in methods.values():
            if "201" in operation["responses"]:
                created = operation["responses"]["201"]
                created["links"] = dict(_links(result, path, created))
    return result


def _links(whole: Schema, path: str, created: Schema) -> Iterator[tuple[str, Schema]]:
    """From what was created to everything that can be done with it."""
    names = _members(whole, created["content"]["application/json"]["schema"], "data")
    for below, methods in whole["paths"].items():
        if not below.startswith(f"{path}/{{"):
            continue
        name = below.removeprefix(f"{path}/{{").split("}")[0]
        if name in names:
            for operation in methods.values():
                pointer = {name: f"$response.body#/data/{name}"}
                yield operation["operationId"], {"operationId": operation["operationId"], "parameters": pointer}


def _members(whole: Schema, schema: Schema, *way: str) -> Schema:
    """The properties at the end of the way, references followed."""
    found = whole["components"]["schemas"][schema["$ref"].split("/")[-1]] if "$ref" in schema else schema
    members: Schema = found.get("properties", {})
    return _members(whole, members[way[0]], *way[1:]) if way and way[0] in members else members
