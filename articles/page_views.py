"""Pages beside the news: about the newspaper, corrections, saved articles."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from articles.caching import CORRECTIONS, article_key, public_page, reader_page
from articles.listing import bare_first_page, page_of
from articles.models import AboutPage, Article, Correction

MOST_SAVED = 100
_IDS = re.compile(r"[1-9][0-9]{0,17}(,[1-9][0-9]{0,17}){0,99}")


@reader_page
def about(request: HttpRequest) -> HttpResponse:
    response = render(request, "articles/about.html", {"pages": AboutPage.objects.shown()})
    # Their titles stand in every footer, so a change of any of them makes all pages anew.
    return public_page(request, response, ())


@reader_page
def about_page(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(AboutPage.objects.shown(), slug=slug)
    return public_page(request, render(request, "articles/about_page.html", {"page": found}), ())


@reader_page
@bare_first_page
def corrections(request: HttpRequest) -> HttpResponse:
    """What was corrected, the newest first; of a withdrawn article without its words."""
    readable = Article.objects.public() | Article.objects.formerly_public()
    found = (
        Correction.objects.shown()
        .filter(Exists(readable.filter(pk=OuterRef("article_id"))))
        .select_related("article__section")
        .defer("article__body", "article__search_text")
        .order_by("-published_at", "-id")
    )
    page = page_of(request, found)
    now = timezone.now()
    context = {
        "page": page,
        "corrections": [(item, item.article.is_public(now)) for item in page],
    }
    keys = {CORRECTIONS, *(article_key(item.article_id) for item in page)}
    return public_page(request, render(request, "articles/corrections.html", context), keys)


@reader_page
def saved(request: HttpRequest) -> HttpResponse:
    """The frame of the list that saved.js fills from what this device has kept."""
    return public_page(request, render(request, "articles/saved.html"), ())


@reader_page
def articles_json(request: HttpRequest) -> HttpResponse:
    """Of the articles named by `?ids=` those that are public now, in brief."""
    written = request.GET.get("ids", "")
    if not _IDS.fullmatch(written):
        message = f"ids には記事の番号をコンマで区切って{MOST_SAVED}件まで書きます。"
        return _json({"error": message}, status=400)
    ids = {int(number) for number in written.split(",")}
    public = Article.objects.public().select_related("section").filter(pk__in=ids).newest()
    body = {
        "articles": [
            {
                "id": article.pk,
                "url": article.get_absolute_url(),
                "headline": article.headline,
                "section": article.section.name,
                "published_at": timezone.localtime(article.publish_at).isoformat("T", "seconds"),
            }
            for article in public.defer("body", "search_text")
        ]
    }
    # Of all that were asked for: what is not public now may be so again.
    return public_page(request, _json(body), {article_key(pk) for pk in ids})


def _json(body: Mapping[str, object], status: int = 200) -> JsonResponse:
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})
