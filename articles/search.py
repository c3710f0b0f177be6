"""From the words somebody typed to the articles that hold them."""

from __future__ import annotations

from django.db.models import Q

from articles.models import Agency, ArticleQuerySet, PhotoQuerySet
from articles.text import fold

MAX_WORDS = 8


def matching(articles: ArticleQuerySet, query: str) -> ArticleQuerySet:
    """Articles that hold every word of the query, whatever its width, case and kana.

    Words are parted by blanks; one of two characters, or one inside a longer word (朝鮮 in
    北朝鮮), is found. An empty query finds nothing.
    """
    words = fold(query[:200]).split()[:MAX_WORDS]
    if not words:
        return articles.none()
    for word in words:
        articles = articles.filter(search_text__contains=word)
    return articles


def matching_photos(photos: PhotoQuerySet, query: str) -> PhotoQuerySet:
    """Photos of which every word stands in their own words or in their agency's name.

    Folded like articles. An empty query finds nothing.
    """
    words = fold(query[:200]).split()[:MAX_WORDS]
    if not words:
        return photos.none()
    # A newsroom has dozens of agencies, and may rename one: asked each time.
    names = {pk: fold(name) for pk, name in Agency.objects.values_list("pk", "name")}
    for word in words:
        agencies = [pk for pk, name in names.items() if word in name]
        photos = photos.filter(Q(search_text__contains=word) | Q(agency__in=agencies))
    return photos
