from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from incidents.models import AuditEntry, MachineToken
from tests.api.calling import ADMIN, Caller

pytestmark = pytest.mark.django_db
OPS = "PLATFORM_OPS"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, str]:
    call_command("issue_token", *arguments)
    told = capsys.readouterr()
    return told.out, told.err


def test_the_token_is_all_that_standard_output_has(capsys: pytest.CaptureFixture[str]) -> None:
    out, err = run(capsys, "ci", "--role", OPS, "--days", "30")
    assert Caller({"Authorization": f"Bearer {out.strip()}"}).get(f"{ADMIN}/incidents").status_code == 200
    assert out.count("\n") == 1
    assert "ci works until" in err


def test_it_is_stored_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    token = run(capsys, "ci", "--role", OPS)[0].strip()
    signature = token.rpartition(".")[2]
    stored: Any = [*MachineToken.objects.values(), *AuditEntry.objects.values()]
    assert signature not in str(stored)


def test_it_works_as_long_as_was_said(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "ci", "--role", OPS, "--days", "30")
    left = MachineToken.objects.get().expires_at - timezone.now()
    assert timedelta(days=29, hours=23) < left <= timedelta(days=30)


def test_the_audit_trail_tells_who_issued_and_revoked(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "ci", "--role", OPS)
    run(capsys, "ci", "--revoke")
    entries = AuditEntry.objects.order_by("id").values_list("action", "actor", "via")
    assert list(entries) == [("issued", "issue_token", "command"), ("revoked", "issue_token", "command")]


def test_revoking_ends_it_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    caller = Caller({"Authorization": f"Bearer {run(capsys, 'ci', '--role', OPS)[0].strip()}"})
    run(capsys, "--revoke", "ci")
    assert caller.get(f"{ADMIN}/incidents").status_code == 401


def test_the_list_tells_what_state_each_is_in(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "gone", "--role", OPS)
    run(capsys, "gone", "--revoke")
    run(capsys, "works", "--role", OPS, "--role", "DATA_PROTECTION_OFFICER")
    listed = [line.split("\t") for line in run(capsys, "--list")[0].splitlines()]
    assert [(name, state, held) for name, state, held, *_ in listed] == [
        ("works", "works", "PLATFORM_OPS,DATA_PROTECTION_OFFICER"),
        ("gone", "revoked", "PLATFORM_OPS"),
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("ci",),
        ("a b", "--role", OPS),
        ("ci", "--role", "ADMIN"),
        ("ci", "--role", OPS, "--days", "0"),
        ("ci", "--role", OPS, "--days", "x"),
        ("--revoke",),
        ("--revoke", "nobody"),
        ("--revoke", "ci", "--list"),
    ],
)
def test_nonsense_is_refused_and_leaves_nothing(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("issue_token", *arguments)
    assert not MachineToken.objects.exists()


def test_a_name_in_use_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "ci", "--role", OPS)
    with pytest.raises(CommandError, match="already"):
        call_command("issue_token", "ci", "--role", OPS)
