import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from incidents.errors import StatusError
from incidents.lifecycle import OPEN_INCIDENT, IncidentStatus
from incidents.models import Actor, Incident, Service
from incidents.models.impact import Levels
from incidents.severity import REPORTABLE_SEVERITIES, ServiceStatus, Severity

type Arguments = dict[str, Any]

RESOLVED = IncidentStatus.RESOLVED


class Command(BaseCommand):
    help = (
        "Runs an incident from the command line: needs the database, but no web server, login or network. "
        "`open` prints the id of the new incident alone on standard output, the rest to standard error. Subscribers "
        "are told as always, by the worker. Exit status 1 if it was refused: then nothing was changed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="open|update|resolve|merge|list")
        self._add_open(actions.add_parser("open", help="Report an incident."))
        self._add_update(actions.add_parser("update", help="Post an update; without --status, a note."))
        self._add_resolve(actions.add_parser("resolve", help="Post the last update."))
        self._add_merge(actions.add_parser("merge", help="End a duplicate: the other one goes on for both."))
        listed = actions.add_parser("list", help="Show what is open, and drafts; one a line, columns by tabs.")
        listed.add_argument("--all", action="store_true", help="Resolved ones too.")
        listed.add_argument("--json", action="store_true", help="As JSON.")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        actions: dict[str, Callable[[Arguments], None]] = {
            "open": self._open,
            "update": self._update,
            "resolve": self._resolve,
            "merge": self._merge,
            "list": self._list,
        }
        try:
            actions[action](options)
        except StatusError as error:
            raise CommandError(error.message) from error

    def _add_open(self, parser: ArgumentParser) -> None:
        parser.add_argument("title", metavar="TITLE")
        parser.add_argument("--severity", required=True, choices=[str(s) for s in REPORTABLE_SEVERITIES])
        parser.add_argument("--status", default="investigating", choices=[str(s) for s in IncidentStatus])
        parser.add_argument("--description", default="", metavar="TEXT", help="Markdown.")
        parser.add_argument("--private", action="store_true", help="Only ops see it.")
        parser.add_argument("--force", action="store_true", help="Even if its services have an open incident.")
        parser.add_argument("--started-at", type=_instant, metavar="TIME", help="When it began, if not now.")
        parser.add_argument("--resolved-at", type=_instant, metavar="TIME", help="To record what is over.")
        _add_words(parser)

    def _add_update(self, parser: ArgumentParser) -> None:
        _add_incident(parser)
        parser.add_argument("--status", choices=[str(s) for s in (*OPEN_INCIDENT, RESOLVED)])
        _add_words(parser)

    def _add_resolve(self, parser: ArgumentParser) -> None:
        _add_incident(parser)
        parser.add_argument("--resolved-at", type=_instant, metavar="TIME", help="When it ended, if not now.")
        _add_telling(parser)

    def _add_merge(self, parser: ArgumentParser) -> None:
        _add_incident(parser)
        parser.add_argument("into", metavar="OTHER", help="The id of the one that goes on.")
        parser.add_argument("--notify", action="store_true", help="Tell subscribers of the note.")
        _add_saying(parser)

    def _open(self, options: Arguments) -> None:
        given = {name: options[name] for name in ("title", "description", "message", "started_at", "resolved_at")}
        incident = Incident.open(
            by=_actor(options),
            **given,
            severity=Severity(options["severity"]),
            status=IncidentStatus(options["status"]),
            levels=_levels(options["service"]),
            next_update_at=_promised(options),
            is_public=not options["private"],
            notify=options["notify"],
            force=options["force"],
        )
        self.stderr.write(f"Opened, {incident.status}: {incident.title}")
        self.stdout.write(incident.pk)

    def _update(self, options: Arguments) -> None:
        incident = _incident(options["incident"])
        self._post(
            incident,
            options,
            status=IncidentStatus(options["status"] or incident.status),
            levels=_levels(options["service"]) if options["service"] else None,
            next_update_at=_promised(options),
        )

    def _resolve(self, options: Arguments) -> None:
        incident = _incident(options["incident"])
        self._post(incident, options, status=RESOLVED, effective_at=options["resolved_at"])

    def _merge(self, options: Arguments) -> None:
        incident, other = _incident(options["incident"]), _incident(options["into"])
        shared = {name: options[name] for name in ("message", "notify", "version")}
        incident.merge_into(other, by=_actor(options), **shared)
        self.stderr.write(f"Merged into {other.pk}: {other.title}")

    def _post(self, incident: Incident, options: Arguments, **what: Any) -> None:
        shared = {name: options[name] for name in ("message", "notify", "version")}
        update = incident.post_update(by=_actor(options), **shared, **what)
        self.stderr.write(f"Posted, {update.status}: {incident.title}")
        self.stdout.write(update.pk)

    def _list(self, options: Arguments) -> None:
        rows = Incident.objects.prefetch_related("impacts__service")
        shown = [_facts(row) for row in (rows if options["all"] else rows.exclude(status=RESOLVED))]
        if options["json"]:
            self.stdout.write(json.dumps(shown, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2))
            return
        for facts in shown:
            services = ",".join(f"{slug}={level}" for slug, level in facts["services"].items())
            began = f"{facts['started_at']:%Y-%m-%d %H:%M}" if facts["started_at"] else "–"
            columns = (facts["id"], facts["status"], facts["severity"], began, services, facts["title"])
            self.stdout.write("\t".join(columns))


def _add_incident(parser: ArgumentParser) -> None:
    parser.add_argument("incident", metavar="ID", help="As `incident list` shows it.")
    parser.add_argument("--version", type=int, metavar="N", help="Refuse if it has another version by now.")


def _add_words(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--service",
        action="append",
        default=[],
        metavar="SLUG[=LEVEL]",
        help="A service that it hits; may be repeated. With an update, together the whole picture from now on. "
        f"Levels: {', '.join(ServiceStatus)}; else as the severity says.",
    )
    parser.add_argument("--next-update-in", type=int, metavar="MINUTES", help="Promise the next word.")
    _add_telling(parser)


def _add_telling(parser: ArgumentParser) -> None:
    parser.add_argument("--no-notify", action="store_false", dest="notify", help="Tell no subscribers.")
    _add_saying(parser)


def _add_saying(parser: ArgumentParser) -> None:
    parser.add_argument("--message", default="", metavar="TEXT", help="Markdown; else the sentence of the status.")
    parser.add_argument("--by", default="incident", metavar="NAME", help="Who the audit trail says did it.")


def _actor(options: Arguments) -> Actor:
    return Actor(options["by"][:255], "command")


def _incident(id: str) -> Incident:
    found = Incident.objects.filter(pk=id).first() if "\0" not in id else None
    if found is None:
        raise CommandError(f"There is no incident {id}. `incident list` shows what is open.")
    return found


def _levels(named: Iterable[str]) -> Levels:
    services = Service.objects.in_bulk(field_name="slug")
    levels: dict[Service, ServiceStatus | None] = {}
    for name in named:
        slug, _, level = name.partition("=")
        if slug not in services:
            raise CommandError(f"There is no service {slug}. There are: {', '.join(sorted(services)) or 'none'}.")
        if level and level not in set(ServiceStatus):
            raise CommandError(f"There is no level {level}. Levels: {', '.join(ServiceStatus)}.")
        levels[services[slug]] = ServiceStatus(level) if level else None
    return levels


def _promised(options: Arguments) -> datetime | None:
    minutes = options["next_update_in"]
    return timezone.now() + timedelta(minutes=minutes) if minutes is not None else None


def _instant(text: str) -> datetime:
    """Without a zone it is the page's."""
    found = parse_datetime(text)  # what it raises, argparse tells
    if found is None:
        raise ValueError(text)
    return found if found.tzinfo else timezone.make_aware(found)


_instant.__name__ = "time such as 2026-11-21T12:00"  # as argparse calls it in a refusal


def _facts(row: Incident) -> dict[str, Any]:
    hit = {impact.service.slug: impact.level for impact in row.impacts.all() if impact.ended_at is None}
    fields = ("title", "status", "severity", "is_public", "started_at", "resolved_at", "version")
    return {"id": row.pk, **{field: getattr(row, field) for field in fields}, "services": hit}
