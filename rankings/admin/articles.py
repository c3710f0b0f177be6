"""What rankings add to the desk's list of articles."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.admin.article import ArticleAdmin
from articles.models import Article
from rankings.models import WindowTotal

admin.site.unregister(Article)


@admin.register(Article)
class ArticleWithViewsAdmin(ArticleAdmin):
    """The article's admin with its views of the last 24 hours, sortable."""

    list_display = (*ArticleAdmin.list_display, "views_column")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        totals = WindowTotal.objects.filter(article_id=OuterRef("pk"))
        views = Subquery(totals.values("last_24_hours")[:1], output_field=IntegerField())
        return super().get_queryset(request).annotate(day_views=Coalesce(views, 0))

    @admin.display(description="24時間", ordering="day_views")
    def views_column(self, article: Any) -> SafeString:
        return format_html(
            '<a class="num" href="{}" aria-label="アクセス {}">{}</a>',
            reverse("admin:rankings_article", args=[article.pk]),
            article.headline,
            f"{article.day_views:,}",
        )
