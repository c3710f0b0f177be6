"""Takes over a history of views from another system: a CSV file of article, time and views.

The article is its number, its address here, or what it was called where it came from
(`Article.external_id`, usually its old address). The time is an hour (2026-11-20 13:00) or a
day (2026-11-20) in Japan's time. A line says how many views there were, not how many to add:
the same file twice adds nothing, and a corrected line corrects.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import NamedTuple
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from articles.models import Article
from rankings.ledger import DAYS, HOURS_KEPT, WINDOWS, HourRow, add_hours
from rankings.models import ImportedViews
from rankings.turns import epoch_hour, japanese_day, take_turn

LINES_AT_ONCE = 5000
MOST_VIEWS = 1_000_000_000
EARLIEST = date(1995, 1, 1)
_EPOCH = date(1970, 1, 1)
_OWN_ADDRESS = re.compile(r"/articles/(\d{1,9})/?$")
_HEADINGS = {"article", "id", "url", "記事"}


class Line(NamedTuple):
    """A line that could be read. `period` is as in ImportedViews."""

    number: int
    article: str
    period: int
    views: int


@dataclass
class ImportReport:
    lines: int = 0
    # How many views the counts have more (or fewer) than before.
    added: int = 0
    bad: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        refused = f"。{len(self.bad)}行は取り込めませんでした" if self.bad else ""
        return f"{self.lines}行を取り込み、閲覧数を{self.added:,}足しました{refused}。"


def import_views(lines: Iterable[str], now: datetime | None = None) -> ImportReport:
    """Reads CSV lines; a bad one is noted with its number and the rest goes on."""
    report = ImportReport()
    readable = _readable(csv.reader(lines), now or timezone.now(), report)
    while some := list(islice(readable, LINES_AT_ONCE)):
        _take_over(some, report)
    return report


def _readable(rows: Iterator[list[str]], now: datetime, report: ImportReport) -> Iterator[Line]:
    number = 0
    while True:
        number += 1
        try:
            row = next(rows)
            if not any(cell.strip() for cell in row) or (number == 1 and _is_heading(row)):
                continue
            yield _line(number, row, now)
        except StopIteration:
            return
        except (ValueError, csv.Error) as error:
            report.bad.append(f"{number}行目：{error}")


def _is_heading(row: list[str]) -> bool:
    return row[0].strip().lower() in _HEADINGS


def _line(number: int, row: list[str], now: datetime) -> Line:
    if len(row) != 3:
        raise ValueError(f"3列（記事、日時、閲覧数）ではなく{len(row)}列です。")
    article, when, views = (cell.strip() for cell in row)
    if not (views.isascii() and views.isdigit() and int(views[:12]) <= MOST_VIEWS):
        raise ValueError(f"閲覧数「{views[:20]}」は0以上の整数ではありません。")
    if not article or "\0" in article:
        raise ValueError("記事が書かれていません。")
    return Line(number, article, _period(when, now), int(views))


def _period(text: str, now: datetime) -> int:
    try:
        if len(text) <= 10:
            day = date.fromisoformat(text.replace("/", "-"))
            known, latest = day >= EARLIEST, day <= timezone.localdate(now)
            period = -(day - _EPOCH).days
        else:
            moment = _moment(text)
            known, latest = moment.date() >= EARLIEST, moment <= now
            period = epoch_hour(moment.timestamp())
    except (ValueError, OverflowError):
        raise ValueError(
            f"日時「{text[:30]}」が読めません。2026-11-20 か 2026-11-20 13:00 と書きます。"
        ) from None
    if not (known and latest):
        raise ValueError(f"日時「{text[:30]}」は未来か、古すぎます。")
    return period


def _moment(text: str) -> datetime:
    """A full time of day, or only its hour, in Japan's time when it does not say otherwise."""
    text = text.replace("/", "-")
    moment = datetime.fromisoformat(f"{text}:00" if re.search(r"[ T]\d{2}$", text) else text)
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


def _take_over(lines: list[Line], report: ImportReport) -> None:
    ids = _article_ids({line.article for line in lines})
    wanted: dict[tuple[int, int], int] = {}
    for line in lines:
        article_id = ids.get(line.article)
        if article_id is None:
            report.bad.append(f"{line.number}行目：記事「{line.article[:60]}」はありません。")
            continue
        report.lines += 1
        wanted[article_id, line.period] = line.views
    report.added += _add(wanted)


@transaction.atomic
def _add(wanted: dict[tuple[int, int], int]) -> int:
    """Brings the counts to what the file says; returns the difference."""
    state = take_turn()
    known = {
        (row.article_id, row.period): row.views
        for row in ImportedViews.objects.filter(article_id__in={pk for pk, _ in wanted})
    }
    more = {key: views - known.get(key, 0) for key, views in wanted.items()}
    more = {key: views for key, views in more.items() if views}
    hours: dict[tuple[int, int], int] = {}
    days: dict[tuple[int, int], int] = {}
    for (article_id, period), views in more.items():
        # The hours of a day are not known: its views are put at noon, so that they leave the
        # windows with their day.
        hour = period if period > 0 else -period * 24 + 12 - 9
        if hour > state.newest_hour - HOURS_KEPT:
            place = (min(hour, state.newest_hour), article_id)
            hours[place] = hours.get(place, 0) + views
        else:
            day = (japanese_day(hour), article_id)
            days[day] = days.get(day, 0) + views
    add_hours([_hour_row(key, views) for key, views in hours.items()], state.newest_hour)
    DAYS.add((*key, views, views, views, 0, 0) for key, views in days.items())
    totals: dict[int, int] = {}
    for (_, article_id), views in days.items():
        totals[article_id] = totals.get(article_id, 0) + views
    WINDOWS.add((pk, 0, 0, 0, views, 0, 0, 0, views, 0, 0, 0, 0) for pk, views in totals.items())
    _remember({key: wanted[key] for key in more})
    return sum(more.values())


def _hour_row(key: tuple[int, int], views: int) -> HourRow:
    return (*key, views, views, views, 0, 0, 0)


def _remember(imported: dict[tuple[int, int], int]) -> None:
    ImportedViews.objects.bulk_create(
        [
            ImportedViews(article_id=pk, period=p, views=views)
            for (pk, p), views in imported.items()
        ],
        update_conflicts=True,
        unique_fields=["article_id", "period"],
        update_fields=["views"],
    )


def _article_ids(names: set[str]) -> dict[str, int]:
    """The article of each name: number, address here, or name in the old system."""
    numbers = {name: int(name) for name in names if name.isascii() and name.isdigit()}
    numbers = {name: number for name, number in numbers.items() if number < 2**31}
    for name in names - numbers.keys():
        if own := _OWN_ADDRESS.search(urlsplit(name).path if "[" not in name else name):
            numbers[name] = int(own[1])
    there = set(Article.objects.filter(pk__in=set(numbers.values())).values_list("pk", flat=True))
    found = {name: number for name, number in numbers.items() if number in there}
    # What it was called before goes first: an old system may have had such addresses, too.
    external = Article.objects.filter(external_id__in=names)
    return found | {name: pk for pk, name in external.values_list("pk", "external_id") if name}
