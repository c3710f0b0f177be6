"""Admin classes whose changes stand in the audit log, with the values before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from articles.auditing import record_change, values_of

if TYPE_CHECKING:
    _Base = admin.ModelAdmin[Any]
else:
    _Base = object


class Audited(_Base):
    """Notes every row that is added, changed or deleted here, from its form or from the list.

    Where a verb writes its own entry, the verb's admin does without this.
    """

    # Reverse relations whose rows are edited with the row; columns that nobody types.
    audited_rows: tuple[str, ...] = ()
    unaudited: tuple[str, ...] = ()

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        request.audited_before = self._values(obj)
        super().save_model(request, obj, form, change)

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        row = form.instance
        record_change(row, by=request.user, old=request.audited_before, new=self._values(row))

    def delete_model(self, request: Any, obj: Any) -> None:
        self._note_deletion(request, obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: Any, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            self._note_deletion(request, obj)
        super().delete_queryset(request, queryset)

    def _note_deletion(self, request: HttpRequest, obj: Any) -> None:
        record_change(obj, by=request.user, old=self._values(obj), new={})

    def _values(self, obj: Any) -> dict[str, Any]:
        values = values_of(obj, self.audited_rows)
        return {name: value for name, value in values.items() if name not in self.unaudited}
