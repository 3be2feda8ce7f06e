"""Image, compose files and manifests keep the rules that nobody would notice to be broken until it matters."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from incidents.models.pacing import Lane
from incidents.notify.senders import SHARES
from tests.server import ROOT
from tests.test_settings import documented

COMPOSE = ["compose.yaml", "compose.small.yaml"]
MANIFESTS = sorted((ROOT / "docs" / "kubernetes").glob("*.yaml"))
DOCKERFILE = (ROOT / "Dockerfile").read_text()
FINAL = DOCKERFILE.rpartition("\nFROM ")[2]


def services(file: str) -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / file).read_text())["services"])


def ours() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in COMPOSE:
        yield from ((name, one) for name, one in services(file).items() if one["image"] == "statussite")


def documents() -> list[dict[str, Any]]:
    return [one for file in MANIFESTS for one in yaml.safe_load_all(file.read_text())]


def containers() -> list[tuple[str, dict[str, Any]]]:
    """(kind, container)"""
    pods = [(one["kind"], one["spec"]["template"]["spec"]) for one in documents() if "template" in one.get("spec", {})]
    return [(kind, container) for kind, pod in pods for container in pod["containers"]]


def test_the_image_runs_as_somebody_without_rights() -> None:
    assert re.findall(r"^USER (\d+)$", FINAL, re.MULTILINE) == ["10001"]


def test_the_image_is_the_slim_one_and_has_neither_compiler_nor_pip() -> None:
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"python:3.13-slim"}
    assert "apt-get" not in DOCKERFILE
    assert "pip uninstall" in FINAL
    assert "venv --without-pip" in DOCKERFILE


def test_the_image_says_whether_it_is_well() -> None:
    assert re.search(r"^HEALTHCHECK .*\\\n +CMD .*/livez", FINAL, re.MULTILINE)


def test_what_the_image_installs_is_pinned_by_hash() -> None:
    installs = re.findall(r"pip .*\binstall\b.*", DOCKERFILE)
    assert installs
    assert all("--require-hashes" in line and "--only-binary" in line for line in installs)


def test_services_of_ours_can_write_nowhere_but_where_they_must() -> None:
    for name, one in ours():
        assert one["read_only"] is True, name
        assert one["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in one["security_opt"], name


@pytest.mark.parametrize("file", COMPOSE)
def test_every_service_has_a_healthcheck_or_says_why_not(file: str) -> None:
    disabled = 0
    for name, one in services(file).items():
        check = one.get("healthcheck")
        assert check or one["image"] == "statussite", name  # whose image has one
        disabled += bool(check and check.get("disable"))
    assert len(re.findall(r"disable: true} # it", (ROOT / file).read_text())) == disabled


def test_what_needs_the_database_waits_for_it_and_its_migrations() -> None:
    for name, one in services("compose.yaml").items():
        if one["image"] != "statussite" or name == "migrate":
            continue
        assert one["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert one["depends_on"]["postgres"]["condition"] == "service_healthy"


def test_nginx_waits_for_nobody() -> None:
    assert "depends_on" not in services("compose.yaml")["nginx"]


def test_compose_runs_every_part() -> None:
    assert {"nginx", "web", "publish", "worker", "hooks", "failing", "beat", "migrate", "postgres", "redis"} == set(
        services("compose.yaml")
    )


def celery_workers(commands: Iterable[list[str]]) -> dict[str, list[str]]:
    """Queues → how they are worked off."""
    options = [command[4:] for command in commands if command[:4] == ["celery", "--app", "statussite.celery", "worker"]]
    return {given[given.index("--queues") + 1]: given for given in options}


def test_every_share_of_the_senders_has_workers_of_its_own_in_the_same_strength_everywhere() -> None:
    by_compose = celery_workers(one.get("command", []) for one in services("compose.yaml").values())
    by_kubernetes = celery_workers(one["command"] for _, one in containers() if "command" in one)
    assert by_compose == by_kubernetes
    assert by_compose.keys() == {"main,mail", "hook", "failing"}
    strength = {queue: int(given[given.index("--concurrency") + 1]) for queue, given in by_compose.items()}
    assert {share.name: share.senders for share in SHARES if share.lane is Lane.HOOK}.items() <= strength.items()


def test_what_compose_mounts_exists() -> None:
    mounted = [v.split(":")[0] for one in services("compose.yaml").values() for v in one.get("volumes", ())]
    assert [path for path in mounted if path.startswith(".") and not (ROOT / path).is_file()] == []


def test_every_variable_that_is_set_is_documented() -> None:
    in_compose = {name for _, one in ours() for name in one["environment"]}
    maps = [one for one in documents() if one["kind"] in ("ConfigMap", "Secret")]
    in_manifests = {name for one in maps for name in one.get("data") or one["stringData"]}
    in_image = set(re.findall(r"^ +([A-Z_]+)=", FINAL, re.MULTILINE)) - {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
    assert (in_compose | in_manifests | in_image) - set(documented()) == set()


def test_every_container_in_kubernetes_is_locked_in() -> None:
    assert len(containers()) == 6
    for _, container in containers():
        context = container["securityContext"]
        assert context["runAsNonRoot"] is True
        assert context["runAsUser"] == 10001
        assert context["readOnlyRootFilesystem"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]


def test_every_container_that_stays_is_probed() -> None:
    assert [c["name"] for kind, c in containers() if kind != "Job" and "livenessProbe" not in c] == []


def test_no_probe_takes_a_web_process_away_because_of_the_database() -> None:
    (web,) = (c for _, c in containers() if c["name"] == "web")
    probes = [web[name] for name in ("startupProbe", "readinessProbe", "livenessProbe")]
    assert {probe["httpGet"]["path"] for probe in probes} == {"/livez"}


def test_no_manifest_and_no_compose_file_holds_a_secret() -> None:
    (secret,) = (one for one in documents() if one["kind"] == "Secret")
    assert set(secret["stringData"].values()) == {""}
    told = [str(one["environment"]["SECRET_KEY"]) for _, one in ours()]
    assert all(value.startswith("${SECRET_KEY:?") for value in told)


@pytest.mark.parametrize("file", [*map(str, COMPOSE), *(str(p.relative_to(ROOT)) for p in MANIFESTS)])
def test_no_image_is_whatever_is_newest(file: str) -> None:
    for image in re.findall(r"image: (\S+)", (ROOT / file).read_text()):
        assert image == "statussite" or re.search(r":\d", image), image


def test_the_manifests_name_the_version_of_the_project() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    assert {container["image"] for _, container in containers()} == {f"statussite:{version[1]}"}


def test_every_path_that_the_image_copies_is_let_into_the_build() -> None:
    """The ignore file lets in what it names and nothing else."""
    lets_in = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.MULTILINE)
    assert sorted(copied) == sorted(lets_in)
    assert all(Path(ROOT, path).exists() for path in copied)


def test_nginx_knows_every_language() -> None:
    (codes,) = re.findall(r'"~\^\(/\(\?:(.*?)\)\)/" \$1;', (ROOT / "docs" / "nginx" / "site.conf").read_text())
    assert sorted(codes.split("|")) == sorted(code for code, _ in settings.LANGUAGES)
