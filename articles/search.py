"""From the words somebody typed to the articles that hold them."""

from __future__ import annotations

from articles.models import ArticleQuerySet
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
