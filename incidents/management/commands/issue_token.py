from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from incidents import roles
from incidents.api.machines import signed
from incidents.errors import StatusError
from incidents.models import Actor, MachineToken
from incidents.models.machine_token import MAX_DAYS

ACTOR = Actor("issue_token", "command")
DAYS = 90


class Command(BaseCommand):
    help = (
        "Makes a token with which a program uses the API, without a user: prints it once, alone on standard output. "
        "It cannot be shown again. --list shows which there are, --revoke NAME ends one at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", metavar="NAME", help="What the audit trail calls it, such as ci-deploy.")
        parser.add_argument("--role", action="append", choices=roles.ALL, help="What it may do; may be repeated.")
        parser.add_argument(
            "--days", type=int, default=DAYS, help=f"How long it works: 1 to {MAX_DAYS}, {DAYS} if not given."
        )
        other = parser.add_mutually_exclusive_group()
        other.add_argument("--list", action="store_true", help="Show all tokens, newest first.")
        other.add_argument("--revoke", action="store_true", help="End the token of this name at once.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            self._list()
            return
        if not options["name"]:
            raise CommandError("Which NAME? --list shows what there is.")
        try:
            self._revoke(options["name"]) if options["revoke"] else self._issue(**options)
        except StatusError as error:
            raise CommandError(error.message) from error

    def _issue(self, *, name: str, role: list[str] | None, days: int, **_: Any) -> None:
        machine = MachineToken.issue(name, role or (), days=days, by=ACTOR)
        self.stderr.write(f"{name} works until {machine.expires_at:%Y-%m-%d %H:%M} UTC. Keep it: it is shown only now.")
        self.stdout.write(signed(machine))

    def _revoke(self, name: str) -> None:
        machine = MachineToken.objects.unrevoked().filter(name=name).first()
        if machine is None:
            raise CommandError(f"There is no token {name} that could be revoked.")
        machine.revoke(by=ACTOR)
        self.stdout.write(f"{name} is revoked.")

    def _list(self) -> None:
        for line in lines(timezone.now()):
            self.stdout.write(line)


def lines(now: datetime) -> Iterator[str]:
    """One a token, columns by tabs: name, state, roles, expiry, last use."""
    for machine in MachineToken.objects.all():
        used = f"{machine.last_used_at:%Y-%m-%d %H:%M}" if machine.last_used_at else "never used"
        held = ",".join(machine.roles)
        yield f"{machine.name}\t{machine.state(now)}\t{held}\t{machine.expires_at:%Y-%m-%d %H:%M}\t{used}"
