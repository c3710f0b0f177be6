"""Sections and tags."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from taggit.models import Tag as UnusedTag

from articles.admin.deleting import DeletesWhole
from articles.admin.invalidating import Invalidating
from articles.caching import SITE, name_key, tag_key
from articles.models import Section, Tag

# The package's own tags have no place here: articles have a model of their own for them.
if admin.site.is_registered(UnusedTag):
    admin.site.unregister(UnusedTag)


@admin.register(Section)
class SectionAdmin(DeletesWhole, Invalidating, admin.ModelAdmin[Section]):
    list_display: tuple[Any, ...] = ("name", "swatch", "slug", "order")
    list_editable = ("order",)
    search_fields = ("name", "slug")
    ordering = ("order", "id")

    @admin.display(description="色")
    def swatch(self, section: Section) -> SafeString:
        return format_html(
            '<svg class="swatch" viewBox="0 0 1 1" aria-label="{0}">'
            '<rect width="1" height="1" fill="{0}"/></svg>',
            section.color,
        )

    def pages_of(self, obj: Section) -> set[str]:
        # Its name and colour stand in every masthead.
        return {SITE}


@admin.register(Tag)
class TagAdmin(Invalidating, admin.ModelAdmin[Tag]):
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
