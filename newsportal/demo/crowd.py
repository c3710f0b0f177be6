"""A large site for measuring: many articles of varied text, with readers, in little memory."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import connection, transaction
from django.utils.text import slugify

from articles.models import (
    Article,
    ArticleAuthor,
    ArticlePhoto,
    Author,
    SearchEntry,
    Section,
    Tag,
    TaggedArticle,
    Topic,
    TopicTeaser,
)
from articles.progress import ProgressBar
from newsportal.demo.newsroom import CONTENT, PREFIX
from newsportal.demo.readership import batched, epoch_hour
from rankings.models import HourBucket

BATCH = 1000
# Six in ten articles are of the days that are measured, the others of the two years before.
RECENT_SHARE = 0.6
BUCKET_COLUMNS = (
    "hour", "article_id", "views", "visitors", "raw", "reads", "seconds", "top_network",
)  # fmt: skip


class Writer:
    """Makes up headlines, teasers and bodies from parts; the same seed, the same text."""

    def __init__(self, seed: int) -> None:
        parts = tomllib.loads((CONTENT / "crowd.toml").read_text("utf-8"))
        self.words: dict[str, list[str]] = parts["words"]
        self.templates: dict[str, list[str]] = parts["templates"]
        self.rng = Random(seed)

    def line(self, kind: str) -> str:
        choose = self.rng.choice
        words = {name: choose(values) for name, values in self.words.items()}
        words["event2"] = words["event"].removeprefix("の")
        words["age"] = str(self.rng.randint(18, 84))
        return choose(self.templates[kind]).format_map(words)

    def paragraph(self) -> str:
        return "".join(self.line("sentence") for _ in range(self.rng.randint(2, 4)))

    def body(self) -> str:
        return "".join(f"<p>{self.paragraph()}</p>" for _ in range(self.rng.randint(5, 9)))


class Crowd:
    """The made-up articles with what they share: sections, authors, photos, topics, tags."""

    def __init__(self, days: int, now: datetime, seed: int) -> None:
        self.days = days
        self.now = now
        self.rng = Random(seed)
        self.writer = Writer(seed)
        self.sections = list(Section.objects.all())
        self.authors = list(Author.objects.values_list("pk", flat=True))
        self.photos = list(ArticlePhoto.objects.values_list("photo_id", flat=True))
        self.topics = list(Topic.objects.values_list("pk", flat=True))
        self.tags = self._tags()

    def _tags(self) -> list[int]:
        names = sorted(set(self.writer.words["thing"] + self.writer.words["place"]))
        for name in names:
            slug = slugify(name, allow_unicode=True)
            Tag.objects.get_or_create(name=name, defaults={"slug": slug})
        return list(Tag.objects.filter(name__in=names).values_list("pk", flat=True))

    def article(self, number: int) -> Article:
        """An article ready to be inserted, without its related rows."""
        choose, chance = self.rng.choice, self.rng.random
        days = chance() * (self.days if chance() < RECENT_SHARE else self.days + 730)
        article = Article(
            external_id=f"{PREFIX}crowd-{number}",
            headline=self.writer.line("headline"),
            teaser=self.writer.line("teaser"),
            body=self.writer.body(),
            dateline=choose(self.writer.words["place"]),
            section=choose(self.sections),
            lead_photo_id=choose(self.photos) if self.photos else None,
            status=Article.Status.PUBLISHED,
            publish_at=self.now - timedelta(days=days),
        )
        article.prepare()
        return article

    @transaction.atomic
    def insert(self, articles: list[Article]) -> None:
        """Articles with author, photo and three tags each, a topic teaser for one in forty."""
        choose, chance = self.rng.choice, self.rng.random
        Article.objects.bulk_create(articles)
        SearchEntry.objects.write(articles)
        ArticleAuthor.objects.bulk_create(
            ArticleAuthor(article=article, author_id=choose(self.authors)) for article in articles
        )
        ArticlePhoto.objects.bulk_create(
            ArticlePhoto(article=article, photo_id=article.lead_photo_id)
            for article in articles
            if article.lead_photo_id
        )
        TaggedArticle.objects.bulk_create(
            TaggedArticle(content_object=article, tag_id=tag)
            for article in articles
            for tag in self.rng.sample(self.tags, 3)
        )
        TopicTeaser.objects.bulk_create(
            TopicTeaser(article=article, topic_id=choose(self.topics))
            for article in articles
            if chance() < 0.025
        )


def load(count: int, days: int, now: datetime, *, stderr: Any) -> None:
    """Adds `count` made-up articles with what belongs to them, and `days` of their views."""
    crowd = Crowd(days, now, seed=count)
    bar = ProgressBar(stderr, "articles")
    taken = Article.objects.filter(external_id__startswith=f"{PREFIX}crowd-").count()
    published: list[tuple[int, int]] = []
    for batch in batched(range(taken, taken + count), BATCH):
        articles = [crowd.article(number) for number in batch]
        crowd.insert(articles)
        published += [
            (article.pk, epoch_hour(article.publish_at))
            for article in articles
            if article.publish_at
        ]
        bar.show(batch[-1] + 1 - taken, count)
    _write_views(published, days, now, ProgressBar(stderr, "readers"))


def _write_views(
    published: list[tuple[int, int]], days: int, now: datetime, bar: ProgressBar
) -> None:
    rng = Random(days)
    last = epoch_hour(now)
    first = last - days * 24 + 1
    done = 0
    for batch in batched(published, 2000):
        rows = (
            row
            for article_id, born in batch
            for row in _hours_of(article_id, max(born, first), last, old=born < first, rng=rng)
        )
        with transaction.atomic():
            _insert_buckets(rows)
        done += len(batch)
        bar.show(done, len(published))


def _hours_of(
    article_id: int, start: int, last: int, *, old: bool, rng: Random
) -> Iterator[tuple[int, ...]]:
    """Rows of BUCKET_COLUMNS: many hours for the few that everybody reads, few for the rest."""
    span = last - start + 1
    popularity = rng.paretovariate(1.1) * (0.15 if old else 1.0)
    hours = min(span, int(30 * popularity) + 1)
    chosen = range(span) if hours == span else {int(span * rng.random() ** 2) for _ in range(hours)}
    for offset in sorted(chosen):
        views = 1 + int(rng.expovariate(1) * popularity * 12 / (1 + offset / 24))
        yield (
            start + offset, article_id, views, views, views + views // 4, views // 2, views * 68,
            1 + views // 10,
        )  # fmt: skip


def _insert_buckets(rows: Iterator[tuple[int, ...]]) -> None:
    """Plain SQL: an ORM object for each of some million rows would take the time and memory."""
    table = connection.ops.quote_name(HourBucket._meta.db_table)
    columns = ", ".join(BUCKET_COLUMNS)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(BUCKET_COLUMNS))
        sql = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 (names of ours)
        for batch in batched(rows, 10_000):
            cursor.executemany(sql, batch)
