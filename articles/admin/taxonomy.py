"""Sections and tags."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from taggit.models import Tag as UnusedTag

from articles.admin.auditing import Audited
from articles.admin.deleting import DeletesWhole
from articles.admin.invalidating import Invalidating
from articles.auditing import Values
from articles.caching import SITE, name_key, tag_key
from articles.holding import hold_in_section
from articles.models import Section, Tag
from articles.scope import is_in_scope

# The package's own tags have no place here: articles have a model of their own for them.
if admin.site.is_registered(UnusedTag):
    admin.site.unregister(UnusedTag)

_RULES = ("needs_review", "four_eyes")


@admin.register(Section)
class SectionAdmin(Audited, DeletesWhole, Invalidating, admin.ModelAdmin[Section]):
    list_display: tuple[Any, ...] = ("name", "swatch", "slug", "rules", "order")
    list_editable = ("order",)
    search_fields = ("name", "slug")
    ordering = ("order", "id")

    def has_change_permission(self, request: HttpRequest, obj: Section | None = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or is_in_scope(request.user, obj.pk))

    def has_delete_permission(self, request: HttpRequest, obj: Section | None = None) -> bool:
        may = super().has_delete_permission(request, obj)
        return may and (obj is None or is_in_scope(request.user, obj.pk))

    def get_readonly_fields(self, request: HttpRequest, obj: Section | None = None) -> Any:
        """Who is bound by the rules of a section does not lift them."""
        return () if request.user.has_perm("articles.set_review_rules") else _RULES

    def save_model(self, request: Any, obj: Section, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not set(_RULES) & set(form.changed_data):
            return
        held = hold_in_section(obj)
        if held:
            said = f"承認のない予約{held}件を保留にしました。予定表で確かめてください。"
            self.message_user(request, said, messages.WARNING)

    def audited_as(self, old: Values, new: Values) -> str:
        rules = [{name: values.get(name) for name in _RULES} for values in (old, new)]
        return "review_rules" if old and new and rules[0] != rules[1] else ""

    @admin.display(description="色")
    def swatch(self, section: Section) -> SafeString:
        return format_html(
            '<svg class="swatch" viewBox="0 0 1 1" aria-label="{0}">'
            '<rect width="1" height="1" fill="{0}"/></svg>',
            section.color,
        )

    @admin.display(description="承認")
    def rules(self, section: Section) -> str:
        if section.four_eyes:
            return "二人で確かめる"
        return "要る" if section.needs_review else "—"

    def pages_of(self, obj: Section) -> set[str]:
        # Its name and colour stand in every masthead.
        return {SITE}


@admin.register(Tag)
class TagAdmin(Audited, Invalidating, admin.ModelAdmin[Tag]):
    list_display: tuple[Any, ...] = ("name", "slug", "articles_column")
    search_fields = ("name", "slug")
    ordering = ("name",)
    list_per_page = 100

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        sized: QuerySet[Tag] = super().get_queryset(request).annotate(size=Count("tagged"))
        return sized

    def get_fields(self, request: HttpRequest, obj: Tag | None = None) -> Any:
        # A new tag's address follows from its name, as it does for tags typed at an article.
        return ("name", "slug") if obj else ("name",)

    @admin.display(description="記事", ordering="size")
    def articles_column(self, tag: Tag) -> SafeString:
        address = reverse(f"{self.admin_site.name}:articles_article_changelist")
        query = urlencode({"tag": tag.slug})
        return format_html('<a href="{}?{}">{}件</a>', address, query, tag.size)

    def pages_of(self, obj: Tag) -> set[str]:
        return {tag_key(obj.pk), name_key(tag_key(obj.pk))}
