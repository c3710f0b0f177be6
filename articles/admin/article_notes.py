"""Notes on an article: a tab of the editing screen, and a page of its own without a script."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods

from articles import noting
from articles.admin.article_screen import Screen
from articles.models import Article, ArticleNote


class Notes(Screen):
    """Who may see an article at the desk may also speak of it there."""

    def get_urls(self) -> list[URLPattern]:
        view = require_http_methods(["GET", "HEAD", "POST"])(self.notes_view)
        wrapped = self.admin_site.admin_view(view)
        own = [path("<path:object_id>/notes/", wrapped, name="articles_article_notes")]
        return own + super().get_urls()

    def screen_context(self, request: HttpRequest, article: Article | None) -> dict[str, Any]:
        context = super().screen_context(request, article)
        if article is None:
            return context
        return context | {
            "notes_url": self._notes_address(article),
            "open_notes": noting.open_notes(article),
        }

    def notes_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        article = self.get_object(request, unquote(object_id))
        if article is None:
            raise Http404
        if not self.has_view_permission(request, article):
            raise PermissionDenied
        if request.method != "POST":
            return self._notes_page(request, article)
        try:
            self._do(request, article)
        except ValidationError as error:
            return self._notes_page(request, article, error.messages)
        back = f"{self.admin_site.name}:index" if request.POST.get("from") == "index" else ""
        return HttpResponseRedirect(reverse(back) if back else self._notes_address(article))

    def _do(self, request: HttpRequest, article: Article) -> None:
        """What the button asks: one of settle, reopen and read names a note, else write."""
        for name in ("settle", "reopen", "read"):
            if name in request.POST:
                note = _note(article, request.POST[name])
                if name == "settle":
                    noting.settle(note, by=request.user)
                elif name == "reopen":
                    noting.reopen(note)
                else:
                    noting.mark_read([note], by=request.user)
                return
        noting.write_note(article, request.POST.get("text", ""), by=request.user)

    def _notes_page(
        self, request: HttpRequest, article: Article, errors: list[str] | None = None
    ) -> HttpResponse:
        notes = noting.notes_of(article)
        for note in notes:
            note.is_asked = any(  # type: ignore[attr-defined]
                item.user_id == request.user.pk and item.read_at is None
                for item in note.mentions.all()
            )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "記事のメモ",
            "article": article,
            "notes": notes,
            "open_notes": sum(note.resolved_at is None for note in notes),
            "colleagues": [noting.name_of(user) for user in noting.colleagues()],
            "notes_url": self._notes_address(article),
            "max_length": noting.MAX_LENGTH,
            "errors": errors or [],
            "text": request.POST.get("text", "") if errors else "",
        }
        template = "admin/articles/article/notes.html"
        return TemplateResponse(request, template, context, status=400 if errors else 200)

    def _notes_address(self, article: Article) -> str:
        return reverse(f"{self.admin_site.name}:articles_article_notes", args=[article.pk])


def _note(article: Article, value: str) -> ArticleNote:
    """The note of this article that a button names. Raises Http404."""
    if not (value.isascii() and value.isdigit() and len(value) < 16):
        raise Http404
    note = article.notes.filter(pk=int(value)).first()
    if note is None:
        raise Http404
    return note
