"""きょうの机: what waits for whoever opens the desk, and what goes out today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from articles import holding, reviewing
from articles.models import (
    Article,
    ArticlePhoto,
    ArticleQuerySet,
    ArticleTemplate,
    Duty,
    Photo,
    ReviewStep,
    ShiftNote,
)
from articles.scope import sections_of

MOST_IN_A_BOX = 8
MOST_NOTES = 12
HITS_SHOWN = 3
# Nobody reads further than this; the count then says 「99+」.
MOST_COUNTED = 100


@dataclass(frozen=True)
class Box:
    """A list of articles under a heading; `name` is its place on the page."""

    name: str
    title: str
    articles: Sequence[Article]
    # Shown also while there is nothing in it.
    stays: bool = True
    # Where the list of articles shows all of it.
    query: str = ""

    @property
    def is_full(self) -> bool:
        return len(self.articles) > MOST_IN_A_BOX

    @property
    def shown(self) -> Sequence[Article]:
        return self.articles[:MOST_IN_A_BOX]


def boxes(user: Any) -> list[Box]:
    """The lists of the page, one query each."""
    now = timezone.now()
    found = [
        Box(
            "waiting",
            "わたしを待つ記事",
            _rows(waiting(user)),
            user.has_perm(reviewing.APPROVE),
            "?state=in_review",
        ),
        Box("returned", "差し戻された記事", _rows(reviewing.returned_to(user)), stays=False),
        Box(
            "held", "止まっている予約", _rows(_in_scope(holding.held(), user)), False, "?state=held"
        ),
        Box("coming", "きょうこれから", _rows(_coming(now)), query="?state=scheduled"),
        Box("mine", "わたしの下書き", _rows(_mine(user))),
        Box(
            "out",
            "公開したばかり",
            _rows(Article.objects.public(now).newest()),
            query="?state=public",
        ),
    ]
    return [box for box in found if box.articles or box.stays]


def counts(user: Any) -> dict[str, int]:
    """How much is whose turn, for the left side of every page; four queries."""
    now = timezone.now()
    lists: dict[str, QuerySet[Article]] = {
        "waiting": waiting(user),
        "returned": reviewing.returned_to(user),
        "held": _in_scope(holding.held(), user),
        "coming": _coming(now),
    }
    return {name: len(rows.values("pk")[:MOST_COUNTED]) for name, rows in lists.items()}


def waiting(user: Any) -> ArticleQuerySet:
    """What is in review for this person: not what they edited last themselves."""
    return reviewing.waiting_for(user).filter(replaces=None).exclude(saved_by=user.pk)


def shift() -> dict[str, Any]:
    """Who is on duty, and what the shifts before left to be done; three queries."""
    notes = ShiftNote.objects.filter(done_at=None).select_related("created_by")
    articles = Article.objects.only("headline")
    return {
        "duties": list(Duty.objects.at().select_related("person")[:MOST_IN_A_BOX]),
        "notes": list(notes.prefetch_related(Prefetch("articles", articles))[:MOST_NOTES]),
    }


def templates(user: Any) -> list[ArticleTemplate]:
    """What somebody who writes may begin from."""
    if not user.has_perm("articles.add_article"):
        return []
    return list(ArticleTemplate.objects.filter(is_active=True).only("name")[:MOST_IN_A_BOX])


def unchecked(user: Any) -> list[ReviewStep]:
    """What went out without a second pair of eyes and is to be looked at."""
    if not user.has_perm(reviewing.APPROVE):
        return []
    return list(reviewing.unchecked()[:MOST_IN_A_BOX])


def ending_photos() -> list[Photo]:
    """Photos that articles show and whose term ends soon, with those articles."""
    hit = ArticlePhoto.objects.filter(article__status=Article.Status.PUBLISHED)
    uses = (
        hit.select_related("article")
        .order_by("-article_id")
        .defer("article__body", "article__search_text")
    )
    used = Exists(hit.filter(photo=OuterRef("pk")))
    return list(
        Photo.objects.ending_soon()
        .filter(used)
        .select_related("agency")
        .prefetch_related(Prefetch("article_photos", uses[: HITS_SHOWN + 1], to_attr="hits"))[
            :MOST_IN_A_BOX
        ]
    )


def _mine(user: Any) -> ArticleQuerySet:
    return (
        Article.objects.live()
        .unpublished(Article.Status.DRAFT, Article.Status.IN_REVIEW, Article.Status.APPROVED)
        .filter(Q(created_by=user.pk) | Q(saved_by=user.pk))
        .order_by("-saved_at")
    )


def _coming(now: datetime) -> ArticleQuerySet:
    """What goes out before the next midnight in Japan."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return (
        holding.scheduled(now)
        .filter(publish_at__lt=midnight + timedelta(days=1))
        .order_by("publish_at", "id")
    )


def _in_scope(articles: ArticleQuerySet, user: Any) -> ArticleQuerySet:
    mine = sections_of(user)
    return articles if mine is None else articles.filter(section__in=mine)


def _rows(articles: ArticleQuerySet) -> list[Article]:
    # Chosen first, joined afterwards: SQLite would begin with the sections and read them whole.
    chosen = Article.objects.filter(pk__in=articles.values("pk")[: MOST_IN_A_BOX + 1])
    rows = chosen.select_related("section", "saved_by").defer("body", "search_text")
    return list(rows.order_by(*articles.query.order_by))
