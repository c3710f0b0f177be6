"""People with a key to the desk, and their roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import QuerySet
from django.http import HttpRequest

if TYPE_CHECKING:
    _Choices = forms.ModelMultipleChoiceField[Permission]
    _People = UserAdmin[User]
else:
    # Django's own classes cannot be written with a type in brackets at run time.
    _Choices, _People = forms.ModelMultipleChoiceField, UserAdmin

_VERBS = {"add": "追加", "change": "変更", "delete": "削除", "view": "閲覧"}
_APPS = ("articles", "rankings", "newsportal", "auth")


class PermissionField(_Choices):
    """Permissions in the newsroom's words instead of Django's English names."""

    def label_from_instance(self, obj: Any) -> str:
        verb = _VERBS.get(obj.codename.partition("_")[0])
        # Permissions of our own models beyond the four are named in Japanese already.
        model = obj.content_type.model_class()
        name = model._meta.verbose_name if model else obj.content_type.model
        own = obj.codename != f"{obj.codename.partition('_')[0]}_{obj.content_type.model}"
        return obj.name if own or verb is None else f"{name}：{verb}"


admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class PersonAdmin(_People):
    """What a person may do follows from the role: a group, never single permissions."""

    list_display: tuple[Any, ...] = ("username", "full_name", "roles", "is_active", "is_superuser")
    list_filter = ("groups", "is_active", "is_superuser")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("名前", {"fields": (("last_name", "first_name"), "email")}),
        ("役割", {"fields": ("groups", "is_active", "is_staff", "is_superuser")}),
        ("日時", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people: QuerySet[User] = super().get_queryset(request)
        return people.prefetch_related("groups")

    @admin.display(description="名前", ordering="last_name")
    def full_name(self, user: User) -> str:
        return f"{user.last_name} {user.first_name}".strip() or "—"

    @admin.display(description="役割")
    def roles(self, user: User) -> str:
        return "、".join(group.name for group in user.groups.all()) or "—"


@admin.register(Group)
class RoleAdmin(GroupAdmin):
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "permissions"),
                "description": (
                    "記者・編集者・公開責任者・管理者の権限は、更新のたびに元の形に戻ります。"
                    "違う権限が要るときは、別の名前のグループを作ってください。"
                ),
            },
        ),
    )

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        if db_field.name != "permissions":
            return super().formfield_for_manytomany(db_field, request, **kwargs)
        kwargs["form_class"] = PermissionField
        kwargs["queryset"] = (
            Permission.objects.filter(content_type__app_label__in=_APPS)
            .select_related("content_type")
            .order_by("content_type__app_label", "content_type__model", "codename")
        )
        return admin.ModelAdmin.formfield_for_manytomany(self, db_field, request, **kwargs)
