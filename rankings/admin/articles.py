"""What rankings add to the desk's articles: a column of the list, a tab of the editing screen."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.admin.article import ArticleAdmin
from articles.models import Article
from articles.places import places_of
from rankings import charts
from rankings.models import SnapshotItem, Window, WindowTotal
from rankings.readership import readership

HOURS_SHOWN = 24

admin.site.unregister(Article)


@admin.register(Article)
class ArticleWithViewsAdmin(ArticleAdmin):
    """The article's admin with its views of the last 24 hours, sortable."""

    list_display = (*ArticleAdmin.list_display, "views_column")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        totals = WindowTotal.objects.filter(article_id=OuterRef("pk"))
        views = Subquery(totals.values("last_24_hours")[:1], output_field=IntegerField())
        return super().get_queryset(request).annotate(day_views=Coalesce(views, 0))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.views_view)
        own = [path("<path:object_id>/views/", view, name="articles_article_views")]
        return own + super().get_urls()

    def screen_context(self, request: HttpRequest, article: Article | None) -> dict[str, Any]:
        context = super().screen_context(request, article)
        if article is None:
            return context
        return context | {"views_url": reverse("admin:articles_article_views", args=[article.pk])}

    def views_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """How much the article is read, and where readers find it: the piece for its tab."""
        article = self.get_object(request, unquote(object_id))
        if article is None:
            raise Http404
        if not self.has_view_permission(request, article):
            raise PermissionDenied
        numbers = readership(article.pk, timezone.now())
        hours = numbers.hours[-HOURS_SHOWN:]
        chart = charts.bars(
            [hour.counted for hour in hours], [hour.raw for hour in hours], "24時間の閲覧数"
        )
        context = {
            "article": article,
            "sums": [
                ("きょう", f"{numbers.days[-1].counted:,}"),
                ("きのう", f"{numbers.days[-2].counted:,}"),
                ("24時間", f"{numbers.totals.last_24_hours:,}"),
                ("累計", f"{numbers.totals.total:,}"),
            ],
            "hours": hours,
            "chart": chart,
            "standings": _standings(article),
            "places": places_of(article),
        }
        return render(request, "admin/rankings/_article_views.html", context)

    @admin.display(description="24時間", ordering="day_views")
    def views_column(self, article: Any) -> SafeString:
        return format_html(
            '<a class="num" href="{}">{}<span class="visually-hidden">回　{}</span></a>',
            reverse("admin:rankings_article", args=[article.pk]),
            f"{article.day_views:,}",
            article.headline,
        )


def _standings(article: Article) -> list[SnapshotItem]:
    """The article's places in the lists as they are now, the site's lists first."""
    items = SnapshotItem.objects.filter(article_id=article.pk).select_related("snapshot__section")
    windows = [str(window) for window in Window]
    return sorted(
        items,
        key=lambda item: (
            item.snapshot.section_id is not None,
            windows.index(item.snapshot.window),
        ),
    )
