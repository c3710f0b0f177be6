"""The trash at the desk: what was deleted, who did it, and the way back."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from articles.admin.article_screen import Screen
from articles.admin.times import desk_time
from articles.models import Article
from articles.trash import KEPT, bring_back

MOST_LISTED = 200


class Trash(Screen):
    """Deleted drafts wait for thirty days."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("trash/", wrap(self.trash_view), name="articles_article_trash"),
            path(
                "trash/<int:pk>/bring-back/",
                wrap(require_POST(self.bring_back_view)),
                name="articles_article_bring_back",
            ),
        ]
        return own + super().get_urls()

    def trash_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_delete_permission(request):
            raise PermissionDenied
        found = self._mine(request).select_related("section", "trashed_by")
        rows = [
            {
                "article": article,
                "when": desk_time(article.trashed_at),
                "until": desk_time(article.trashed_at + KEPT) if article.trashed_at else "",
            }
            for article in found.defer("body", "search_text").order_by("-trashed_at")[:MOST_LISTED]
        ]
        context = {"title": "ごみ箱", "rows": rows, "days": KEPT.days, "opts": self.opts}
        return TemplateResponse(
            request,
            "admin/articles/article/trash.html",
            {**self.admin_site.each_context(request), **context},
        )

    def bring_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_delete_permission(request):
            raise PermissionDenied
        article = self._mine(request).filter(pk=pk).first() if pk < 2**31 else None
        if article is None:
            raise Http404("ごみ箱にその記事はありません。")
        try:
            bring_back(article, by=request.user)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        else:
            text = f"「{article.headline}」を元に戻しました。"
            self.message_user(request, text, messages.SUCCESS)
        name = f"{self.admin_site.name}:articles_article_change"
        return HttpResponseRedirect(reverse(name, args=[article.pk]))

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        """Says where the article went, with the way back beside it."""
        undo = reverse(f"{self.admin_site.name}:articles_article_bring_back", args=[obj_id])
        text = format_html(
            "「{}」をごみ箱に入れました。"
            '<form method="post" action="{}" class="undo">'
            '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
            '<button type="submit" class="linklike">元に戻す</button></form>',
            obj_display,
            undo,
            get_token(request),
        )
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(reverse(f"{self.admin_site.name}:articles_article_changelist"))

    def _mine(self, request: HttpRequest) -> QuerySet[Article]:
        """A writer sees what the writer deleted or wrote; whoever publishes sees all."""
        rows = Article.objects.trashed()
        if request.user.has_perm("articles.publish_article"):
            return rows
        return rows.filter(Q(trashed_by=request.user.pk) | Q(created_by=request.user.pk))
