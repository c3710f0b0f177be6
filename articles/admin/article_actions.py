"""Withdraw and restore with their own pages, and the verbs on many articles of the list."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from articles import publishing
from articles.admin.article_versions import as_seen
from articles.models import Article
from articles.scope import is_in_scope

if TYPE_CHECKING:
    _Base = admin.ModelAdmin[Article]
else:
    _Base = object

MOST_AT_ONCE = 200


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="取り下げの理由",
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField", "autofocus": True}),
        help_text="記録に残ります。読者には出ません。",
        error_messages={"required": "取り下げの理由を書いてください。"},
    )
    why = forms.ChoiceField(
        label="読者に示す理由",
        choices=Article.WithdrawnFor.choices,
        required=False,
        help_text="「掲載を終了しました」のページに出ます。",
    )


class VerbActions(_Base):
    """The half of the article's admin that moves articles between states."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path(
                "<path:object_id>/withdraw/",
                wrap(self.withdraw_view),
                name="articles_article_withdraw",
            ),
            path(
                "<path:object_id>/restore/",
                wrap(self.restore_view),
                name="articles_article_restore",
            ),
        ]
        return own + super().get_urls()

    def withdraw_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        _require(request, "withdraw")
        article = self.get_object(request, unquote(object_id))
        if article is None:
            return self._missing(request)
        if not is_in_scope(request.user, article.section_id):
            raise PermissionDenied
        form = ReasonForm(request.POST or None)
        as_seen(article, request.POST)
        if request.method == "POST" and form.is_valid():
            words = form.cleaned_data
            error = try_verb(lambda: publishing.withdraw(article, by=request.user, **words))
            if error is None:
                self.message_user(request, "取り下げました。", messages.SUCCESS)
                return self._to_article(article)
            form.add_error(None, error)
        return self._page(
            request, "withdraw", title="記事の取り下げ", articles=[article], form=form
        )

    def restore_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        _require(request, "withdraw")
        article = self.get_object(request, unquote(object_id))
        if article is None:
            return self._missing(request)
        if not is_in_scope(request.user, article.section_id):
            raise PermissionDenied
        form = forms.Form(request.POST or None)
        as_seen(article, request.POST)
        if request.method == "POST":
            error = try_verb(lambda: publishing.restore(article, by=request.user))
            if error is None:
                self.message_user(request, "取り下げを取り消しました。", messages.SUCCESS)
                return self._to_article(article)
            form = forms.Form({})
            form.full_clean()
            form.add_error(None, error)
        return self._page(
            request, "restore", title="取り下げの取り消し", articles=[article], form=form
        )

    @admin.action(description="取り下げる", permissions=["withdraw"])
    def withdraw_chosen(
        self, request: HttpRequest, queryset: QuerySet[Article]
    ) -> HttpResponse | None:
        form = ReasonForm(request.POST if "reason" in request.POST else None)
        if form.is_valid():
            words = form.cleaned_data
            self._each(
                request,
                queryset,
                lambda article: publishing.withdraw(article, by=request.user, **words),
                done="件を取り下げました。",
            )
            return None
        return self._page(
            request,
            "withdraw",
            title="記事の取り下げ",
            articles=[as_seen(article, request.POST) for article in queryset[:MOST_AT_ONCE]],
            form=form,
            action="withdraw_chosen",
            checkbox=ACTION_CHECKBOX_NAME,
        )

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("articles.publish_article")

    def has_withdraw_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("articles.withdraw_article")

    def _each(
        self,
        request: HttpRequest,
        queryset: QuerySet[Article],
        verb: Callable[[Article], None],
        *,
        done: str,
    ) -> None:
        """One article at a time: what one refuses does not keep back the others."""
        chosen = list(queryset[: MOST_AT_ONCE + 1])
        if len(chosen) > MOST_AT_ONCE:
            text = f"一度に扱えるのは{MOST_AT_ONCE}件までです。何もしていません。"
            self.message_user(request, text, messages.ERROR)
            return
        count = 0
        for article in chosen:
            as_seen(article, request.POST)
            error = try_verb(lambda article=article: verb(article))  # type: ignore[misc]
            if error is None:
                count += 1
                continue
            why = " ".join(error.messages)
            self.message_user(request, f"「{article.headline}」：{why}", messages.ERROR)
        if count:
            self.message_user(request, f"{count}{done}", messages.SUCCESS)

    def _page(self, request: HttpRequest, name: str, **context: Any) -> HttpResponse:
        return TemplateResponse(
            request,
            f"admin/articles/article/{name}.html",
            {**self.admin_site.each_context(request), "opts": self.opts, **context},
        )

    def _missing(self, request: HttpRequest) -> HttpResponse:
        self.message_user(request, "その記事はありません。", messages.WARNING)
        return HttpResponseRedirect(reverse(f"{self.admin_site.name}:articles_article_changelist"))

    def _to_article(self, article: Article) -> HttpResponse:
        name = f"{self.admin_site.name}:articles_article_change"
        return HttpResponseRedirect(reverse(name, args=[article.pk]))


def _require(request: HttpRequest, verb: str) -> None:
    if not request.user.has_perm(f"articles.{verb}_article"):
        raise PermissionDenied


def try_verb(verb: Callable[[], None]) -> ValidationError | None:
    try:
        verb()
    except ValidationError as error:
        return error
    except PermissionDenied as refusal:
        return ValidationError(str(refusal) or "この操作をする権限がありません。")
    return None
