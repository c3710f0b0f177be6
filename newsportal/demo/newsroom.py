"""Puts the demo newsroom into the database: people, sections, topics, 48 articles, photos."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from articles import renditions
from articles.markup import from_plain
from articles.models import (
    Agency,
    Article,
    ArticleAuthor,
    ArticlePhoto,
    Author,
    Photo,
    RelatedArticle,
    Section,
    Topic,
    TopicTeaser,
)
from articles.publishing import save_article
from newsportal.demo import illustrations

CONTENT = Path(__file__).parent / "content"
PREFIX = "demo:"

Written = dict[str, Any]


def read_articles() -> list[Written]:
    """The written articles, newest first: the sections take turns."""
    files = (f"{section['key']}.toml" for section in _newsroom()["sections"])
    columns = [_with_section(name) for name in files]
    return [article for article in chain(*zip_longest(*columns)) if article]


def load(now: datetime, *, progress: Callable[[int, int], None]) -> list[Article]:
    """Loads the whole demo newsroom, dated backwards from `now`; returns its articles.

    Running it again changes nothing that is there already. `progress` gets the number of
    articles done and the number of all.
    """
    _load_newsroom()
    written = read_articles()
    missing = [
        (age_rank, article)
        for age_rank, article in enumerate(written)
        if not Article.objects.filter(external_id=PREFIX + article["key"]).exists()
    ]
    # Oldest first: numbers grow with time, as they do in a newsroom.
    missing.reverse()
    wanted = [photo for _, article in missing for photo in article.get("photos", [])]
    with ProcessPoolExecutor(max_workers=2) as pool:
        pictures = pool.map(_draw, ((photo["kind"], photo["seed"]) for photo in wanted))
        for done, (age_rank, article) in enumerate(missing, start=1):
            _load_article(article, now - age(age_rank, len(written)), pictures)
            progress(done, len(missing))
    _relate(written)
    return list(Article.objects.filter(external_id__startswith=PREFIX).newest())


def age(rank: int, total: int) -> timedelta:
    """How old the article at a place in the list is: many of today, the oldest 28 days."""
    hours = 0.6 + 0.7 * rank + (rank / total) ** 2.4 * 640
    return timedelta(minutes=round(hours * 12) * 5)


def _newsroom() -> Written:
    return tomllib.loads((CONTENT / "newsroom.toml").read_text("utf-8"))


def _with_section(name: str) -> list[Written]:
    section = name.removesuffix(".toml")
    articles = tomllib.loads((CONTENT / name).read_text("utf-8"))["articles"]
    return [article | {"section": section} for article in articles]


def _draw(picture: tuple[str, int]) -> bytes:
    return illustrations.jpeg(*picture)


@transaction.atomic
def _load_newsroom() -> None:
    newsroom = _newsroom()
    for order, row in enumerate(newsroom["sections"]):
        values = {key: row[key] for key in ("name", "description", "color")}
        Section.objects.get_or_create(slug=row["key"], defaults=values | {"order": order})
    for row in newsroom["authors"]:
        values = {key: row[key] for key in ("name", "kana", "role", "bio")}
        Author.objects.get_or_create(slug=row["key"], defaults=values)
    for row in newsroom["agencies"]:
        values = {key: row[key] for key in ("name", "credit_pattern")}
        Agency.objects.get_or_create(slug=row["key"], defaults=values)
    for order, row in enumerate(newsroom["topics"]):
        values = {key: row[key] for key in ("name", "description")}
        Topic.objects.get_or_create(slug=row["key"], defaults=values | {"order": order})


@transaction.atomic
def _load_article(written: Written, at: datetime, pictures: Iterable[bytes]) -> None:
    article = Article(
        external_id=PREFIX + written["key"],
        section=Section.objects.get(slug=written["section"]),
        agency=_agency(written["agency"]),
        body=from_plain(written["body"]),
        status=Article.Status.PUBLISHED,
        publish_at=at,
        version=0,
        **{key: written[key] for key in ("headline", "short_headline", "teaser", "dateline")},
    )
    article.save()
    article.tags.set(written["tags"])
    for order, key in enumerate(written["authors"]):
        author = Author.objects.get(slug=key)
        ArticleAuthor.objects.create(article=article, author=author, order=order)
    for order, row in enumerate(written.get("photos", [])):
        photo = _load_photo(row, next(iter(pictures)), at)
        # The first stands above the text, further ones between its paragraphs.
        place = None if order == 0 else order * 2
        ArticlePhoto.objects.create(
            article=article, photo=photo, order=order, after_paragraph=place
        )
    for row in written.get("topics", []):
        TopicTeaser.objects.create(
            topic=Topic.objects.get(slug=row["topic"]),
            article=article,
            headline=row["headline"],
            teaser=row["teaser"],
            is_pinned=row.get("pinned", False),
        )
    save_article(article, by=None, reason="見本の記事")


def _load_photo(row: Written, jpeg: bytes, at: datetime) -> Photo:
    taken = (at - timedelta(days=1)).date()
    photo = Photo(
        sha256=hashlib.sha256(jpeg).hexdigest(),
        alt=row["alt"],
        caption=f"{row['caption']}＝{taken.year}年{taken.month}月{taken.day}日撮影",
        credit=row["credit"],
        agency=_agency(row["agency"]),
        place=row["place"],
        taken_on=taken,
    )
    name = f"{row['kind']}-{row['seed']}.jpg"
    # Django reads width and height from the content only when the content has a name.
    photo.original.save(name, ContentFile(jpeg, name=name), save=True)
    renditions.make_first(photo)
    transaction.on_commit(lambda: renditions.make_renditions.enqueue(photo.pk))
    return photo


def _agency(key: str) -> Agency | None:
    return Agency.objects.get(slug=key) if key else None


@transaction.atomic
def _relate(written: list[Written]) -> None:
    """Related articles by hand, once all of them are there."""
    pks = dict(
        Article.objects.filter(external_id__startswith=PREFIX).values_list("external_id", "pk")
    )
    rows = [
        RelatedArticle(
            article_id=pks[PREFIX + article["key"]], other_id=pks[PREFIX + key], order=order
        )
        for article in written
        for order, key in enumerate(article.get("related", []))
        if PREFIX + key in pks
    ]
    RelatedArticle.objects.bulk_create(rows, ignore_conflicts=True)
