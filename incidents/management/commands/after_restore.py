from typing import Any

from django.core.management.base import BaseCommand

from incidents.models import Actor
from incidents.models.clock import database_now
from incidents.models.restored import leave_untold

ACTOR = Actor("after_restore", "command")


class Command(BaseCommand):
    help = (
        "For a restored backup, before a worker is started: nobody is told any more of what was written until now, for "
        "that may have been told already. What is sent stays sent, mails that confirm an address still go out. Can be "
        "run twice."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        events, messages = leave_untold(database_now(), by=ACTOR)
        self.stdout.write(f"Not told any more: {events} events, {messages} messages.")
