"""Admin classes whose changes stand in the audit log, with the values before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from articles.auditing import Values, record_change, values_of

if TYPE_CHECKING:
    _Base = admin.ModelAdmin[Any]
else:
    _Base = object


class Audited(_Base):
    """Notes every row that is added, changed or deleted here, from its form or from the list.

    Where a verb writes its own entry, the verb's admin does without this.
    """

    # Reverse relations whose rows are edited with the row.
    audited_rows: tuple[str, ...] = ()

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        request.audited_before = self._values(obj)
        super().save_model(request, obj, form, change)

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        self._note(request, form.instance, request.audited_before, self._values(form.instance))

    def delete_model(self, request: Any, obj: Any) -> None:
        self._note_deletion(request, obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: Any, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            self._note_deletion(request, obj)
        super().delete_queryset(request, queryset)

    def _note_deletion(self, request: HttpRequest, obj: Any) -> None:
        self._note(request, obj, self._values(obj), {})

    def _note(self, request: HttpRequest, obj: Any, old: Values, new: Values) -> None:
        record_change(obj, by=request.user, old=old, new=new, action=self.audited_as(old, new))

    def audited_as(self, old: Values, new: Values) -> str:
        """What the log calls a change with these values; empty for the usual words."""
        return ""

    def _values(self, obj: Any) -> dict[str, Any]:
        return values_of(obj, self.audited_rows)
