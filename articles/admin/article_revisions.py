"""The versions of an article: the list, two compared, one brought back, one kept."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from articles.admin.article_screen import Screen
from articles.admin.comparisons import shown, typed_document
from articles.admin.headline_question import HeadlineQuestion, words_of
from articles.document import RESTORED, article_document
from articles.models import Article, Revision
from articles.revising import Terms, pin, restore_revision

SHOWN_AT_ONCE = 30
NOW, LIVE = "now", "live"
_SIDE = "side"


class RestoreForm(HeadlineQuestion):
    version = forms.IntegerField(widget=forms.HiddenInput)
    is_material = forms.BooleanField(
        label="更新日時を進める",
        required=False,
        help_text="内容が変わる直しのときに。読者の画面に「更新」の時刻が出ます。",
    )

    def __init__(
        self, *args: Any, headlines: tuple[str, str] | None, texts: tuple[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.headlines = headlines
        self.texts = texts

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.headlines is not None:
            self.ask_about_headline(*self.headlines)
            self.ask_about_facts(*self.texts)
        return cleaned


class Revisions(Screen):
    """What was written before, and the way back to it."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path(f"<path:object_id>/{route}", wrap(view), name=f"articles_article_{name}")
            for route, view, name in (
                ("versions/", self.versions_view, "versions"),
                ("compare/", self.compare_view, "compare"),
                ("versions/<int:version>/revert/", self.restore_version_view, "restore_version"),
                ("versions/<int:version>/pin/", require_POST(self.pin_view), "pin_version"),
            )
        ]
        return own + super().get_urls()

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """All versions on a page of their own, in the place of Django's list of field names."""
        article = self._seen(request, object_id)
        context = self._versions(request, article)
        return self._show(request, "history", article, title="これまでの版", **context)

    def versions_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The list alone, for the panel beside the form."""
        article = self._seen(request, object_id)
        return self._show(request, "_versions", article, **self._versions(request, article))

    def compare_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Two states of an article; POST compares what stands in the form with what is stored."""
        article = self._seen(request, object_id)
        if request.method == "POST":
            return self._compare_typed(request, article)
        latest = article.revisions.order_by("-version").values_list("version", flat=True)[:2]
        default = str(latest[1]) if len(latest) > 1 else NOW
        first, second = request.GET.get("a", default), request.GET.get("b", NOW)
        left, right = self._document(article, first), self._document(article, second)
        if article.replaces is not None and LIVE in (first, second):
            # State and times of a working copy are its own and go nowhere.
            left, right = _content(left), _content(right)
        changes = shown(left, right)
        return self._show(
            request,
            "compare",
            article,
            title="版を比べる",
            changes=changes,
            first=self._name(article, first),
            second=self._name(article, second),
            a=first,
            b=second,
            is_side=request.GET.get("view") == _SIDE,
        )

    def restore_version_view(
        self, request: HttpRequest, object_id: str, version: int
    ) -> HttpResponse:
        article = self._seen(request, object_id)
        if not self.has_change_permission(request, article):
            raise PermissionDenied
        revision = self._revision(article, version)
        now = article_document(article)
        headline = str(revision.document.get("headline", article.headline))
        form = RestoreForm(
            request.POST if request.method == "POST" else None,
            initial={"version": article.version},
            headlines=(article.headline, headline) if article.is_public() else None,
            texts=(words_of(now), words_of(now | revision.document)),
        )
        if request.method == "POST" and form.is_valid():
            gone = self._restore(request, article, revision, form)
            if gone is not None:
                self._tell_restored(request, version, gone)
                return HttpResponseRedirect(self._address(article, "change"))
        return self._show(
            request,
            "restore_version",
            article,
            title=f"第{version}版に戻す",
            revision=revision,
            # Of state and times nothing is brought back.
            changes=shown(now, {**now, **_content(revision.document)}),
            form=form,
        )

    def pin_view(self, request: HttpRequest, object_id: str, version: int) -> HttpResponse:
        article = self._seen(request, object_id)
        if not self.has_change_permission(request, article):
            raise PermissionDenied
        is_pinned = request.POST.get("pinned") == "1"
        pin(self._revision(article, version), is_pinned=is_pinned, by=request.user)
        if request.headers.get("X-Requested-With") == "fetch":
            return self._show(request, "_versions", article, **self._versions(request, article))
        return HttpResponseRedirect(self._address(article, "history"))

    def _restore(
        self, request: HttpRequest, article: Article, revision: Revision, form: RestoreForm
    ) -> list[str] | None:
        """What is gone for good, in words; None when it was refused, with the form saying why."""
        values = form.cleaned_data
        terms = Terms(values["is_material"], form.wording_reason)
        try:
            with transaction.atomic():
                gone = restore_revision(
                    article, revision, by=request.user, version=values["version"], terms=terms
                )
                form.write_correction(article, by=request.user)
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
            return None
        return gone

    def _compare_typed(self, request: HttpRequest, article: Article) -> HttpResponse:
        against = request.GET.get("with", NOW)
        stored = self._document(article, against)
        typed = typed_document(request.POST, article_document(article))
        # Readers' state is not the form's to compare.
        typed |= {name: stored[name] for name in stored if name not in _content(typed)}
        return self._show(
            request,
            "_comparison",
            article,
            changes=shown(stored, typed),
            first=self._name(article, against),
            second="この画面",
        )

    def _versions(self, request: HttpRequest, article: Article) -> dict[str, Any]:
        before = request.GET.get("before", "")
        rows = article.revisions.select_related("created_by").order_by("-version")
        if before.isascii() and before.isdecimal() and len(before) < 10:
            rows = rows.filter(version__lt=int(before))
        found = list(rows.defer("document")[: SHOWN_AT_ONCE + 1])
        return {
            "revisions": found[:SHOWN_AT_ONCE],
            "earlier": found[SHOWN_AT_ONCE - 1].version if len(found) > SHOWN_AT_ONCE else None,
            "may_change": self.has_change_permission(request, article),
        }

    def _document(self, article: Article, name: str) -> dict[str, Any]:
        if name == NOW:
            return article_document(article)
        if name == LIVE:
            seen = article.replaces or article
            if not seen.is_public():
                raise Http404("読者が見ている記事は、今はありません。")
            return article_document(seen)
        if not (name.isascii() and name.isdecimal() and len(name) < 10):
            raise Http404("その版はありません。")
        return dict(self._revision(article, int(name)).document)

    def _revision(self, article: Article, version: int) -> Revision:
        found = article.revisions.filter(version=version).first() if version < 2**31 else None
        if found is None:
            raise Http404("その版はありません。古い版は整理されることがあります。")
        return found

    def _name(self, article: Article, name: str) -> str:
        names = {NOW: f"いまの内容（第{article.version}版）", LIVE: "読者が今見ているもの"}
        return names.get(name, f"第{name}版")

    def _seen(self, request: HttpRequest, object_id: str) -> Article:
        article = self.get_object(request, unquote(object_id))
        if article is None:
            raise Http404("その記事はありません。")
        if not self.has_view_permission(request, article):
            raise PermissionDenied
        return article

    def _tell_restored(self, request: HttpRequest, version: int, gone: list[str]) -> None:
        self.message_user(request, f"第{version}版の内容に戻しました。", messages.SUCCESS)
        if gone:
            text = f"もうないため戻せなかったもの：{'、'.join(gone)}"
            self.message_user(request, text, messages.WARNING)

    def _address(self, article: Article, page: str) -> str:
        return reverse(f"{self.admin_site.name}:articles_article_{page}", args=[article.pk])

    def _show(
        self, request: HttpRequest, name: str, article: Article, **context: Any
    ) -> HttpResponse:
        is_part = name.startswith("_")
        shared = {} if is_part else self.admin_site.each_context(request)
        return TemplateResponse(
            request,
            f"admin/articles/article/{name}.html",
            {**shared, "opts": self.opts, "original": article, **context},
        )


def _content(document: dict[str, Any]) -> dict[str, Any]:
    return {name: document[name] for name in RESTORED if name in document}
