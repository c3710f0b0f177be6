"""What the page of an article reads, each query compiled once."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, Exists, OuterRef, QuerySet
from django.utils import timezone

from articles.models import Article, ArticleAuthor, ArticlePhoto, Author, Correction, Tag
from articles.prepared import NOW, Prepared, Slot


def public_article(pk: int) -> Any | None:
    """The article as readers may see it now, with `has_corrections`; None where they may not."""
    if pk > BigIntegerField.MAX_BIGINT:
        return None
    found = _article(pk=pk, now=timezone.now())
    return found[0] if found else None


def placed_photos(article: Article) -> list[ArticlePhoto]:
    """The article's photos in their order, whatever their terms."""
    return _photos(article=article.pk)


def authors_of(article: Article) -> list[Author]:
    """Who wrote the article, in the order of the byline."""
    return [item.author for item in _authors(article=article.pk)]


def tags_of(article: Article) -> list[Tag]:
    return _tags(article=article.pk)


@Prepared
def _article() -> QuerySet[Article]:
    corrections = Correction.objects.shown(NOW).filter(article=OuterRef("pk"))
    return (
        Article.objects.public(NOW)
        .select_related("section", "agency")
        .defer("search_text")
        .annotate(has_corrections=Exists(corrections))
        .filter(pk=Slot("pk"))
    )


@Prepared
def _photos() -> QuerySet[ArticlePhoto]:
    return ArticlePhoto.objects.filter(article=Slot("article")).select_related("photo__agency")


@Prepared
def _authors() -> QuerySet[ArticleAuthor]:
    return ArticleAuthor.objects.filter(article=Slot("article")).select_related("author")


@Prepared
def _tags() -> QuerySet[Tag]:
    found: QuerySet[Tag] = Tag.objects.filter(tagged__content_object=Slot("article"))
    return found
