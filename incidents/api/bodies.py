"""The bodies that writes take: which fields, and which of them must be there."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.fields import SkipField, empty

from incidents import rules
from incidents.api.affected import AffectedServices
from incidents.api.errors import field_errors
from incidents.api.fields import (
    Address,
    Day,
    GroupReference,
    IncidentReference,
    Instant,
    Number,
    Secret,
    Switch,
    Text,
    Word,
)
from incidents.api.letters import snake
from incidents.errors import Invalid, Violations
from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.models import DigestFrequency
from incidents.severity import REPORTABLE_SEVERITIES

type Given = dict[str, Any]


class Body(serializers.Serializer[Any]):
    """Optional fields may be left out; null says the same, except where `clearable` makes it a value.

    A required field that is null is missing.
    """

    clearable: ClassVar[tuple[str, ...]] = ()
    takes_others: ClassVar[bool] = False  # fields that are not ours are read over, not refused

    def read(self, sent: Mapping[str, Any], judge: Callable[[Given], Violations] | None = None) -> Given:
        """The fields that were given. `judge` knows the rules that they must keep; by default `incidents.rules`.

        Raises Invalid, which names every wrong, missing and unknown field at once.
        """
        named = _by_name(sent)
        found = Violations()
        given: Given = {}
        for name in set() if self.takes_others else named.keys() - self.fields.keys():
            found.add(name, "unknown_field", "There is no such field here.")
        for name, field in self.fields.items():
            value = named.get(name, empty)
            left_out = value is None and name not in self.clearable
            try:
                given[name] = field.run_validation(empty if left_out else value)
            except SkipField:
                continue
            except ValidationError as error:
                found.found.extend(field_errors(error.detail, name))
            except Invalid as error:
                found.found.extend(error.errors)
        found.found.extend((judge or _by_the_rules)(given).found)
        found.raise_any()
        return given


def _by_the_rules(given: Given) -> Violations:
    return rules.check(given, timezone.now())


def _by_name(sent: Mapping[str, Any]) -> dict[str, Any]:
    named = {snake(key): value for key, value in sent.items()}
    if len(named) < len(sent):
        raise ParseError("The body has the same key twice, in two spellings.")
    return named


def _flag() -> Switch:
    return Switch(required=False)


def _version() -> Number:
    return Number(required=False, allow_null=True, least=1)


def _instant() -> Instant:
    return Instant(required=False, allow_null=True)


class Removal(Body):
    version = _version()


class NewIncident(Body):
    title = Text()
    severity = Word(REPORTABLE_SEVERITIES)
    status = Word(IncidentStatus)
    description = Text(required=False)
    message = Text(required=False)
    affected_services = AffectedServices(required=False)
    is_public = _flag()
    started_at = _instant()
    resolved_at = _instant()
    continues = IncidentReference(required=False, allow_null=True)
    notify = _flag()
    force = _flag()


class IncidentChange(Body):
    title = Text(required=False)
    description = Text(required=False)
    severity = Word(REPORTABLE_SEVERITIES, required=False)
    status = Word(IncidentStatus, required=False)
    message = Text(required=False)
    affected_services = AffectedServices(required=False)
    is_public = _flag()
    resolved_at = _instant()
    version = _version()


class Merge(Body):
    into = IncidentReference()
    message = Text(required=False)
    notify = _flag()
    version = _version()


class NewUpdate(Body):
    message = Text()
    affected_services = AffectedServices(required=False)
    display_at = _instant()
    next_update_at = _instant()
    notify = _flag()
    version = _version()


class NewIncidentUpdate(NewUpdate):
    status = Word(IncidentStatus)


class NewMaintenanceUpdate(NewUpdate):
    status = Word(MaintenanceStatus)


class Postmortem(Body):
    body = Text()
    published = Switch(required=False, default=False)
    version = _version()


class NewMaintenance(Body):
    title = Text()
    scheduled_start_at = Instant()
    scheduled_end_at = Instant()
    description = Text(required=False)
    message = Text(required=False)
    affected_services = AffectedServices(required=False)
    is_public = _flag()
    automatic = _flag()
    notify = _flag()


class MaintenanceChange(Body):
    title = Text(required=False)
    description = Text(required=False)
    scheduled_start_at = Instant(required=False)
    scheduled_end_at = Instant(required=False)
    status = Word(MaintenanceStatus, required=False)
    message = Text(required=False)
    affected_services = AffectedServices(required=False)
    is_public = _flag()
    automatic = _flag()
    version = _version()


class NewGroup(Body):
    slug = Text()
    name = Text()
    description = Text(required=False)
    position = Number(required=False, least=0)


class GroupChange(NewGroup):
    slug = Text(required=False)
    name = Text(required=False)


class NewService(NewGroup):
    clearable = ("group", "start_date")
    group = GroupReference(required=False, allow_null=True)
    is_public = _flag()
    start_date = Day(required=False, allow_null=True)


class ServiceChange(NewService):
    slug = Text(required=False)
    name = Text(required=False)


class NewTemplate(NewGroup):
    title = Text()
    severity = Word(REPORTABLE_SEVERITIES)
    message = Text(required=False)
    affected_services = AffectedServices(required=False)


class TemplateChange(NewTemplate):
    slug = Text(required=False)
    name = Text(required=False)
    title = Text(required=False)
    severity = Word(REPORTABLE_SEVERITIES, required=False)


class Erasure(Body):
    email = Address()


class DigestRequest(Body):
    frequency = Word((DigestFrequency.DAILY, DigestFrequency.WEEKLY))


class Credentials(Body):
    username = Secret(max_length=150)
    password = Secret(max_length=4096)
    code = Secret(
        max_length=40,
        required=False,
        help_text="What the app of the second factor shows now, or a recovery code. Each works once. Needed only where "
        "the account has a second factor.",
    )


class RefreshToken(Body):
    refresh = Secret()
