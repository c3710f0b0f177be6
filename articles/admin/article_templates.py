"""Templates for recurring articles."""

from __future__ import annotations

from django.contrib import admin

from articles.admin.auditing import Audited
from articles.models import ArticleTemplate


@admin.register(ArticleTemplate)
class ArticleTemplateAdmin(Audited, admin.ModelAdmin[ArticleTemplate]):
    list_display = ("name", "section", "headline", "is_active", "order")
    list_select_related = ("section",)
    fieldsets = (
        (None, {"fields": ["name", ("section", "is_active", "order")]}),
        (
            "書き出し",
            {
                "fields": ["headline", "short_headline", "teaser", "body", "tags"],
                "description": (
                    "{日付} {明日} {年} {月} {日} {曜日} {時刻} は、"
                    "記事を書き始めるときにその日の言葉に替わります。"
                ),
            },
        ),
    )

    class Media:
        js = ("articles/admin.js",)
