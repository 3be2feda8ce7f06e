"""The documents as tools fetch them, held against the contract's schemas. Without these the tests fail."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from django.test import Client
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

SCHEMAS = Path(__file__).parents[3] / "shared" / "contract" / "schemas"
DOCUMENTS = (
    "summary",
    "status",
    "components",
    "incidents",
    "incidents/unresolved",
    "scheduled-maintenances",
    "scheduled-maintenances/upcoming",
    "scheduled-maintenances/active",
)

type Payload = dict[str, Any]


def address(name: str) -> str:
    return f"/api/v2/{name}.json"


def fetch(name: str) -> Payload:
    response = Client().get(address(name))
    assert response.status_code == 200, (name, response.content)
    document: Payload = response.json()
    return document


def fetch_valid(name: str) -> Payload:
    document = fetch(name)
    assert faults(name, document) == [], name
    return document


def fetch_all_valid() -> dict[str, Payload]:
    """Every document, those of single incidents too."""
    found = {name: fetch_valid(name) for name in DOCUMENTS}
    for listed in found["incidents"]["incidents"]:
        single = fetch_valid(f"incidents/{listed['id']}")
        assert single == {"page": found["incidents"]["page"], "incident": listed}
    return found


def faults(name: str, document: Payload) -> list[str]:
    single = name.startswith("incidents/") and name != "incidents/unresolved"
    validator = _validator("single" if single else name.replace("/", "-"))
    return [f"{error.json_path}: {error.message[:160]}" for error in validator.iter_errors(document)]


@cache
def _validator(name: str) -> Draft202012Validator:
    if name == "single":  # the contract has its parts only
        common = "https://statuspage-compat.invalid/schemas/current-common.json#/$defs"
        parts = {"page": {"$ref": f"{common}/page"}, "incident": {"$ref": f"{common}/incident"}}
        schema = {"properties": parts, "required": list(parts), "additionalProperties": False}
    else:
        schema = json.loads((SCHEMAS / f"current-{name}.json").read_text())
    return Draft202012Validator(schema, registry=_registry())


@cache
def _registry() -> Registry[Any]:
    found = [json.loads(path.read_text()) for path in SCHEMAS.glob("current-*.json")]
    return Registry().with_resources((schema["$id"], Resource.from_contents(schema)) for schema in found)


def webhook_faults(kind: str, body: Payload) -> list[str]:
    """`kind` is incident or component."""
    schema = json.loads((SCHEMAS / f"webhook-{kind}.json").read_text())
    return [f"{error.json_path}: {error.message[:160]}" for error in Draft202012Validator(schema).iter_errors(body)]
