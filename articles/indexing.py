"""Makes the index of search anew while readers use it, and tells whether it is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection, transaction

from articles.models import Article, SearchEntry
from articles.models.search_entry import checksum_of

# Small enough that an editor's save waits a fraction of a second for the articles of a batch.
BATCH = 100
# Pages that SQLite moves in one transaction while it joins the parts of its index.
_MERGED_PAGES = 500


@dataclass
class Report:
    articles: int = 0
    wrong: int = 0

    def __str__(self) -> str:
        return (
            f"記事{self.articles:,}本の検索の索引を作り直しました。"
            f"記事と違っていたのは{self.wrong:,}本です。"
        )


def reindex(progress: Callable[[int, int], None] = lambda done, total: None) -> Report:
    """Writes the entry of every article anew, the newest first.

    Each batch is a transaction that swaps its entries, so that search finds everything all the
    time, and locks its articles, so that no older text follows a newer one. Two at once do the
    same work twice and no harm.
    """
    report = Report()
    total = Article.objects.count()
    before: int | None = None
    while numbers := _next_batch(before):
        before = numbers[-1]
        with transaction.atomic():
            report.wrong += _write(numbers)
        report.articles += len(numbers)
        progress(report.articles, max(total, report.articles))
    _tidy()
    return report


def _next_batch(before: int | None) -> list[int]:
    articles = Article.objects.order_by("-pk")
    if before is not None:
        articles = articles.filter(pk__lt=before)
    return list(articles.values_list("pk", flat=True)[:BATCH])


def _write(numbers: list[int]) -> int:
    """Returns how many entries were missing or not as their articles are."""
    locked = Article.objects.select_for_update().filter(pk__in=numbers).order_by("pk")
    articles = list(locked)
    refolded = []
    for article in articles:
        old = article.search_text
        article.fold_text()
        if article.search_text != old:
            refolded.append(article)
    Article.objects.bulk_update(refolded, ["search_text"])
    known = dict(SearchEntry.objects.filter(pk__in=numbers).values_list("pk", "checksum"))
    SearchEntry.objects.write(articles, anew=True)
    return sum(known.get(article.pk) != checksum_of(article) for article in articles)


def _tidy() -> None:
    """Leaves the database's own structure as if all had been written at once."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT gin_clean_pending_list('articles_searchentry_grams')")
            return
        cursor.execute(
            "DELETE FROM articles_searchgrams WHERE rowid IN ("
            " SELECT rowid FROM articles_searchgrams EXCEPT SELECT place FROM articles_searchentry)"
        )
        step, pages = "INSERT INTO articles_searchgrams (articles_searchgrams, rank)", _MERGED_PAGES
        cursor.execute(f"{step} VALUES ('merge', {-pages})")
        for _ in range(10_000):
            before = connection.connection.total_changes
            cursor.execute(f"{step} VALUES ('merge', {pages})")
            if connection.connection.total_changes - before < 2:
                break


def problems(*, thorough: bool = True) -> list[str]:
    """Where the index and the articles disagree; empty when they agree.

    `thorough` reads the text of every article: seconds in a large archive.
    """
    missing = Article.objects.filter(search_entry=None).count() + _without_terms()
    wrong = 0
    if thorough:
        rows = Article.objects.filter(search_entry__isnull=False).select_related("search_entry")
        rows = rows.only(
            "search_text", "section_id", "publish_at", "created_at", "search_entry__checksum"
        )
        wrong = sum(
            article.search_entry.checksum != checksum_of(article)
            for article in rows.iterator(chunk_size=500)
        )
    if not missing and not wrong:
        return []
    counts = f"載っていない記事{missing:,}本、古いままの記事{wrong:,}本"
    return [f"検索の索引が記事と合いません（{counts}）。reindex_search で作り直せます。"]


def _without_terms() -> int:
    """Entries of which the terms themselves are lost."""
    if connection.vendor == "postgresql":
        sql = "SELECT count(*) FROM articles_searchentry WHERE pg_column_size(grams) < 10"
    else:
        sql = (
            "SELECT count(*) FROM (SELECT place FROM articles_searchentry"
            " EXCEPT SELECT rowid FROM articles_searchgrams)"
        )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])
