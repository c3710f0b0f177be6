"""Which pages show an article, and how long a page may be kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Min
from django.http import HttpResponse
from django.utils import timezone

from articles.models import (
    Article,
    ArticleAuthor,
    Author,
    Invalidation,
    Photo,
    TaggedArticle,
    TopicTeaser,
)

HOME, RANKING, TOPICS = "home", "ranking", "topics"
PAGE_SECONDS = 10
STALE_SECONDS = 30
GONE_SECONDS = 5


def article_key(pk: int) -> str:
    return f"article-{pk}"


def section_key(pk: int) -> str:
    return f"section-{pk}"


def topic_key(pk: int) -> str:
    return f"topic-{pk}"


def tag_key(pk: int) -> str:
    return f"tag-{pk}"


def author_key(pk: int) -> str:
    return f"author-{pk}"


def keys_of(article: Article) -> set[str]:
    """The surrogate keys of every page that shows this article or has a place for it."""
    keys = {article_key(article.pk), section_key(article.section_id), HOME, RANKING, TOPICS}
    keys |= {topic_key(pk) for pk in article.teasers.values_list("topic_id", flat=True)}
    keys |= {tag_key(pk) for pk in article.tagged.values_list("tag_id", flat=True)}
    keys |= {author_key(pk) for pk in article.article_authors.values_list("author_id", flat=True)}
    return keys


def keys_of_photo(photo: Photo) -> set[str]:
    """The surrogate keys of every page that shows this photo; five queries, whatever its uses."""
    shown = Article.objects.filter(
        article_photos__photo=photo,
        status__in=[Article.Status.PUBLISHED, Article.Status.WITHDRAWN],
    )
    articles = dict(shown.values_list("pk", "section_id"))
    keys = {
        author_key(pk) for pk in Author.objects.filter(photo=photo).values_list("pk", flat=True)
    }
    if not articles:
        return keys
    keys |= {HOME, RANKING, TOPICS, *map(article_key, articles)}
    keys |= {section_key(pk) for pk in articles.values()}
    on_them = shown.values("pk")
    for key, rows, column in (
        (topic_key, TopicTeaser.objects.filter(article__in=on_them), "topic_id"),
        (tag_key, TaggedArticle.objects.filter(content_object__in=on_them), "tag_id"),
        (author_key, ArticleAuthor.objects.filter(article__in=on_them), "author_id"),
    ):
        keys |= {key(pk) for pk in rows.values_list(column, flat=True).distinct()}
    return keys


def invalidate(keys: Iterable[str]) -> None:
    """Marks every page under these keys as out of date; call it in the changing transaction."""
    Invalidation.objects.bulk_create([Invalidation(key=key) for key in sorted(set(keys))])


def next_edge(at: datetime | None = None) -> datetime | None:
    """The next moment at which what readers may see changes by itself, or None."""
    at = at or timezone.now()
    published = Article.objects.live().filter(status=Article.Status.PUBLISHED)
    edges = [
        published.filter(**{f"{name}__gt": at}).aggregate(edge=Min(name))["edge"]
        for name in ("publish_at", "unpublish_at", "embargo_until")
    ]
    photos = Photo.objects.filter(rights_web=True, rights_until__gt=at)
    edges.append(photos.aggregate(edge=Min("rights_until"))["edge"])
    return min((edge for edge in edges if edge), default=None)


def public_page(response: HttpResponse, keys: Iterable[str]) -> HttpResponse:
    """Lets caches keep a page of readers for seconds, under the keys of what it shows."""
    response["Cache-Control"] = (
        f"public, max-age=0, s-maxage={PAGE_SECONDS}, stale-while-revalidate={STALE_SECONDS}"
    )
    response["Surrogate-Key"] = " ".join(sorted(set(keys)))
    return response


def gone_page(response: HttpResponse, keys: Iterable[str]) -> HttpResponse:
    """For 404 and 410: kept for seconds only, and never shown when it is older."""
    response["Cache-Control"] = f"public, max-age=0, s-maxage={GONE_SECONDS}"
    response["Surrogate-Key"] = " ".join(sorted(set(keys)))
    return response
