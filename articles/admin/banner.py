"""速報 above every page: written here, shown while its time lasts."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models

from articles.admin.auditing import Audited
from articles.admin.fields import TIMES
from articles.admin.invalidating import Invalidating
from articles.admin.times import desk_time
from articles.auditing import Values
from articles.caching import SITE
from articles.models import Banner


@admin.register(Banner)
class BannerAdmin(Audited, Invalidating, admin.ModelAdmin[Banner]):
    list_display: tuple[Any, ...] = ("text", "state", "from_column", "until_column", "created_by")
    list_select_related = ("created_by",)
    fields = ("text", "article", "url", ("starts_at", "ends_at"))
    autocomplete_fields = ["article"]
    formfield_overrides = {**TIMES, models.URLField: {"assume_scheme": "https"}}
    ordering = ("-starts_at", "-id")

    @admin.display(description="状態")
    def state(self, banner: Banner) -> str:
        return banner.state

    @admin.display(description="掲載開始", ordering="starts_at")
    def from_column(self, banner: Banner) -> str:
        return desk_time(banner.starts_at)

    @admin.display(description="掲載終了", ordering="ends_at")
    def until_column(self, banner: Banner) -> str:
        return desk_time(banner.ends_at)

    def pages_of(self, obj: Banner) -> set[str]:
        # It stands above all of them.
        return {SITE}

    def audited_as(self, old: Values, new: Values) -> str:
        return "banner" if new else "banner_off"

    def save_model(self, request: Any, obj: Banner, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = request.user
        super().save_model(request, obj, form, change)
