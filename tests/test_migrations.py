"""Migrations run while the version before them still answers: they only add."""

from __future__ import annotations

import pytest
from django.db import connection, models
from django.db.migrations import operations as ops
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

OURS = ("articles", "rankings", "newsportal")
# What adds, and what changes nothing in the database.
HARMLESS = (
    ops.CreateModel, ops.AddIndex, ops.AlterModelOptions, ops.AlterModelManagers,
    ops.RunPython, ops.RunSQL, ops.SeparateDatabaseAndState, ops.AlterOrderWithRespectTo,
)  # fmt: skip


def complaint(operation):
    """What the version before would stumble over; empty when nothing."""
    name = type(operation).__name__
    if isinstance(operation, ops.AddField):
        field = operation.field
        is_column = field.column if hasattr(field, "column") else True
        fills_itself = field.null or field.db_default is not NOT_PROVIDED or field.many_to_many
        if is_column and not fills_itself:
            return f"{name} {operation.name}: old code inserts rows without it (null or db_default)"
        return ""
    return (
        "" if isinstance(operation, HARMLESS) else f"{name}: old code may still need it as it was"
    )


def ours():
    loader = MigrationLoader(connection)
    return {
        key: migration
        for key, migration in loader.disk_migrations.items()
        # The first of an app meets no older version.
        if key[0] in OURS and not migration.initial
    }


@pytest.mark.django_db
def test_the_version_before_survives_every_migration():
    wrong = [
        f"{app}.{name}: {said}"
        for (app, name), migration in ours().items()
        for operation in migration.operations
        if (said := complaint(operation)) and not getattr(migration, "survives", "")
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "operation",
    [
        ops.RemoveField("article", "headline"),
        ops.RenameField("article", "headline", "title"),
        ops.DeleteModel("article"),
        ops.AlterField("article", "headline", models.CharField(max_length=3)),
        ops.AddField("article", "mood", models.CharField(max_length=3)),
        ops.AddField("article", "mood", models.CharField(max_length=3, default="")),
        ops.AddConstraint("article", models.CheckConstraint(condition=models.Q(id=1), name="c")),
    ],
)
def test_what_old_code_would_stumble_over_is_told(operation):
    assert complaint(operation)


@pytest.mark.parametrize(
    "operation",
    [
        ops.CreateModel("mood", []),
        ops.AddField("article", "mood", models.CharField(max_length=3, null=True)),
        ops.AddField("article", "mood", models.CharField(max_length=3, db_default="")),
        ops.AddIndex("article", models.Index(fields=["id"], name="i")),
    ],
)
def test_what_only_adds_passes(operation):
    assert complaint(operation) == ""
