"""The documents that tools for Statuspage read. Another door serves them; here is only what a reader must know."""

from incidents.api.schema import headers, refusals, samples
from incidents.api.schema.components import Components, Schema

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
    wrong = (400, 404, 500) if "{id}" in path else (400, 500)
    return {
        "operationId": "statuspage_" + name.replace("-", "_").replace("/", "_"),
        "summary": summary,
        "description": "As Statuspage v2 writes it, so that existing tools can read it.",
        "tags": ["statuspage v2"],
        "parameters": [*([_INCIDENT] if "{id}" in path else []), headers.IF_NONE_MATCH],
        "security": [],
        "responses": {"200": _found(components), "304": _same(components)}
        | {str(status): refusals.response(components, status) for status in wrong},
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


def _same(components: Components) -> Schema:
    names = headers.sent(components.registry, ("X-Request-ID", "ETag"))
    return {"description": "What you have is still the same.", "headers": names}
