"""Suggestions for 関連記事 in the article's form: one click puts one among those chosen by hand."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path

from articles.admin.article_screen import Screen
from articles.models import Article, Tag
from articles.related import MOST_TAGS, suggested_articles
from articles.text import fold_tag, split_tags

MOST_WORDS = 2000


class RelatedSuggestions(Screen):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.suggestions_view)
        return [
            path("suggestions/", view, name="articles_article_suggestions"),
            *super().get_urls(),
        ]

    def suggestions_view(self, request: HttpRequest) -> HttpResponse:
        """For what stands in the form: its section, its tags as typed, what it has chosen."""
        number = _number(request.GET.get("article"))
        article = Article.objects.filter(pk=number).first() if number else None
        if article is None and not self.has_add_permission(request):
            raise PermissionDenied
        if article is not None and not self.has_view_permission(request, article):
            raise PermissionDenied
        names = split_tags(request.GET.get("tags", "")[:MOST_WORDS])[:MOST_TAGS]
        tags = Tag.objects.filter(name__in=[fold_tag(name) for name in names])
        found = suggested_articles(
            article.pk if article else 0,
            _number(request.GET.get("section")),
            list(tags.values_list("pk", flat=True)),
            {_number(value) for value in request.GET.getlist("chosen")},
        )
        return JsonResponse({"articles": [self._suggestion(item) for item in found]})

    def _suggestion(self, article: Any) -> dict[str, Any]:
        return {
            "article": article.pk,
            "headline": article.headline,
            "text": f"{article.headline}（{article.state}）",
            "why": _why(article),
        }


def _why(article: Any) -> str:
    if article.is_of_topic:
        return "同じトピック"
    if article.shared_tags:
        return f"同じタグ{article.shared_tags}個"
    return "同じ分野の新着" if article.is_of_section else "新着"


def _number(value: str | None) -> int:
    text = value or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
