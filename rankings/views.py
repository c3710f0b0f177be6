"""The ranking pages and the same lists as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from articles.caching import TOPICS, article_key, public_page, reader_page
from articles.models import Article, Section
from articles.renaming import follows_renames
from rankings import lists
from rankings.models import Window

PAGE_ITEMS = 50
API_ITEMS, API_MOST = 20, 50

HOW_COUNTED = {
    Window.HOURLY: "直近60分間の閲覧数の順です。",
    Window.DAILY: "直近24時間の閲覧数の順です。",
    Window.YESTERDAY: "昨日0時から24時まで（日本時間）の閲覧数の順です。",
    Window.WEEKLY: "直近7日間の閲覧数の順です。",
    Window.MONTHLY: "直近30日間の閲覧数の順です。",
    Window.ALL: "公開してからの閲覧数の合計の順です。",
    Window.RISING: "直近1時間の閲覧が、その記事のこの24時間の平均よりどれだけ多いかの順です。",
}


@reader_page
@follows_renames(Section, "section")
def ranking(
    request: HttpRequest, window: str = Window.DAILY, section: str | None = None
) -> HttpResponse:
    chosen = _window(window)
    sections = list(Section.objects.all())
    shown = next((row for row in sections if row.slug == section), None)
    if section is not None and shown is None:
        raise Http404("no such section")
    listed = lists.ranking(chosen, shown, limit=PAGE_ITEMS)
    response = render(
        request,
        "rankings/ranking.html",
        {
            "ranking": listed,
            "windows": list(Window),
            "sections": sections,
            "section": shown,
            "how_counted": how_counted(chosen),
            "address": lists.address(chosen, shown),
        },
    )
    return public_page(request, response, lists.keys_of(listed))


@reader_page
def ranking_json(request: HttpRequest, window: str) -> HttpResponse:
    if window not in Window.values:
        return _refused(f"期間「{window}」はありません。{_choices()}のどれかです。", status=404)
    try:
        section, limit = _parameters(request)
    except ValueError as error:
        return _refused(str(error), status=400)
    listed = lists.ranking(Window(window), section, limit=limit)
    body = {
        "window": window,
        "section": section.slug if section else None,
        "computed_at": _iso(listed.computed_at),
        "items": [
            {
                "rank": item.rank,
                "previous_rank": item.previous_rank,
                **_described(item.article),
                "views": item.views,
            }
            for item in listed.items
        ],
    }
    return _answer(request, body, lists.keys_of(listed))


@reader_page
def topics_json(request: HttpRequest) -> HttpResponse:
    try:
        section, limit = _parameters(request)
    except ValueError as error:
        return _refused(str(error), status=400)
    teasers = lists.topic_teasers(limit, section=section)
    body = {
        "section": section.slug if section else None,
        "items": [
            {
                "rank": rank,
                "topic": {
                    "name": teaser.topic.name,
                    "url": settings.SITE_URL + teaser.topic.get_absolute_url(),
                },
                **_described(teaser.article),
                "headline": teaser.shown_headline,
                "teaser": teaser.shown_teaser,
            }
            for rank, teaser in enumerate(teasers, start=1)
        ],
    }
    return _answer(request, body, [TOPICS, *(article_key(teaser.article_id) for teaser in teasers)])


def how_counted(window: Window) -> str:
    """By what a list is ordered, in a reader's words."""
    weight = settings.RANKING_READ_WEIGHT
    if not weight or window == Window.RISING:
        return HOW_COUNTED[window]
    return f"{HOW_COUNTED[window]}最後まで読まれると、さらに{weight}回分として順位に加えます。"


def _window(name: str) -> Window:
    if name not in Window.values:
        raise Http404("no such window")
    return Window(name)


def _choices() -> str:
    return "、".join(Window.values)


def _parameters(request: HttpRequest) -> tuple[Section | None, int]:
    """`section` and `limit`. Raises ValueError with a message for whoever calls the API."""
    unknown = sorted(set(request.GET) - {"section", "limit"})
    if unknown:
        raise ValueError(f"引数「{unknown[0]}」はありません。section と limit が使えます。")
    typed = request.GET.get("limit", str(API_ITEMS))
    if not (typed.isascii() and typed.isdigit() and 1 <= int(typed[:9]) <= API_MOST):
        raise ValueError(f"limit は1から{API_MOST}までの整数です。")
    slug = request.GET.get("section")
    if slug is None:
        return None, int(typed)
    section = Section.objects.filter(slug=slug).first() if "\0" not in slug else None
    if section is None:
        raise ValueError("section に書かれた分野はありません。")
    return section, int(typed)


def _described(article: Article) -> dict[str, Any]:
    return {
        "id": article.pk,
        "url": settings.SITE_URL + article.get_absolute_url(),
        "headline": article.headline,
        "teaser": article.teaser,
        "section": article.section.slug,
        "published_at": _iso(article.publish_at),
    }


def _iso(at: datetime | None) -> str | None:
    return timezone.localtime(at).isoformat(timespec="seconds") if at else None


def _answer(request: HttpRequest, body: dict[str, Any], keys: Iterable[str]) -> HttpResponse:
    response = JsonResponse(body, json_dumps_params={"ensure_ascii": False})
    # Nothing here is private: other sites' pages may read it.
    response["Access-Control-Allow-Origin"] = "*"
    return public_page(request, response, keys)


def _refused(message: str, *, status: int) -> HttpResponse:
    return JsonResponse(
        {"error": message}, status=status, json_dumps_params={"ensure_ascii": False}
    )
