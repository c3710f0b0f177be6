"""The desk: newsportal's own AdminSite."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils import timezone
from js_asset.media import Media

from articles.models import Article, ArticlePhoto, Photo

# What editors use most comes first; what is not named here comes after, as Django orders it.
ORDER = (
    "Article", "Photo", "Topic", "Correction", "Section", "Tag", "Author", "Agency",
    "Revision", "AuditEntry",
)  # fmt: skip
MOST_IN_A_BOX = 8
HITS_SHOWN = 3
APP_ORDER = ("articles", "rankings", "newsportal", "auth")


class Autocomplete(AutocompleteJsonView):
    """The choices of a search field, with what their admin adds to them: words, a thumbnail."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        result: dict[str, str] = super().serialize_result(obj, to_field_name)
        describe = getattr(self.model_admin, "describe_choice", None)
        return result | describe(obj) if describe else result


class Desk(AdminSite):
    index_title = "きょうの机"
    enable_nav_sidebar = True

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        name = f"{settings.SITE_NAME} 編集デスク"
        return {
            **super().each_context(request),
            "site_header": settings.SITE_NAME,
            "site_title": name,
            "site_name": settings.SITE_NAME,
        }

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        context = {**(extra_context or {})}
        if request.user.has_perm("articles.view_article"):
            context |= _today(request.user.pk)
        if request.user.has_perm("articles.view_photo"):
            context["ending_photos"] = _ending_photos()
        return super().index(request, context)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=lambda model: _place(ORDER, model["object_name"]))
        return sorted(apps, key=lambda app: _place(APP_ORDER, app["app_label"]))

    def autocomplete_view(self, request: HttpRequest) -> Any:
        return Autocomplete.as_view(admin_site=self)(request)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            # PostgreSQL refuses NUL in any value, SQLite finds nothing: answered before either.
            if "%00" in request.META.get("QUERY_STRING", "") or "\x00" in request.path:
                return render(request, "400.html", status=400)
            response: HttpResponseBase = inner(request, *args, **kwargs)
            if isinstance(response, TemplateResponse) and "media" in (response.context_data or {}):
                _give_nonce(response.context_data, request)
            return response

        return guarded


def _give_nonce(context: Any, request: Any) -> None:
    """Lets the import map of the text editor run: the only script of the desk in a page."""
    context["media"] = Media.from_media(context["media"], nonce=str(request.csp_nonce))


def _today(user_id: int | None) -> dict[str, Any]:
    """What is on the desk this morning: mine, what is to come, what went out today."""
    now = timezone.localtime()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    articles = Article.objects.live().select_related("section").defer("body", "search_text")
    published = articles.filter(status=Article.Status.PUBLISHED)
    mine = articles.filter(
        Q(created_by=user_id) | Q(saved_by=user_id),
        status__in=[Article.Status.DRAFT, Article.Status.IN_REVIEW, Article.Status.APPROVED],
    )
    today = published.filter(publish_at__gte=midnight, publish_at__lte=now)
    boxes = [
        ("わたしの下書き", mine.order_by("-saved_at")),
        ("これから公開", published.filter(publish_at__gt=now).order_by("publish_at")),
        ("きょう公開", today.newest()),
    ]
    return {"boxes": [(name, found[:MOST_IN_A_BOX]) for name, found in boxes]}


def _ending_photos() -> list[Photo]:
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


def _place(order: tuple[str, ...], name: str) -> int:
    return order.index(name) if name in order else len(order)
