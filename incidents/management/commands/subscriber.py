import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder

from incidents.errors import StatusError
from incidents.models import Actor, Subscription

ACTOR = Actor("subscriber", "command")


class Command(BaseCommand):
    help = (
        "Answers the request of a person: `export ADDRESS` prints as JSON all that is stored about an e-mail address, "
        "`erase ADDRESS` removes it for good, at once and without a question. Both can be run twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=("export", "erase"), help="What to do.")
        parser.add_argument("address", metavar="ADDRESS", help="The e-mail address, in whichever letter case.")

    def handle(self, *args: Any, action: str, address: str, **options: Any) -> None:
        try:
            self._export(address) if action == "export" else self._erase(address)
        except StatusError as error:
            raise CommandError(error.message) from error

    def _export(self, address: str) -> None:
        found = {"email": address, "subscriptions": Subscription.export(address)}
        self.stdout.write(json.dumps(found, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2))

    def _erase(self, address: str) -> None:
        erased = Subscription.erase(address, by=ACTOR)
        self.stdout.write(f"Erased: {erased} subscription{'' if erased == 1 else 's'}. Nothing is stored about it now.")
