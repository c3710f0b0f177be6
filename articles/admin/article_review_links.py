"""The page of an article's review links: make one, see when it was opened, revoke it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from articles import review_links
from articles.addresses import absolute
from articles.admin.article_screen import Screen
from articles.models import Article, ReviewLink
from articles.scope import is_in_scope

LINKS_SHOWN = 50
_DAYS = [(1, "1日"), (3, "3日"), (7, "7日"), (14, "14日"), (30, "30日")]


class LinkForm(forms.Form):
    recipient = forms.CharField(
        label="見てもらう人",
        max_length=60,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="弁護士、取材先など。一人に一本ずつ作ります。",
        error_messages={"required": "見てもらう人の名前を書いてください。"},
    )
    email = forms.EmailField(
        label="メールアドレス",
        required=False,
        widget=forms.EmailInput(attrs={"class": "vTextField"}),
        help_text="控えです。送信はしません。",
    )
    days = forms.TypedChoiceField(label="期限", choices=_DAYS, coerce=int, initial=3)
    is_pinned = forms.BooleanField(
        label="今の版を見せ続ける",
        required=False,
        help_text="印を付けなければ、いつも最新の内容が見えます。",
    )


class ReviewLinks(Screen):
    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                "<path:object_id>/links/",
                self.admin_site.admin_view(self.links_view),
                name="articles_article_links",
            )
        ]
        return own + super().get_urls()

    def screen_context(self, request: HttpRequest, article: Article | None) -> dict[str, Any]:
        may_link = (
            article is not None
            and article.status != Article.Status.WITHDRAWN
            and _may(request, article)
        )
        return super().screen_context(request, article) | {"may_link": may_link}

    def links_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not request.user.has_perm(review_links.PERMISSION):
            raise PermissionDenied
        article: Article | None = self.get_object(request, unquote(object_id))
        if article is None:
            self.message_user(request, "その記事はありません。", messages.WARNING)
            name = f"{self.admin_site.name}:articles_article_changelist"
            return HttpResponseRedirect(reverse(name))
        if not _may(request, article):
            raise PermissionDenied
        if "revoke" in request.POST:
            return self._revoke(request, article)
        form = LinkForm(request.POST or None)
        address = ""
        if request.method == "POST" and form.is_valid():
            values = dict(form.cleaned_data)
            expires_at = timezone.now() + timedelta(days=values.pop("days"))
            try:
                _, token = review_links.make(
                    article, by=request.user, expires_at=expires_at, **values
                )
            except ValidationError as error:
                form.add_error(None, error)
            else:
                address = absolute(reverse("review", args=[token]))
                form = LinkForm()
        return self._page_of_links(request, article, form, address)

    def _revoke(self, request: HttpRequest, article: Article) -> HttpResponse:
        number = request.POST["revoke"]
        known = number.isascii() and number.isdigit() and len(number) < 19
        link = article.review_links.filter(pk=int(number)).first() if known else None
        if link is None:
            self.message_user(request, "そのリンクはありません。", messages.WARNING)
        else:
            review_links.revoke(link, by=request.user)
            said = f"{link.recipient}さんのリンクを無効にしました。"
            self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect(request.path)

    def _page_of_links(
        self, request: HttpRequest, article: Article, form: LinkForm, address: str
    ) -> HttpResponse:
        links = list(
            ReviewLink.objects.filter(article=article)
            .select_related("created_by")
            .annotate(times=Count("openings"), last_at=Max("openings__at"))[:LINKS_SHOWN]
        )
        response = TemplateResponse(
            request,
            "admin/articles/article/links.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": "確認用リンク",
                "article": article,
                "form": form,
                "address": address,
                "links": links,
            },
        )
        response["Cache-Control"] = "private, no-store"
        return response


def _may(request: HttpRequest, article: Article) -> bool:
    user = request.user
    return user.has_perm(review_links.PERMISSION) and is_in_scope(user, article.section_id)
