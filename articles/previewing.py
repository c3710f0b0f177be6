"""Readers' pages as they will be: of what is not public, not saved, or still ahead.

Nothing here counts a view, is kept by a cache or found by a search engine. Whoever calls it has
asked whether the article may be seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from datetime import datetime
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone

from articles.article_page import Rows, page_context
from articles.front import front_with
from articles.models import Article, FrontSlot, RelatedArticle, Swap
from articles.reading import authors_of, placed_photos, tags_of
from articles.related import RELATED_ITEMS, related_articles
from articles.working_copies import in_place, swapped_until


class Draft(NamedTuple):
    """An article with its rows, none of which need be in the database."""

    article: Article
    rows: Rows
    # Articles chosen by hand, in their order.
    related: Sequence[int] = ()


def stored_draft(article: Article, at: datetime | None = None) -> Draft:
    """The article as it is saved, whatever its state."""
    rows = Rows(
        placed_photos(article),
        authors_of(article),
        tags_of(article),
        list(article.corrections.shown(at)),
    )
    chosen = article.related_items.order_by("order", "id").values_list("other_id", flat=True)
    return Draft(article, rows, list(chosen))


def article_page(request: HttpRequest, draft: Draft, at: datetime | None = None) -> HttpResponse:
    """The article's page as readers would get it at a time; `draft.article` is not to be saved."""
    at = at or timezone.now()
    return _private(render(request, "articles/preview.html", _context(draft, at)))


def review_page(request: HttpRequest, draft: Draft, extra: dict[str, Any]) -> HttpResponse:
    """The same with a box for the answer of somebody without an account."""
    context = _context(draft, timezone.now()) | extra
    return _private(render(request, "articles/review.html", context))


def _context(draft: Draft, at: datetime) -> dict[str, Any]:
    article = draft.article
    is_out = article.is_public(at)
    related = _related(draft, at)
    _dress(article, at)
    context = page_context(article, draft.rows, at)
    return context | {"related": related, "at": at, "is_out": is_out}


def home_page(request: HttpRequest, at: datetime, draft: Draft | None = None) -> HttpResponse:
    """The home page as it will be at a time, as far as it is known by now.

    With the swaps that are planned, and with a draft as if it went out as it stands.
    """
    changed = {article.pk: article for article in swapped_until(at)}
    if draft is not None and (typed := _on_lists(draft, at)):
        changed[typed.pk] = typed
    shown = front_with(list(FrontSlot.objects.active(at)), at, list(changed.values()))
    part = {
        "html": render_to_string("articles/_front.html", {"front": shown}),
        "photos_html": render_to_string("articles/_front_photos.html", {"front": shown}),
    }
    articles = frozenset(article.pk for article in shown)
    context = {"front": part, "shown": articles, "at": at}
    return _private(render(request, "articles/preview_home.html", context))


def _on_lists(draft: Draft, at: datetime) -> Article | None:
    """A draft as lists will show it at a time; None for a copy whose swap comes later."""
    article = copy(draft.article)
    if article.replaces_id is not None:
        if Swap.objects.filter(copy=article.pk, at__gt=at).exists():
            return None
        article = in_place(article)
    elif article.status not in {Article.Status.PUBLISHED, Article.Status.WITHDRAWN}:
        now = timezone.now()
        article.status = Article.Status.PUBLISHED
        if article.publish_at is None or article.publish_at <= now:
            article.publish_at = min(now, at)
    article.pk = article.pk or 0
    photos = [item.photo for item in draft.rows.photos]
    article.lead_photo = next((photo for photo in photos if photo.is_showable_at(at)), None)
    return article


def _related(draft: Draft, at: datetime) -> list[Article]:
    """関連記事 with the choice of the draft in the place of the stored one."""
    article = draft.article
    chosen = Article.objects.public(at).for_lists().in_bulk(draft.related)
    by_hand = [chosen[pk] for pk in draft.related if pk in chosen]
    dropped = {*draft.related, article.pk, article.replaces_id}
    dropped |= set(
        RelatedArticle.objects.filter(article_id=article.pk).values_list("other_id", flat=True)
    )
    others = related_articles(article, [tag.pk for tag in draft.rows.tags if tag.pk], at)
    others = [other for other in others if other.pk not in dropped]
    return [*by_hand, *others][:RELATED_ITEMS]


def _dress(article: Article, at: datetime) -> None:
    """Gives a draft the address and the time that it will have, and keeps it from being counted."""
    if article.publish_at is None:
        article.publish_at = at
    # A new one has no number: nothing has this.
    article.pk = article.replaces_id or article.pk or 0
    article.status = Article.Status.DRAFT


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def in_words(request: HttpRequest, text: str, status: int = 200) -> HttpResponse:
    """A page that says why there is none to be seen."""
    return _private(render(request, "articles/preview_words.html", {"text": text}, status=status))
