"""A row in every table: what a backup must carry, whatever models there will be."""

from __future__ import annotations

from datetime import timedelta

from django.apps import apps
from django.db import models
from django.utils import timezone

_VALUES = (
    (models.DateTimeField, timezone.now),
    (models.DateField, timezone.localdate),
    (models.BooleanField, lambda: True),
    (models.IntegerField, lambda: 1),
    (models.FloatField, lambda: 1.5),
    (models.DecimalField, lambda: 1),
    (models.BinaryField, lambda: b"\0\xff"),
    (models.JSONField, dict),
    (models.GenericIPAddressField, lambda: "192.0.2.1"),
    (models.Field, lambda: "灯"),
)


def fill():
    """Past the models' own rules: what stands in a row does not matter here."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            _rows(model)


def _rows(model):
    manager = model._base_manager
    if not manager.exists():
        made = {}
        for field in model._meta.concrete_fields:
            if _is_asked_for(field):
                made[field.attname] = _pk(field) if field.remote_field else _value(field)
        manager.bulk_create([model(**made)])
    return manager.order_by("pk")


def _is_asked_for(field):
    if isinstance(field, models.AutoField):
        return False
    if field.has_default() and not field.choices:
        return False
    # Numbers also where there need be none: a pin of the ranking has to name its place.
    return not field.null or isinstance(field, models.IntegerField)


def _pk(field):
    """What two columns of a row name is not the same: an article is not related to itself."""
    rows = _rows(field.remote_field.model)
    return (rows.first() if field.name != "other" else rows.last()).pk


def _value(field):
    if field.name == "ends_at":
        # After its beginning, which may be the moment at which the row is made.
        return timezone.now() + timedelta(hours=1)
    if field.choices:
        return field.flatchoices[0][0]
    return next(value() for kind, value in _VALUES if isinstance(field, kind))
