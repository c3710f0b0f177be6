"""Where readers find an article at this moment, apart from its own page and the lists by time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from django.urls import reverse

from articles.front import Front, front
from articles.models import Article, RelatedArticle, TopicTeaser

MOST_RELATED = 10


class Place(NamedTuple):
    name: str
    # What is said of it there, or where exactly it stands.
    words: str
    url: str


def places_of(article: Article) -> list[Place]:
    """The front page, topics and other articles' 関連記事; none while readers do not see it."""
    if not article.is_public():
        return []
    return [*_on_front(article), *_in_topics(article), *_under_others(article)]


def _on_front(article: Article) -> Iterator[Place]:
    shown: Front = front()
    home = reverse("home")
    if shown.lead is not None and shown.lead.pk == article.pk:
        yield Place("トップ面", "トップ記事", home)
    for name, articles in (
        ("主なニュース", shown.main),
        ("新着", shown.latest),
        ("写真", shown.photos),
        *((section.name, articles) for section, articles in shown.blocks),
    ):
        numbers = [item.pk for item in articles]
        if article.pk in numbers:
            yield Place("トップ面", f"{name}の{numbers.index(article.pk) + 1}番目", home)


def _in_topics(article: Article) -> Iterator[Place]:
    for teaser in TopicTeaser.objects.active().filter(article=article).select_related("topic"):
        words = teaser.headline or article.headline
        words = f"{words}（固定）" if teaser.is_pinned else words
        yield Place(f"トピック「{teaser.topic}」", words, teaser.topic.get_absolute_url())


def _under_others(article: Article) -> Iterator[Place]:
    by = RelatedArticle.objects.filter(other=article).order_by("-article_id")
    public = Article.objects.public().only("headline")
    for other in public.filter(pk__in=by.values("article")).order_by("-pk")[:MOST_RELATED]:
        yield Place("関連記事", other.headline, other.get_absolute_url())
