"""Admin classes whose rows stand on readers' pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from articles.caching import invalidate

if TYPE_CHECKING:
    _Base = admin.ModelAdmin[Any]
else:
    _Base = object


class Invalidating(_Base):
    """Marks the pages of a row as out of date, in the transaction that changes it."""

    def pages_of(self, obj: Any) -> set[str]:
        raise NotImplementedError

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        invalidate(self.pages_of(obj))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        keys = self.pages_of(obj)
        super().delete_model(request, obj)
        invalidate(keys)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        keys = {key for obj in queryset for key in self.pages_of(obj)}
        super().delete_queryset(request, queryset)
        invalidate(keys)
