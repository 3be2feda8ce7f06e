from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from incidents import second_factor
from incidents.errors import StatusError
from incidents.models import Actor

ACTOR = Actor("reset_second_factor", "command")


class Command(BaseCommand):
    help = (
        "Takes somebody's second factor away, with its recovery codes: for who has lost both. They get in by password "
        "and can set up another. Make sure that it is really them who asks. The audit trail tells of it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER", help="The name that they log in with.")

    def handle(self, *args: Any, user: str, **options: Any) -> None:
        found = User.objects.filter(username=user).first()
        if found is None:
            raise CommandError(f"There is no user {user}.")
        try:
            was_on = second_factor.turn_off(found, by=ACTOR)
        except StatusError as error:
            raise CommandError(error.message) from error
        if not was_on:
            raise CommandError(f"{user} has no second factor.")
        self.stdout.write(f"{user} has no second factor any more.")
