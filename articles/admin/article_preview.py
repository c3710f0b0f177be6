"""The preview: the article's page as typed or as saved, and the home page at a time ahead."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from articles import previewing
from articles.admin.article_screen import Screen
from articles.admin.typed import time_from, typed_draft
from articles.models import Article

_BAD_TIME = "日時は「2026-11-23 18:00」のように入れてください。"


class Preview(Screen):
    """`GET` shows what is saved, `POST` of the form's fields what is typed.

    `?at=` is a time of Japan, `?page=home` the home page.
    """

    def get_urls(self) -> list[URLPattern]:
        view = require_http_methods(["GET", "HEAD", "POST"])(self.preview_view)
        wrapped = self.admin_site.admin_view(view)
        own = [
            path("add/preview/", wrapped, name="articles_article_add_preview"),
            path("<path:object_id>/preview/", wrapped, name="articles_article_preview"),
        ]
        return own + super().get_urls()

    def screen_context(self, request: HttpRequest, article: Article | None) -> dict[str, Any]:
        name = f"{self.admin_site.name}:articles_article"
        address = (
            reverse(f"{name}_preview", args=[article.pk])
            if article is not None
            else reverse(f"{name}_add_preview")
        )
        return super().screen_context(request, article) | {"preview_url": address}

    def preview_view(self, request: HttpRequest, object_id: str = "") -> HttpResponse:
        stored = self._previewed(request, object_id)
        at = _time_asked(request)
        if at is None:
            return previewing.in_words(request, _BAD_TIME, 400)
        is_typed = "headline" in request.POST
        draft = typed_draft(request.POST.dict(), stored, at) if is_typed else None
        if request.GET.get("page") == "home":
            return previewing.home_page(request, at, draft)
        if is_typed:
            if draft is None:
                return previewing.in_words(request, "分野を選ぶと、ここに記事のページが出ます。")
        elif stored is not None:
            draft = previewing.stored_draft(stored, at)
        else:
            return previewing.in_words(request, "保存すると、ここに記事のページが出ます。")
        return previewing.article_page(request, draft, at)

    def _previewed(self, request: HttpRequest, object_id: str) -> Article | None:
        """The article to be seen, None for a new one; refuses who may not see it."""
        if not object_id:
            if not self.has_add_permission(request):
                raise PermissionDenied
            return None
        article = self.get_object(request, unquote(object_id))
        if article is None:
            raise Http404
        if not self.has_view_permission(request, article):
            raise PermissionDenied
        return article


def _time_asked(request: HttpRequest) -> datetime | None:
    asked = request.GET.get("at", "")
    return time_from(asked) if asked else timezone.now()
