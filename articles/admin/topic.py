"""Topics with the articles that stand in them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from articles.admin.article_form import OnceEach, TeaserForm
from articles.admin.auditing import Audited
from articles.admin.fields import TIMES
from articles.admin.invalidating import Invalidating
from articles.caching import HOME, TOPICS, topic_key
from articles.models import Topic, TopicTeaser


class TopicTeaserFormSet(OnceEach):
    duplicate_message = "同じ記事が二度入っています。"


class ArticleInTopicInline(admin.StackedInline[TopicTeaser, Any]):
    model = TopicTeaser
    form = TeaserForm
    formset = TopicTeaserFormSet
    autocomplete_fields = ["article"]
    formfield_overrides = TIMES
    fields = ["article", "headline", "teaser", ("starts_at", "ends_at"), "is_pinned", "order"]
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[TopicTeaser]:
        return super().get_queryset(request).select_related("article", "topic")


@admin.register(Topic)
class TopicAdmin(Audited, Invalidating, admin.ModelAdmin[Topic]):
    list_display: tuple[Any, ...] = ("name", "is_active", "order", "teaser_count")
    list_editable = ("is_active", "order")
    list_filter = ("is_active",)
    search_fields = ("name", "slug", "description")
    ordering = ("order", "id")
    inlines = [ArticleInTopicInline]
    audited_rows = ("teasers",)

    class Media:
        js = ["articles/admin.js", "articles/desk/moving.js", "articles/desk/topic.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Topic]:
        sized: QuerySet[Topic] = super().get_queryset(request).annotate(size=Count("teasers"))
        return sized

    @admin.display(description="記事", ordering="size")
    def teaser_count(self, topic: Topic) -> str:
        return f"{topic.size}件"  # type: ignore[attr-defined]

    def pages_of(self, obj: Topic) -> set[str]:
        return {topic_key(obj.pk), TOPICS, HOME}
