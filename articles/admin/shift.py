"""申し送り and 当番: what one shift tells the next, and who is on duty."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from articles.admin.auditing import Audited
from articles.admin.fields import TIMES
from articles.admin.times import desk_time
from articles.auditing import record_change, values_of
from articles.models import Duty, ShiftNote
from articles.models.workflow import name_of


class OpenFilter(admin.SimpleListFilter):
    title = "状態"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "これから"), ("no", "済み")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"yes", "no"}:
            return queryset
        return queryset.filter(done_at__isnull=self.value() == "yes")


@admin.register(ShiftNote)
class ShiftNoteAdmin(Audited, admin.ModelAdmin[ShiftNote]):
    fields = ("text", "articles")
    autocomplete_fields = ("articles",)
    list_display = ("text", "who", "written", "state")
    list_select_related = ("created_by", "done_by")
    list_filter = (OpenFilter,)
    search_fields = ("text",)
    show_full_result_count = False
    formfield_overrides = {models.TextField: {"widget": forms.Textarea(attrs={"rows": 4})}}

    @admin.display(description="書いた人")
    def who(self, note: ShiftNote) -> str:
        return name_of(note.created_by)

    @admin.display(description="日時", ordering="id")
    def written(self, note: ShiftNote) -> str:
        return desk_time(note.created_at)

    @admin.display(description="状態", ordering="done_at")
    def state(self, note: ShiftNote) -> str:
        if note.done_at is None:
            return "これから"
        return f"済み（{name_of(note.done_by)}・{desk_time(note.done_at)}）"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.done_view))
        return [
            path("<int:pk>/done/", view, name="articles_shiftnote_done"),
            *super().get_urls(),
        ]

    @transaction.atomic
    def done_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Marks a note as done, or takes that back."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        is_done = "undo" not in request.POST
        note = ShiftNote.objects.select_for_update(of=("self",)).filter(pk=pk).first()
        if note is None:
            raise Http404
        if (note.done_at is not None) != is_done:
            old = values_of(note)
            note.done_at = timezone.now() if is_done else None
            note.done_by = cast(User, request.user) if is_done else None
            note.save(update_fields=["done_at", "done_by"])
            record_change(note, by=request.user, old=old, new=values_of(note))
        self.message_user(
            request,
            "申し送りを済みにしました。" if is_done else "申し送りを戻しました。",
            messages.SUCCESS,
        )
        return HttpResponseRedirect(f"{reverse('admin:index')}#shift")

    def save_model(self, request: Any, obj: ShiftNote, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)


@admin.register(Duty)
class DutyAdmin(Audited, admin.ModelAdmin[Duty]):
    fields = ("person", "role", ("starts_at", "ends_at"))
    formfield_overrides = TIMES
    list_display = ("who", "role", "begins", "ends")
    list_select_related = ("person",)
    show_full_result_count = False

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "person":
            people = get_user_model()._default_manager
            kwargs["queryset"] = people.filter(is_active=True, is_staff=True)
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "person":
            field.label_from_instance = name_of
        return field

    @admin.display(description="だれが", ordering="person")
    def who(self, duty: Duty) -> str:
        return name_of(duty.person)

    @admin.display(description="開始", ordering="starts_at")
    def begins(self, duty: Duty) -> str:
        return desk_time(duty.starts_at)

    @admin.display(description="終了", ordering="ends_at")
    def ends(self, duty: Duty) -> str:
        return desk_time(duty.ends_at)
