"""A migration runs while the version before still serves, so it adds: nothing is renamed, taken away or made stricter.

What is no plain addition stands in REVIEWED, with the reason why the version before does not mind.
"""

from collections.abc import Iterator

import pytest
from django.db import migrations, models
from django.db.migrations import Migration, RunPython
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    AlterModelOptions,
    CreateModel,
    RemoveConstraint,
    RemoveField,
    RemoveIndex,
    RenameField,
)
from django.db.migrations.operations.base import Operation
from django.db.models import NOT_PROVIDED

ADDITIONS = (AddIndex, AlterModelOptions, CreateModel, RemoveConstraint, RemoveIndex)
_FIRST = "no released version has these columns"
_NEW_COLUMN = "about a column that the version before leaves empty"
_NEW_TABLE = "no released version writes to this table"
REVIEWED = {
    ("0002_roles", "RunPython create_roles"): "adds rows that the version before does not ask for",
    ("0009_scope_of_everything", "RunPython limit_those_who_chose"): "fills a column that it does not read",
    ("0010_deliveries_and_endpoints", "AlterField subscription.channel"): "choices, which the database does not know",
    ("0010_deliveries_and_endpoints", "AddConstraint one_subscription_per_address_and_endpoint"): "looser than before",
    ("0011_claiming", "AddConstraint leased_iff_it_has_a_lease"): _NEW_TABLE,
    ("0011_claiming", "AddConstraint finished_iff_done"): _NEW_TABLE,
    ("0012_confirmations_become_deliveries", "RunPython queue"): _NEW_TABLE,
    ("0013_forget_confirmation_columns", "RemoveField subscription.confirmation_attempts"): _FIRST,
    ("0013_forget_confirmation_columns", "RemoveField subscription.confirmation_count"): _FIRST,
    ("0013_forget_confirmation_columns", "RemoveField subscription.confirmation_due_at"): _FIRST,
    ("0013_forget_confirmation_columns", "RemoveField subscription.confirmation_sent_at"): _FIRST,
    ("0015_farewells", "AddConstraint no_address_in_what_is_done"): _NEW_COLUMN,
    ("0016_subscriptions_by_address", "AddConstraint one_subscription_per_address_and_endpoint"): "the same rule",
    ("0018_merged_incidents", "AddConstraint merged_is_resolved"): _NEW_COLUMN,
    ("0024_index_of_merged", "AlterField incident.merged_into"): "its index only",
    ("0022_drafts_that_wait", "AddConstraint only_a_draft_waits"): _NEW_COLUMN,
}


def ours() -> list[Migration]:
    disk = MigrationLoader(None, ignore_no_migrations=True).disk_migrations or {}
    return [migration for (app, _), migration in sorted(disk.items()) if app == "incidents"]


def is_addition(operation: Operation) -> bool:
    """A column that the version before does not name must be filled without it."""
    if isinstance(operation, AddField):
        field = operation.field
        return field.null or bool(field.many_to_many) or field.db_default is not NOT_PROVIDED
    return isinstance(operation, ADDITIONS)


def doubtful(migration: Migration) -> Iterator[str]:
    """But for what concerns tables that the migration makes itself."""
    made = {operation.name_lower for operation in migration.operations if isinstance(operation, CreateModel)}
    for operation in migration.operations:
        if not is_addition(operation) and getattr(operation, "model_name_lower", "") not in made:
            yield described(operation)


def described(operation: Operation) -> str:
    kind = type(operation).__name__
    if isinstance(operation, RunPython):
        return f"{kind} {getattr(operation.code, '__name__', '')}"
    if isinstance(operation, AddConstraint):
        return f"{kind} {operation.constraint.name}"
    return f"{kind} {getattr(operation, 'model_name', '')}.{getattr(operation, 'name', '')}"


def test_what_is_no_addition_has_been_reviewed() -> None:
    found = {(migration.name, what) for migration in ours() for what in doubtful(migration)}
    assert found == REVIEWED.keys()


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (AddField("incident", "next", models.TextField(null=True)), True),
        (AddField("incident", "next", models.TextField(db_default="")), True),
        (AddField("incident", "next", models.ManyToManyField("incidents.service")), True),
        (AddField("incident", "next", models.TextField()), False),
        (AddField("incident", "next", models.TextField(default="")), False),  # which only the next version knows
        (AlterField("incident", "title", models.TextField()), False),
        (RemoveField("incident", "title"), False),
        (RenameField("incident", "title", "name"), False),
        (migrations.DeleteModel("incident"), False),
        (migrations.RunSQL("SELECT 1"), False),
    ],
    ids=lambda value: described(value) if isinstance(value, Operation) else str(value),
)
def test_only_what_the_version_before_need_not_know_is_an_addition(operation: Operation, expected: bool) -> None:
    assert is_addition(operation) is expected
