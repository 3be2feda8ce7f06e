"""What comes from others is fixed to what was looked at, and may be used as it is."""

import re
from importlib.metadata import distribution
from pathlib import Path

import pytest
import yaml

from tests.server import ROOT
from tests.test_packaging import pinned
from tools.sbom import licence_of

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# Each lets us use and pass on the package unchanged, and asks nothing of what stands beside it.
FREE = (
    "MIT",
    "BSD",
    "Apache",
    "ISC",
    "PSF",
    "Python Software Foundation",
    "LGPL",
    "MPL",
    "Mozilla Public",
    "Unlicense",
    "0BSD",
)


def steps(workflow: Path) -> list[dict[str, str]]:
    return [step for job in yaml.safe_load(workflow.read_text())["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_an_action_is_named_by_its_commit(workflow: Path) -> None:
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert used
    assert [name for name in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_a_workflow_may_only_read(workflow: Path) -> None:
    assert yaml.safe_load(workflow.read_text())["permissions"] == {"contents": "read"}


def test_every_target_that_a_workflow_makes_exists() -> None:
    commands = [step["run"] for workflow in WORKFLOWS for step in steps(workflow) if "run" in step]
    made = {command.removeprefix("make ") for command in commands if command.startswith("make ")}
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert made
    assert made <= targets


def test_the_licence_of_every_package_that_we_ship_is_a_free_one() -> None:
    shipped = [name.split("[")[0] for name, entry in pinned("cluster").items() if " ; " not in entry.splitlines()[0]]
    licences = {name: licence_of(distribution(name)) for name in shipped}
    assert {"django", "celery", "psycopg"} <= licences.keys()
    assert {name: said for name, said in licences.items() if not any(free in said for free in FREE)} == {}
