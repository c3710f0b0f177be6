"""People with a key to the desk, and their roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from articles import schedule
from articles.admin.auditing import Audited
from articles.auditing import record, values_of
from articles.models import SectionScope
from newsportal import cdn, second_factor

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


# The calendar of the desk tells of late purges too.
if cdn.unconfirmed not in schedule.more_signs:
    schedule.more_signs.append(cdn.unconfirmed)

admin.site.unregister(User)
admin.site.unregister(Group)
# Their pages would show everybody's key; a colleague's device is taken away with an action below.
admin.site.unregister(TOTPDevice)
admin.site.unregister(StaticDevice)


class SectionScopeInline(admin.StackedInline[SectionScope, User]):
    """To which sections a person is limited; only who manages accounts may say so."""

    model = SectionScope
    fields = ("sections",)
    extra = 0
    max_num = 1
    can_delete = True

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        kwargs["widget"] = forms.CheckboxSelectMultiple
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None:
            field.help_text = db_field.help_text
            # A row without sections means all of them.
            field.required = False
        return field


@admin.register(User)
class PersonAdmin(Audited, _People):
    """What a person may do follows from the role: a group, never single permissions."""

    list_display: tuple[Any, ...] = (
        "username",
        "full_name",
        "roles",
        "scope",
        "is_active",
        "is_superuser",
    )
    list_filter = ("groups", "is_active", "is_superuser")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("名前", {"fields": (("last_name", "first_name"), "email")}),
        ("役割", {"fields": ("groups", "is_active", "is_staff", "is_superuser")}),
        ("日時", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    inlines = (SectionScopeInline,)
    actions = ("reset_second_factor",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people: QuerySet[User] = super().get_queryset(request)
        return people.prefetch_related("groups", "section_scope__sections")

    def get_inlines(self, request: HttpRequest, obj: User | None = None) -> Any:
        # A new account has nothing but a name and a password yet.
        return self.inlines if obj is not None else ()

    def _values(self, obj: User) -> dict[str, Any]:
        values: dict[str, Any] = super()._values(obj)
        scope = SectionScope.objects.filter(user=obj.pk).first()
        sections = values_of(scope)["sections"] if scope else []
        # To whom nothing belongs is gone.
        return values | {"section_scope": sections} if values else values

    @admin.display(description="担当の分野")
    def scope(self, user: User) -> str:
        scope: SectionScope | None = getattr(user, "section_scope", None)
        names = [section.name for section in scope.sections.all()] if scope else []
        return "、".join(names) or "すべて"

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:  # noqa: A002 (Django's name)
        """The log tells who set a password anew, and never which."""
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            person = self.get_object(request, id)
            if person is not None:
                record("password", person, by=request.user)
        return response

    @admin.display(description="名前", ordering="last_name")
    def full_name(self, user: User) -> str:
        return f"{user.last_name} {user.first_name}".strip() or "—"

    @admin.display(description="役割")
    def roles(self, user: User) -> str:
        return "、".join(group.name for group in user.groups.all()) or "—"

    @admin.action(description="二段階認証を解除する（電話をなくしたとき）", permissions=["change"])
    def reset_second_factor(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """The colleague then logs in with the password alone, and sets it up anew."""
        names = [person.username for person in people if second_factor.reset(person, request.user)]
        if names:
            self.message_user(request, f"解除しました：{'、'.join(names)}", messages.SUCCESS)
        else:
            self.message_user(request, "二段階認証を使っている人はいません。", messages.WARNING)


@admin.register(Group)
class RoleAdmin(Audited, GroupAdmin):
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
