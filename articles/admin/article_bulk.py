"""Many articles of the list at once: to another section, with other tags; item by item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from articles import checklist, filing, publishing
from articles.admin.article_actions import MOST_AT_ONCE, VerbActions, try_verb
from articles.admin.article_form import MAX_TAG_LENGTH
from articles.admin.article_versions import as_seen
from articles.admin.article_workflow import needs_approval_now
from articles.admin.times import desk_time
from articles.models import Article, Section
from articles.proofreading import Level
from articles.scope import sections_of
from articles.text import split_tags


class TagsField(forms.CharField):
    def clean(self, value: Any) -> Any:
        names = split_tags(super().clean(value))
        for name in names:
            if len(name) > MAX_TAG_LENGTH:
                raise ValidationError(
                    f"タグ「{name[:15]}…」が長すぎます。{MAX_TAG_LENGTH}字までです。"
                )
        if len(names) > filing.MAX_TAGS:
            raise ValidationError(f"タグは{filing.MAX_TAGS}個までです（今は{len(names)}個）。")
        return names


class MoveForm(forms.Form):
    section = forms.ModelChoiceField(
        label="移す先の分野",
        queryset=Section.objects.none(),
        empty_label="選んでください",
        error_messages={
            "required": "移す先の分野を選んでください。",
            "invalid_choice": "その分野には移せません。",
        },
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = sections_of(user)
        sections = Section.objects.all()
        field: Any = self.fields["section"]
        field.queryset = sections if mine is None else sections.filter(pk__in=mine)


class RetagForm(forms.Form):
    add = TagsField(
        label="付けるタグ",
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"class": "vTextField", "placeholder": "東京、灯台"}),
        help_text="「、」かコンマで区切ります。すでに付いている記事にはそのままです。",
    )
    remove = TagsField(
        label="外すタグ",
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        add, remove = values.get("add") or [], values.get("remove") or []
        if not self.errors and not add and not remove:
            raise ValidationError("付けるタグか外すタグを書いてください。")
        return values


class Outlook(NamedTuple):
    """What publishing would do with an article, as far as can be told before."""

    when: str
    # Why it stays in.
    refused: list[str]
    # What would be better otherwise.
    advice: list[str]


def outlook(article: Article, *, by: Any) -> Outlook:
    at = article.publish_at
    error = try_verb(lambda: publishing.refuse_unpublishable(article, by=by, at=at))
    refused = list(error.messages) if error else []
    if not refused and needs_approval_now(article):
        refused = ["この分野の記事は、公開の前に承認が要ります。"]
    said = checklist.review(checklist.copy_of(article), at)
    advice = [
        problem for item in said.items if item.level is Level.ADVISORY for problem in item.problems
    ] + [
        checklist.sentence(judged.finding)
        for judged in said.standing
        if judged.level is Level.ADVISORY
    ]
    return Outlook(f"{desk_time(at)} に予約" if at else "今すぐ公開", refused, advice)


class BulkActions(VerbActions):
    """Actions of the list with a page that asks and names what will be done."""

    @admin.action(description="公開・予約する", permissions=["publish"])
    def publish_chosen(self, request: HttpRequest, queryset: QuerySet[Article]) -> Any:
        form = forms.Form(request.POST if "_confirmed" in request.POST else None)

        def verb(article: Article) -> None:
            publishing.publish(article, by=request.user, at=article.publish_at)

        return self._ask_or_do(
            request,
            queryset,
            form,
            verb,
            foresee=lambda article: outlook(article, by=request.user),
            action="publish_chosen",
            title="公開・予約の確認",
            words="次の記事を公開・予約します。まだ何も公開していません。",
            button="公開・予約する",
            done="件を公開・予約しました。",
        )

    @admin.action(description="分野を移す", permissions=["change"])
    def move_chosen(self, request: HttpRequest, queryset: QuerySet[Article]) -> Any:
        form = MoveForm(request.POST if "_confirmed" in request.POST else None, user=request.user)

        def verb(article: Article) -> None:
            filing.move(article, form.cleaned_data["section"], by=request.user)

        return self._ask_or_do(
            request,
            queryset,
            form,
            verb,
            action="move_chosen",
            title="分野を移す",
            words="次の記事を別の分野に移します。記事のアドレスは変わりません。",
            button="移す",
            done="件を移しました。",
        )

    @admin.action(description="タグを付ける・外す", permissions=["change"])
    def retag_chosen(self, request: HttpRequest, queryset: QuerySet[Article]) -> Any:
        form = RetagForm(request.POST if "_confirmed" in request.POST else None)

        def verb(article: Article) -> None:
            words = form.cleaned_data
            filing.retag(article, add=words["add"], remove=words["remove"], by=request.user)

        return self._ask_or_do(
            request,
            queryset,
            form,
            verb,
            action="retag_chosen",
            title="タグを付ける・外す",
            words="次の記事のタグをまとめて直します。",
            button="直す",
            done="件のタグを直しました。",
        )

    def _ask_or_do(
        self,
        request: HttpRequest,
        queryset: QuerySet[Article],
        form: forms.Form,
        verb: Callable[[Article], None],
        foresee: Callable[[Article], Outlook | None] = lambda _article: None,
        **words: str,
    ) -> HttpResponse | None:
        if form.is_bound and form.is_valid():
            self._each(request, queryset, verb, done=words["done"])
            return None
        rows = queryset.select_related("section").prefetch_related("tagged__tag")[
            : MOST_AT_ONCE + 1
        ]
        if len(rows) > MOST_AT_ONCE:
            text = f"一度に扱えるのは{MOST_AT_ONCE}件までです。何もしていません。"
            self.message_user(request, text, messages.ERROR)
            return None
        seen = [as_seen(article, request.POST) for article in rows]
        return self._page(
            request,
            "bulk",
            rows=[(article, foresee(article)) for article in seen],
            form=form,
            checkbox=ACTION_CHECKBOX_NAME,
            **words,
        )
