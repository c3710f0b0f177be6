"""The index of search: what each article holds, cut into single characters and pairs."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, models, transaction

from articles.text import grams

if TYPE_CHECKING:
    from articles.models.article import Article

# Which part of the article a gram is looked up in; each holds the ones before it as well.
HEADLINE, LEAD, TEXT = "1", "2", "3"
DAY = 86_400
# Changes with the way in which terms are made: every entry is then out of date.
VERSION = 1
# SQLite's tokenizer parts words at ASCII marks and knows no way to quote them: such a mark stands
# in the index as a character of the private use area.
_UNBREAKABLE = {
    code: 0xE000 + code for code in range(128) if not chr(code).isalnum() and chr(code) != "\n"
}


class SearchEntryManager(models.Manager["SearchEntry"]):
    def write(self, articles: Iterable[Article], *, anew: bool = False) -> int:
        """Makes the index say what these articles say; returns how many entries that changed.

        Call it in the transaction that writes the articles. `anew` also writes entries that
        seem to be right.
        """
        wanted = {article.pk: _entry(article) for article in articles}
        if not anew:
            known = self.filter(pk__in=wanted).values_list("pk", "checksum")
            for pk, checksum in known:
                if wanted[pk].checksum == checksum:
                    del wanted[pk]
        with transaction.atomic():
            if connection.vendor == "postgresql":
                _write_postgresql(wanted.values())
            else:
                _write_sqlite(list(wanted.values()))
        return len(wanted)


class SearchEntry(models.Model):
    """Where an article stands in the index. Its terms stand beside the columns named here.

    On PostgreSQL they are a tsvector in this row, on SQLite a row of the FTS5 table
    `articles_searchgrams` under the entry's place (see the migration). Neither holds positions:
    a longer word is looked for in the article's `search_text` after its pairs are found.
    """

    article = models.OneToOneField(
        "articles.Article", models.CASCADE, primary_key=True, related_name="search_entry"
    )
    # The second of publication: the order in which the newest are found first, without a sort.
    # On SQLite no two entries share one; a later comer moves on by seconds.
    place = models.BigIntegerField(db_index=True)
    # How many characters of `search_text` are headlines; headlines and teaser.
    headline_length = models.PositiveIntegerField()
    lead_length = models.PositiveIntegerField()
    checksum = models.BigIntegerField()

    objects = SearchEntryManager()

    class Meta:
        verbose_name = "検索の索引"
        verbose_name_plural = "検索の索引"

    def __str__(self) -> str:
        return str(self.pk)


def place_of(moment: datetime | str) -> int:
    """The second of a moment, also of one that Django takes as text."""
    read: datetime = models.DateTimeField().to_python(moment)
    return int(read.timestamp())


def section_term(pk: int) -> str:
    return f"s{pk}"


def day_term(place: int) -> str:
    """On PostgreSQL only, whose index has no order: narrows a search to the newest days."""
    return f"d{place // DAY}"


def checksum_of(article: Article) -> int:
    """Differs when an entry would: of the text, the section and the time."""
    moment = article.publish_at or article.created_at
    rest = f"{VERSION} {article.section_id} {place_of(moment)}\n"
    return zlib.crc32(article.search_text.encode(), zlib.crc32(rest.encode()))


def match_expression(
    terms: Iterable[str], without: Iterable[str] = (), any_of: Iterable[str] = ()
) -> str:
    """Terms that must all be there, must not, and of which one must, in the database's words."""
    if connection.vendor == "postgresql":
        parts = [_quoted(term) for term in terms]
        parts += [f"!{_quoted(term)}" for term in without]
        alternatives = " | ".join(_quoted(term) for term in any_of)
        return " & ".join([*parts, f"({alternatives})"] if alternatives else parts)
    expression = " AND ".join(f'"{term.translate(_UNBREAKABLE)}"' for term in terms)
    excluded = " OR ".join(f'"{term.translate(_UNBREAKABLE)}"' for term in without)
    return f"({expression}) NOT ({excluded})" if excluded else expression


def _quoted(term: str) -> str:
    doubled = term.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


def _entry(article: Article) -> SearchEntry:
    headline, short, teaser, _ = article.search_text.split("\n", 3)
    headline_length = len(headline) + 1 + len(short)
    return SearchEntry(
        article=article,
        place=place_of(article.publish_at or article.created_at),
        headline_length=headline_length,
        lead_length=headline_length + 1 + len(teaser),
        checksum=checksum_of(article),
    )


def _terms(entry: SearchEntry) -> list[str]:
    text = entry.article.search_text
    parts = (HEADLINE, entry.headline_length), (LEAD, entry.lead_length), (TEXT, len(text))
    terms = [zone + gram for zone, end in parts for gram in grams(text[:end])]
    return [section_term(entry.article.section_id), *terms]


def _columns(entry: SearchEntry) -> tuple[Any, ...]:
    return (
        entry.pk, entry.place, entry.headline_length, entry.lead_length, entry.checksum,
    )  # fmt: skip


def _write_postgresql(entries: Iterable[SearchEntry]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO articles_searchentry"
            " (article_id, place, headline_length, lead_length, checksum, grams)"
            " VALUES (%s, %s, %s, %s, %s, array_to_tsvector(%s::text[]))"
            " ON CONFLICT (article_id) DO UPDATE SET place = excluded.place,"
            " headline_length = excluded.headline_length, lead_length = excluded.lead_length,"
            " checksum = excluded.checksum, grams = excluded.grams",
            [(*_columns(entry), [day_term(entry.place), *_terms(entry)]) for entry in entries],
        )


def _write_sqlite(entries: Sequence[SearchEntry]) -> None:
    # A trigger takes the terms away with the entry.
    SearchEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()
    _give_places(entries)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO articles_searchentry"
            " (article_id, place, headline_length, lead_length, checksum)"
            " VALUES (%s, %s, %s, %s, %s)",
            [_columns(entry) for entry in entries],
        )
        cursor.executemany(
            "INSERT INTO articles_searchgrams (rowid, grams) VALUES (%s, %s)",
            [(entry.place, "\n".join(_terms(entry)).translate(_UNBREAKABLE)) for entry in entries],
        )


def _give_places(entries: Sequence[SearchEntry]) -> None:
    """Moves entries whose place is taken on to a free one: by seconds, by more in a crowd."""
    given: set[int] = set()
    for entry in entries:
        first, span = entry.place, 8
        while entry.place in given or SearchEntry.objects.filter(place=entry.place).exists():
            entry.place = first + 1 + secrets.randbelow(span)
            span *= 2
        given.add(entry.place)
