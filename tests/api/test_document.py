"""The OpenAPI document says what is there, all of it and nothing else."""

from collections import Counter
from io import StringIO
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from jsonschema import Draft202012Validator, FormatChecker

from incidents.api.schema.document import document
from tests.api.calling import Caller
from tests.api.document import contents, operations, routes, statuspage_routes

DOCUMENT = "/api/schema/"


def test_no_route_without_an_operation_and_no_operation_without_a_route() -> None:
    assert {(method, path) for method, path, _ in routes()} | statuspage_routes() == operations().keys()


def test_drf_spectacular_has_nothing_to_complain_of() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


@pytest.mark.parametrize("way", operations(), ids=" ".join)
def test_an_operation_is_told_in_full(way: tuple[str, str]) -> None:
    operation = operations()[way]
    assert operation["summary"]
    assert operation["tags"]
    assert "security" in operation
    assert {"400", "500"} <= operation["responses"].keys()


def test_an_operation_has_a_name_of_its_own() -> None:
    names = Counter(operation["operationId"] for operation in operations().values())
    assert [name for name, times in names.items() if times > 1] == []


def test_every_body_has_an_example_that_keeps_its_own_schema() -> None:
    told = list(contents())
    assert [place for place, content in told if not content["examples"]] == []
    assert [fault for place, content in told for fault in faults(place, content)] == []


def faults(place: str, content: dict[str, Any]) -> list[str]:
    schema = {**content["schema"], "components": document()["components"]}
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    examples = [example["value"] for example in content["examples"].values()]
    return [f"{place}: {error.json_path} {error.message}" for e in examples for error in validator.iter_errors(e)]


def test_a_new_thing_leads_to_what_can_be_done_with_it() -> None:
    links = operations()["POST", "/api/v1/status/incidents"]["responses"]["201"]["links"]
    assert links["incidents_retrieve"]["parameters"] == {"id": "$response.body#/data/id"}
    assert {"incidents_update", "incidents_destroy", "incidents_post_update"} < links.keys()


@pytest.mark.parametrize(("prefix", "required"), [("/api/v1/status/", False), ("/status/v1/", True)])
def test_every_write_takes_an_idempotency_key(prefix: str, required: bool) -> None:
    writes = [op for (method, path), op in operations().items() if method != "GET" and path.startswith(prefix)]
    keys = [p for op in writes for p in op["parameters"] if p["name"] == "X-Idempotency-Key"]
    assert [key["required"] for key in keys] == [required] * len(writes)


def test_the_document_is_there_for_everybody_as_json(anyone: Caller) -> None:
    answer = anyone.get(DOCUMENT)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json() == document()


def test_the_document_is_there_as_yaml(anyone: Caller) -> None:
    answer = anyone.get(DOCUMENT, Accept="application/yaml")
    assert answer["Content-Type"].startswith("application/yaml")
    assert yaml.safe_load(answer.content) == document()


def test_who_has_the_document_is_told_so(anyone: Caller) -> None:
    tag = anyone.get(DOCUMENT)["ETag"]
    assert anyone.get(DOCUMENT, If_None_Match=tag).status_code == 304


def test_the_document_names_this_site(anyone: Caller, settings: Any) -> None:
    settings.SITE_URL = "https://status.example.org"
    assert anyone.get(DOCUMENT).json()["servers"] == [{"url": "https://status.example.org"}]
