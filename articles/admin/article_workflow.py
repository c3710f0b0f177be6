"""The way to publication at the desk: ask for a review, give back, approve, check afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from articles import publishing, reviewing
from articles.admin.article_screen import Screen
from articles.models import Article, ReviewStep
from articles.models.workflow import name_of
from articles.scope import is_in_scope

if TYPE_CHECKING:
    _Choice = forms.ModelChoiceField[User]
else:
    _Choice = forms.ModelChoiceField

STEPS_SHOWN = 6
MOST_UNCHECKED = 100
_AT_REVIEW = (Article.Status.IN_REVIEW, Article.Status.APPROVED)


class _Colleague(_Choice):
    def label_from_instance(self, obj: Any) -> str:
        return name_of(obj)


class SubmitForm(forms.Form):
    to = _Colleague(
        label="頼む人",
        queryset=None,
        required=False,
        empty_label="承認できる人のだれか",
    )
    words = forms.CharField(
        label="ひとこと",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text="見てほしい所、急ぎの理由など。",
    )

    def __init__(self, *args: Any, article: Article, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [
            person.pk for person in reviewing.approvers() if reviewing.may_approve(person, article)
        ]
        self.fields["to"].queryset = reviewing.approvers().filter(  # type: ignore[attr-defined]
            pk__in=people
        )


class ReturnForm(forms.Form):
    words = forms.CharField(
        label="差し戻しの理由",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField", "autofocus": True}),
        help_text="書いた人の画面に出ます。",
        error_messages={"required": "差し戻しの理由を書いてください。"},
    )


class Workflow(Screen):
    """The part of the article's admin between draft and publication."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("unchecked/", wrap(self.unchecked_view), name="articles_article_unchecked"),
            path(
                "<path:object_id>/submit/",
                wrap(self.submit_view),
                name="articles_article_submit",
            ),
            path(
                "<path:object_id>/return/",
                wrap(self.return_view),
                name="articles_article_return",
            ),
        ]
        return own + super().get_urls()

    def screen_context(self, request: HttpRequest, article: Article | None) -> dict[str, Any]:
        context = super().screen_context(request, article)
        if article is None:
            return context | {"can_submit": True}
        user: Any = request.user
        may_change = self.has_change_permission(request, article)
        judges = may_change and reviewing.may_approve(user, article)
        at_review = article.status in _AT_REVIEW
        needs_approval = needs_approval_now(article)
        is_over = article.status == Article.Status.WITHDRAWN or (
            article.status == Article.Status.PUBLISHED
            and article.publish_at is not None
            and article.publish_at <= timezone.now()
        )
        return context | {
            "can_submit": may_change and article.status == Article.Status.DRAFT,
            "can_approve": judges and article.status == Article.Status.IN_REVIEW,
            "can_return": judges and at_review,
            "can_take_back": may_change and at_review,
            "can_publish": not is_over
            and (not needs_approval or user.has_perm("articles.publish_urgently")),
            "needs_approval": needs_approval,
            "is_out_of_scope": not is_in_scope(user, article.section_id),
            "review_steps": list(
                article.review_steps.select_related("by", "to").order_by("-id")[:STEPS_SHOWN]
            ),
        }

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        request.has_changed = (
            not change or form.has_changed() or any(rows.has_changed() for rows in formsets)
        )
        super().save_related(request, form, formsets, change)

    def settle_review(self, request: Any, article: Article) -> bool:
        """What the buttons of this part do after the rows are written; False for other buttons.

        Raises ValidationError.
        """
        wanted = {"_submit", "_return", "_approve", "_take_back"} & set(request.POST)
        if not wanted:
            return False
        if request.has_changed:
            publishing.save_article(article, by=request.user, reason="保存")
        if "_approve" in wanted:
            reviewing.approve(article, by=request.user)
        elif "_take_back" in wanted:
            reviewing.take_back(article, by=request.user)
        return True

    def response_to_review(self, request: HttpRequest, article: Article) -> HttpResponse | None:
        """Where the buttons of this part lead; None for other buttons."""
        for name in ("submit", "return"):
            if f"_{name}" in request.POST:
                address = f"{self.admin_site.name}:articles_article_{name}"
                return HttpResponseRedirect(reverse(address, args=[article.pk]))
        return None

    # --- pages

    def submit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        article = self._found(request, object_id)
        if not self.has_change_permission(request, article):
            raise PermissionDenied
        if article is None or article.status != Article.Status.DRAFT:
            return self._not_now(request, article, "下書きだけをレビューに出せます。")
        form = SubmitForm(request.POST or None, article=article)
        if request.method == "POST" and form.is_valid():
            try:
                reviewing.submit(article, by=request.user, **form.cleaned_data)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                to = form.cleaned_data["to"]
                asked = f"{name_of(to)}さんに" if to else ""
                return self._back(request, article, f"{asked}レビューを依頼しました。")
        return self._step_page(
            request, article, form, title="レビュー依頼", button="レビューを依頼する"
        )

    def return_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        article = self._found(request, object_id)
        if not request.user.has_perm(reviewing.APPROVE):
            raise PermissionDenied
        if article is not None and not reviewing.may_approve(request.user, article):
            raise PermissionDenied
        if article is None or article.status not in _AT_REVIEW:
            return self._not_now(request, article, "確認待ちか承認済みの記事ではありません。")
        form = ReturnForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                reviewing.give_back(article, by=request.user, reason=form.cleaned_data["words"])
            except ValidationError as error:
                form.add_error(None, error)
            else:
                return self._back(request, article, "差し戻しました。")
        return self._step_page(request, article, form, title="差し戻し", button="差し戻す")

    def unchecked_view(self, request: HttpRequest) -> HttpResponse:
        """速報の事後確認: what went out without an approval and nobody has looked at since."""
        if not request.user.has_perm(reviewing.APPROVE):
            raise PermissionDenied
        if request.method == "POST":
            number = request.POST.get("step", "")
            known = number.isascii() and number.isdigit() and len(number) < 15
            step = ReviewStep.objects.filter(pk=int(number)).first() if known else None
            if step is None:
                self.message_user(request, "その記録はありません。", messages.WARNING)
            else:
                try:
                    reviewing.check_afterwards(step, by=request.user)
                except ValidationError as error:
                    self.message_user(request, " ".join(error.messages), messages.ERROR)
                else:
                    self.message_user(request, "確認しました。", messages.SUCCESS)
            return HttpResponseRedirect(request.path)
        return TemplateResponse(
            request,
            "admin/articles/article/unchecked.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": "速報の事後確認",
                "steps": reviewing.unchecked()[:MOST_UNCHECKED],
            },
        )

    def _found(self, request: HttpRequest, object_id: str) -> Article | None:
        found: Article | None = self.get_object(request, unquote(object_id))
        return found

    def _step_page(
        self, request: HttpRequest, article: Article, form: forms.Form, *, title: str, button: str
    ) -> HttpResponse:
        return TemplateResponse(
            request,
            "admin/articles/article/review_step.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": title,
                "article": article,
                "form": form,
                "button": button,
            },
        )

    def _not_now(self, request: HttpRequest, article: Article | None, why: str) -> HttpResponse:
        if article is None:
            self.message_user(request, "その記事はありません。", messages.WARNING)
            name = f"{self.admin_site.name}:articles_article_changelist"
            return HttpResponseRedirect(reverse(name))
        return self._back(request, article, why, messages.WARNING)

    def _back(
        self, request: HttpRequest, article: Article, said: str, level: int = messages.SUCCESS
    ) -> HttpResponse:
        self.message_user(request, said, level)
        name = f"{self.admin_site.name}:articles_article_change"
        return HttpResponseRedirect(reverse(name, args=[article.pk]))


def needs_approval_now(article: Article) -> bool:
    """Would publishing it as it is stored be refused for want of an approval?

    By its state alone, for the buttons; the verb looks at the content itself.
    """
    return article.section.demands_approval and article.status not in {
        Article.Status.APPROVED,
        Article.Status.HELD,
    }
