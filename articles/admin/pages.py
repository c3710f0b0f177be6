"""The pages about the newspaper."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from articles.admin.auditing import Audited
from articles.admin.invalidating import Invalidating
from articles.caching import SITE
from articles.models import AboutPage


@admin.register(AboutPage)
class AboutPageAdmin(Audited, Invalidating, admin.ModelAdmin[AboutPage]):
    list_display: tuple[Any, ...] = ("title", "slug", "is_shown", "in_footer", "order")
    list_editable = ("order",)
    search_fields = ("title", "slug")
    ordering = ("order", "id")
    fields = ("title", "slug", "summary", "body", ("is_shown", "in_footer"), "order")

    class Media:
        js = ["articles/admin.js"]

    def pages_of(self, obj: AboutPage) -> set[str]:
        # Its title stands at the foot of every page.
        return {SITE}
