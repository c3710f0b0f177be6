"""Who writes and who delivers."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models

from articles.admin.auditing import Audited
from articles.admin.deleting import DeletesWhole
from articles.admin.invalidating import Invalidating
from articles.caching import agency_key, author_key, name_key
from articles.models import Agency, Author


@admin.register(Author)
class AuthorAdmin(Audited, Invalidating, admin.ModelAdmin[Author]):
    list_display: tuple[Any, ...] = ("name", "kana", "role", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "kana", "slug")
    autocomplete_fields = ("photo", "user")
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def pages_of(self, obj: Author) -> set[str]:
        return {author_key(obj.pk), name_key(author_key(obj.pk))}


@admin.register(Agency)
class AgencyAdmin(Audited, Invalidating, DeletesWhole, admin.ModelAdmin[Agency]):
    list_display: tuple[Any, ...] = (
        "name",
        "example",
        "rights_web",
        "rights_syndication",
        "rights_social",
        "rights_days",
    )
    search_fields = ("name", "slug", "credit_pattern")
    fieldsets = (
        (None, {"fields": ("name", "slug", "credit_pattern")}),
        (
            "写真の権利の初期値",
            {"fields": (("rights_web", "rights_syndication", "rights_social"), "rights_days")},
        ),
    )

    @admin.display(description="クレジットの例", ordering="credit_pattern")
    def example(self, agency: Agency) -> str:
        return agency.credit_line("撮影者")

    def pages_of(self, obj: Agency) -> set[str]:
        return {agency_key(obj.pk)}
