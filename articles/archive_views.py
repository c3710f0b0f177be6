"""The archive's pages: years, a year, a month, a day."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from articles import archive
from articles.archive import Period
from articles.caching import (
    article_keys,
    day_key,
    month_key,
    public_page,
    reader_page,
    year_key,
)
from articles.listing import bare_first_page, page_of

# A day is read as a whole; only a very large newsroom's takes a second page.
DAY_ITEMS = 100


@reader_page
def archive_index(request: HttpRequest) -> HttpResponse:
    found = archive.years()
    # A new year begins with an article of this one.
    keys = {year_key(timezone.localdate()), *(year_key(year.start) for year in found)}
    response = render(request, "articles/archive.html", {"years": found})
    return public_page(request, response, keys)


@reader_page
def archive_year(request: HttpRequest, year: int) -> HttpResponse:
    period = Period.of(year)
    months = archive.months(period)
    if not months:
        raise Http404
    around = _around(period)
    context = {"period": period, "months": months, **around}
    keys = {year_key(period.start), *article_keys(around["neighbours"])}
    return public_page(request, render(request, "articles/archive_year.html", context), keys)


@reader_page
@bare_first_page
def archive_month(request: HttpRequest, year: int, month: int) -> HttpResponse:
    period = Period.of(year, month)
    page = page_of(request, period.articles.newest().for_lists())
    if not page.paginator.count:
        raise Http404
    around = _around(period)
    context = {
        "period": period,
        "page": page,
        "calendar": archive.calendar_of(period.start),
        **around,
    }
    keys = {month_key(period.start), *article_keys([*page, *around["neighbours"]])}
    return public_page(request, render(request, "articles/archive_month.html", context), keys)


@reader_page
@bare_first_page
def archive_day(request: HttpRequest, year: int, month: int, day: int) -> HttpResponse:
    """A day's articles by section, in each in the order of time.

    Which of them stand on a page is a matter of time alone, so that an index finds them.
    """
    period = Period.of(year, month, day)
    articles = period.articles.select_related("section").defer("body", "search_text")
    page = page_of(request, articles.order_by("publish_at", "id"), items=DAY_ITEMS)
    if not page.paginator.count:
        raise Http404
    around = _around(period)
    context = {
        "period": period,
        "page": page,
        "by_section": sorted(page, key=lambda item: (item.section.order, item.section_id)),
        "calendar": archive.calendar_of(period.start),
        **around,
    }
    # The month's for the calendar.
    keys = {day_key(period.start), month_key(period.start)}
    keys |= article_keys([*page, *around["neighbours"]])
    return public_page(request, render(request, "articles/archive_day.html", context), keys)


def _around(period: Period) -> dict[str, Any]:
    """The nearest periods that have articles, and the articles by which they have them."""
    before, after = period.newest_before(), period.oldest_after()
    return {
        "previous": before and before.publish_at and Period.around(before.publish_at, period.parts),
        "following": after and after.publish_at and Period.around(after.publish_at, period.parts),
        "neighbours": [article for article in (before, after) if article],
    }
