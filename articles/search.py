"""From the words somebody typed to the articles that hold them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import IntegerField, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import StrIndex
from django.utils import timezone

from articles.models import Agency, Article, PhotoQuerySet, SearchEntry
from articles.models.search_entry import (
    DAY,
    HEADLINE,
    LEAD,
    TEXT,
    day_term,
    match_expression,
    place_of,
    section_term,
)
from articles.text import fold, grams

MAX_CHARACTERS = 200
MAX_WORDS = 8
# A search counts and leads no further: it costs the same however many articles hold a word.
MOST_FOUND = 1000


@dataclass(frozen=True)
class Period:
    name: str
    label: str
    length: timedelta


# PostgreSQL looks among about so many first, where they are of so many days at most.
NEWEST_LOOKED_AT = 10_000
MOST_DAYS = 100
_FAR = 2**62

PERIODS = {
    period.name: period
    for period in (
        Period("day", "24時間以内", timedelta(days=1)),
        Period("week", "1週間以内", timedelta(days=7)),
        Period("month", "1か月以内", timedelta(days=31)),
        Period("year", "1年以内", timedelta(days=366)),
    )
}

# A phrase in its marks, or what stands between blanks. Folding has made ＂ and － ASCII.
_PHRASE = re.compile(r"""([-−‐–—](?=\S))?(?:"([^"]+)"|“([^”]+)”|「([^」]+)」|『([^』]+)』|(\S+))""")
_QUOTES = '"“”「」『』'
_ENDS = {HEADLINE: "e.headline_length", LEAD: "e.lead_length"}


@dataclass(frozen=True)
class Query:
    """Folded words and phrases that must all be there, and those that must not."""

    words: tuple[str, ...]
    without: tuple[str, ...] = ()


@lru_cache(maxsize=256)
def parse(text: str) -> Query:
    """What somebody typed: words between blanks, 「phrases」, -words to leave out.

    Nothing is an error: marks without a partner and what goes beyond the bounds are left out.
    """
    words: dict[str, None] = {}
    without: dict[str, None] = {}
    for match in _PHRASE.finditer(fold(text[:MAX_CHARACTERS])):
        minus, *kinds = match.groups()
        word = next(kind for kind in kinds if kind is not None).strip()
        word = word.strip(_QUOTES) if kinds[-1] else word
        if word:
            (without if minus else words).setdefault(word)
    return Query(tuple(words)[:MAX_WORDS], tuple(without)[:MAX_WORDS])


def find(  # noqa: PLR0913 (what a reader may choose, by name)
    articles: QuerySet[Article],
    query: Query,
    *,
    by_relevance: bool = False,
    section: int | None = None,
    since: datetime | None = None,
    newest_days: bool = False,
) -> list[int]:
    """The ids of those of the articles that hold every word, at most MOST_FOUND.

    The newest first; by relevance those before that hold all words in their headlines, then
    those that hold them in headlines and teaser. Empty for a query without a word. `section`
    and `since` narrow in the index what `articles` need not read row by row. `newest_days` is
    for articles none of which lies in the future.
    """
    if not query.words:
        return []
    found: dict[int, None] = {}
    bounds = _Bounds(section, _windows(since, newest_days=newest_days))
    # Each part holds the ones before it: where one is full, the next has nothing to add.
    for part in (HEADLINE, LEAD, TEXT) if by_relevance else (TEXT,):
        of_part = _newest(articles, query, part, bounds)
        found |= dict.fromkeys(of_part)
        if len(of_part) == MOST_FOUND:
            break
    return list(found)[:MOST_FOUND]


def _newest(articles: QuerySet[Article], query: Query, part: str, bounds: _Bounds) -> list[int]:
    """The newest of the articles whose part holds every word.

    The index names them newest first, and each is asked at the articles' own door, until there
    are enough.
    """
    terms = [part + gram for word in query.words for gram in _pairs(word)]
    if bounds.section is not None:
        terms.append(section_term(bounds.section))
    short = [TEXT + word for word in query.without if len(word) <= 2]
    try:
        door, door_parameters = _door(articles, query, part)
    except EmptyResultSet:
        return []
    sql = _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE
    parameters: list[Any] = []
    for days, earliest, latest in bounds.windows:
        expression = match_expression(terms, short, days)
        parameters += [expression, earliest, latest, *door_parameters, MOST_FOUND]
    arms = " UNION ALL ".join([sql.format(door=door)] * len(bounds.windows))
    with connection.cursor() as cursor:
        cursor.execute(_FIRST.format(arms=arms), [*parameters, MOST_FOUND])
        return [pk for (pk,) in cursor.fetchall()]


_FIRST = "SELECT article_id FROM ({arms}) found LIMIT %s"
# The order of the joins is the point: the other way round all public articles would be read.
_SQLITE = """
SELECT e.article_id FROM articles_searchgrams g
CROSS JOIN articles_searchentry e ON e.place = g.rowid
WHERE g.articles_searchgrams MATCH %s AND g.rowid >= %s AND g.rowid < %s AND EXISTS ({door})
ORDER BY g.rowid DESC LIMIT %s
"""
# OFFSET 0 keeps the planner from asking for all articles first and for the index last.
_POSTGRESQL = """
(SELECT e.article_id FROM (
  SELECT * FROM (
    SELECT article_id, place, headline_length, lead_length FROM articles_searchentry
    WHERE grams @@ %s::tsquery OFFSET 0
  ) hits
  WHERE place >= %s AND place < %s ORDER BY place DESC, article_id DESC OFFSET 0
) e
CROSS JOIN LATERAL ({door}) d LIMIT %s)
"""


@dataclass(frozen=True)
class _Bounds:
    """Where in the index to look: a section, and one stretch of time after the other."""

    section: int | None
    # Day terms of which one must be there (none: any day), from which place, up to which.
    windows: tuple[tuple[tuple[str, ...], int, int], ...]


def _windows(since: datetime | None, *, newest_days: bool) -> Any:
    """One stretch of time, or on PostgreSQL two: the newest days, then all before them.

    Its index names articles in no order. A word that half of them hold is found often enough in
    the newest days, and PostgreSQL then never begins with the others.
    """
    earliest = place_of(since) if since else -_FAR
    if connection.vendor != "postgresql" or not newest_days:
        return (((), earliest, _FAR),)
    entries = SearchEntry.objects.order_by("-place").values_list("place", flat=True)
    edge = entries[NEWEST_LOOKED_AT : NEWEST_LOOKED_AT + 1].first()
    tomorrow = place_of(timezone.now()) // DAY * DAY + DAY
    if edge is None or not 0 <= tomorrow - edge <= MOST_DAYS * DAY:
        return (((), earliest, _FAR),)
    edge = edge // DAY * DAY
    days = tuple(day_term(place) for place in range(edge, tomorrow, DAY))
    newest = (days, max(earliest, edge), _FAR)
    return (newest,) if earliest >= edge else (newest, ((), earliest, edge))


def _door(articles: QuerySet[Article], query: Query, part: str) -> tuple[str, tuple[Any, ...]]:
    """Is the article of entry `e` among the articles, and does it hold the longer words?"""
    door = articles.filter(pk=RawSQL("e.article_id", ()))
    # Pairs that are all there need not stand side by side.
    for number, word in enumerate(query.words):
        if len(word) > 2:
            at = f"word_{number}"
            door = door.alias(**{at: StrIndex("search_text", Value(word))})
            door = door.filter(**{f"{at}__gt": 0})
            if part in _ENDS:
                end = RawSQL(_ENDS[part], (), output_field=IntegerField())  # noqa: S611 (ours)
                door = door.filter(**{f"{at}__lte": end - Value(len(word) - 1)})
    for word in query.without:
        if len(word) > 2:
            door = door.exclude(search_text__contains=word)
    sql, parameters = door.order_by().values("pk")[:1].query.sql_with_params()
    return sql, parameters


def _pairs(word: str) -> Iterable[str]:
    return [word] if len(word) == 1 else sorted(pair for pair in grams(word) if len(pair) == 2)


def matching_photos(photos: PhotoQuerySet, query: str) -> PhotoQuerySet:
    """Photos of which every word stands in their own words or in their agency's name.

    Folded like articles. An empty query finds nothing.
    """
    words = fold(query[:MAX_CHARACTERS]).split()[:MAX_WORDS]
    if not words:
        return photos.none()
    # A newsroom has dozens of agencies, and may rename one: asked each time.
    names = {pk: fold(name) for pk, name in Agency.objects.values_list("pk", "name")}
    for word in words:
        agencies = [pk for pk, name in names.items() if word in name]
        photos = photos.filter(Q(search_text__contains=word) | Q(agency__in=agencies))
    return photos
