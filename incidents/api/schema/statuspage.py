"""The documents that tools for Statuspage read. Another door serves them; here is only what a reader must know.

They are published: what they answer is made once for all who ask, so it names no request.
"""

from incidents.api.problem import MEDIA_TYPE, PROBLEM
from incidents.api.schema import examples, headers, refusals, samples
from incidents.api.schema.components import Components, Schema
from incidents.api.schema.wrapping import SharedProblem
from incidents.errors import NotFound

# Address → what it holds. A test compares it with that door's URLconf.
DOCUMENTS = {
    "/api/v2/summary.json": "Everything at once",
    "/api/v2/status.json": "The status of the whole page",
    "/api/v2/components.json": "Services and groups",
    "/api/v2/incidents.json": "Incidents, newest first",
    "/api/v2/incidents/unresolved.json": "Open incidents",
    "/api/v2/incidents/{id}.json": "One incident",
    "/api/v2/scheduled-maintenances.json": "Maintenance, latest first",
    "/api/v2/scheduled-maintenances/upcoming.json": "Maintenance to come",
    "/api/v2/scheduled-maintenances/active.json": "Maintenance under way",
}
_PAGE = {
    "id": samples.ID,
    "name": "Status",
    "url": "https://status.example.com",
    "time_zone": "Etc/UTC",
    "updated_at": "2026-11-21T12:00:00.000Z",
}


def paths(components: Components) -> Schema:
    return {path: {"get": _operation(components, path, summary)} for path, summary in DOCUMENTS.items()}


def _operation(components: Components, path: str, summary: str) -> Schema:
    name = path.removeprefix("/api/v2/").removesuffix(".json").replace("/{id}", "_retrieve")
    missing = {"404": _missing(components)} if "{id}" in path else {}
    return {
        "operationId": "statuspage_" + name.replace("-", "_").replace("/", "_"),
        "summary": summary,
        "description": "As Statuspage v2 writes it, so that existing tools can read it.",
        "tags": ["statuspage v2"],
        "parameters": [*([_INCIDENT] if "{id}" in path else []), headers.IF_NONE_MATCH],
        "security": [],
        "responses": {"200": _found(components), "304": _same(components)}
        | missing
        | {str(status): refusals.response(components, status) for status in (400, 500)},
    }


_INCIDENT: Schema = {
    "in": "path",
    "name": "id",
    "required": True,
    "schema": {"type": "string", "pattern": "^[a-z0-9]{12}$"},
    "example": samples.ID,
}


def _found(components: Components) -> Schema:
    schema = {"type": "object", "properties": {"page": {"type": "object"}}, "required": ["page"]}
    content = {"schema": schema, "examples": {"usual": {"value": {"page": _PAGE}}}}
    return {**_same(components), "description": "OK.", "content": {"application/json": content}}


def _missing(components: Components) -> Schema:
    told = examples.refusal(PROBLEM, PROBLEM, NotFound("There is nothing at this address."))
    shared = {name: value for name, value in told.items() if name in SharedProblem.__annotations__}
    content = {"schema": components.of(SharedProblem), "examples": {"missing": {"value": shared}}}
    return {"description": "There is no such incident.", "headers": {}, "content": {MEDIA_TYPE: content}}


def _same(components: Components) -> Schema:
    names = headers.sent(components.registry, ("ETag",))
    return {"description": "What you have is still the same.", "headers": names}
