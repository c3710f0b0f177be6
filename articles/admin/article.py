"""Articles at the desk: the list, the form, and the buttons that call the verbs."""

from __future__ import annotations

from typing import Any

from adminsortable2.admin import SortableAdminBase
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles import publishing
from articles.admin.article_actions import VerbActions
from articles.admin.article_form import ArticleForm
from articles.admin.deleting import DeletesWhole
from articles.admin.fields import TIMES
from articles.admin.filters import PeriodFilter, StateFilter, TagFilter
from articles.admin.inlines import (
    AuthorInline,
    CorrectionInline,
    PhotoInline,
    RelatedInline,
    TeaserInline,
)
from articles.admin.thumbnails import thumbnail
from articles.admin.times import desk_time
from articles.caching import keys_of, section_key
from articles.models import Article, Correction
from articles.search import matching

_STATE_CLASSES = {"公開": "is-public", "予約": "is-scheduled", "取り下げ": "is-withdrawn"}


class RefusedSaveError(Exception):
    """A verb refused; the transaction is rolled back and the form shows why."""

    def __init__(self, error: ValidationError) -> None:
        super().__init__(error)
        self.error = error


@admin.register(Article)
class ArticleAdmin(VerbActions, DeletesWhole, SortableAdminBase, admin.ModelAdmin[Article]):
    form = ArticleForm
    formfield_overrides = TIMES
    inlines = [PhotoInline, AuthorInline, TeaserInline, RelatedInline, CorrectionInline]
    autocomplete_fields = ["agency"]
    list_display: tuple[Any, ...] = (
        "thumbnail_column",
        "headline_column",
        "section",
        "state_column",
        "publish_time",
        "author_names",
    )
    list_display_links = ("headline_column",)
    list_select_related = ("section", "lead_photo")
    list_filter = (StateFilter, PeriodFilter, "section", "authors", "agency", TagFilter)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("search_text",)
    search_help_text = (
        "見出し・リード・本文から探します。2文字から。全角半角、かなカナは問いません。"
    )
    ordering = ("-id",)
    save_on_top = True
    view_on_site = False
    actions = ("publish_chosen", "withdraw_chosen")

    class Media:
        js = ["articles/admin.js"]

    # --- the list

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        return Article.objects.live()

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        # Numbers first: sorting and skipping whole rows of a large archive takes seconds.
        page = list(changelist.result_list.values_list("pk", flat=True))
        rows = self.get_queryset(request).select_related(*self.list_select_related)
        rows = rows.defer("body", "search_text").prefetch_related("article_authors__author")
        found = rows.in_bulk(page)
        changelist.result_list = [found[pk] for pk in page if pk in found]
        return changelist

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Article], search_term: str
    ) -> tuple[QuerySet[Article], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        found = matching(Article.objects.live(), term).values("pk")
        by_number = Q(pk=int(term)) if term.isdecimal() and len(term) < 15 else Q()
        return queryset.filter(Q(pk__in=found) | by_number), False

    def describe_choice(self, article: Article) -> dict[str, str]:
        """What the search field of related articles shows of this one."""
        return {"text": f"{article.headline}（{article.state}）"}

    @admin.display(description="")
    def thumbnail_column(self, article: Article) -> SafeString:
        return thumbnail(article.lead_photo)

    @admin.display(description="見出し", ordering="headline")
    def headline_column(self, article: Article) -> str:
        return article.headline

    @admin.display(description="状態", ordering="status")
    def state_column(self, article: Article) -> SafeString:
        state = article.state
        return format_html('<span class="state {}">{}</span>', _STATE_CLASSES.get(state, ""), state)

    @admin.display(description="公開日時", ordering="publish_at")
    def publish_time(self, article: Article) -> SafeString:
        return format_html("<time>{}</time>", desk_time(article.publish_at))

    @admin.display(description="筆者")
    def author_names(self, article: Article) -> str:
        return "、".join(str(item.author) for item in article.article_authors.all()) or "—"

    # --- who may

    def has_change_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        if not super().has_change_permission(request, obj):
            return False
        return obj is None or not _is_out(obj) or may(request, "publish")

    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        if not super().has_delete_permission(request, obj):
            return False
        if obj is None:
            return True
        return not _is_out(obj) and (may(request, "publish") or obj.created_by == request.user)

    # --- the form

    def get_fieldsets(self, request: HttpRequest, obj: Article | None = None) -> Any:
        window: list[Any] = [("publish_at", "unpublish_at"), "embargo_until"]
        if obj is not None and obj.is_public() and self.has_change_permission(request, obj):
            window.append("is_material")
        text = ["headline", ("short_headline", "section"), "teaser", "body"]
        if self.has_change_permission(request, obj):
            text.append("version_token")
        return [
            (None, {"fields": text, "classes": ["desk-text"]}),
            ("分類", {"fields": ["tags", ("dateline", "agency")]}),
            ("公開の窓", {"fields": [*window, ("noindex", "is_sensitive")]}),
        ]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and hasattr(field.widget, "can_delete_related"):
            # Sections and agencies are the newsroom's order: not made in passing.
            field.widget.can_add_related = field.widget.can_change_related = False
            field.widget.can_delete_related = field.widget.can_view_related = False
        return field

    def get_form(self, request: Any, obj: Any = None, change: Any = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.wants_publish = "_publish" in request.POST
        form.refusal = getattr(request, "refusal", None)
        form.editor = request.user
        return form

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Article, inline: Any, prefix: str
    ) -> dict[str, Any]:
        values: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        if isinstance(inline, PhotoInline):
            values["refusal"] = getattr(request, "refusal", None)
        return values

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        context = {
            **(extra_context or {}),
            "may_publish": may(request, "publish"),
            "may_withdraw": may(request, "withdraw"),
        }
        try:
            return super().changeform_view(request, object_id, form_url, context)
        except RefusedSaveError as refused:
            # The same request once more: now the form itself carries the refusal, and shows
            # it beside the fields with everything that was typed.
            request.refusal = refused.error  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, context)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Article | None = None,
    ) -> HttpResponse:
        published = obj is not None and obj.status == Article.Status.PUBLISHED
        begun = obj is not None and obj.publish_at is not None and obj.publish_at <= timezone.now()
        withdrawn = obj is not None and obj.status == Article.Status.WITHDRAWN
        context |= {
            "is_out": published,
            "is_scheduled": published and not begun,
            "is_withdrawn": withdrawn,
            "can_publish": not withdrawn and not (published and begun),
            "saved_at": desk_time(obj.saved_at) if obj else "",
            "revisions": (
                obj.revisions.select_related("created_by").defer("document")[:10] if obj else ()
            ),
        }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request: Any, obj: Article, form: Any, change: bool) -> None:
        request.pages_before = set()
        if not change:
            # The rows that hang on it need its number; the verb writes the rest.
            obj.created_by, obj.version = request.user, 0
            obj.save()
            return
        obj.version = form.cleaned_data["version_token"]
        if _is_out(obj):
            request.pages_before = keys_of(obj) | {section_key(form.initial["section"])}

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        try:
            self._settle(request, form)
        except ValidationError as error:
            raise RefusedSaveError(error) from error

    def save_formset(self, request: Any, form: Any, formset: Any, change: bool) -> None:
        for item in formset.forms:
            if formset.model is Correction and item.instance.pk is None:
                item.instance.created_by = request.user
        super().save_formset(request, form, formset, change)

    def _settle(self, request: Any, form: Any) -> None:
        article: Article = form.instance
        by, pages = request.user, request.pages_before
        if "_publish" in request.POST:
            at = None if form.publish_now else article.publish_at
            publishing.publish(article, by=by, at=at, pages_before=pages)
        elif "_unschedule" in request.POST:
            publishing.unschedule(article, by=by)
        elif article.status == Article.Status.PUBLISHED:
            material = form.cleaned_data["is_material"]
            publishing.update(article, by=by, is_material=material, pages_before=pages)
        else:
            publishing.save_article(article, by=by, reason="保存", pages_before=pages)

    def delete_model(self, request: HttpRequest, obj: Article) -> None:
        try:
            publishing.discard(obj, by=request.user)
        except ValidationError as error:
            raise PermissionDenied from error

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        for article in queryset:
            self.delete_model(request, article)

    # --- after the save: stay at the article

    def response_add(
        self, request: HttpRequest, obj: Article, post_url_continue: str | None = None
    ) -> HttpResponse:
        if "_popup" in request.POST:
            return super().response_add(request, obj, post_url_continue)
        return self._response(request, obj)

    def response_change(self, request: HttpRequest, obj: Article) -> HttpResponse:
        if "_popup" in request.POST:
            return super().response_change(request, obj)
        return self._response(request, obj)

    def _response(self, request: HttpRequest, article: Article) -> HttpResponse:
        self.message_user(request, _what_was_done(article, request), messages.SUCCESS)
        name = f"{self.admin_site.name}:articles_article_change"
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        return HttpResponseRedirect(reverse(name, args=[article.pk]) + query)


def may(request: HttpRequest, verb: str) -> bool:
    """May this user publish, or withdraw?"""
    return request.user.has_perm(f"articles.{verb}_article")


def _is_out(article: Article) -> bool:
    """Published, scheduled or withdrawn: no longer a writer's to change."""
    return article.status in {Article.Status.PUBLISHED, Article.Status.WITHDRAWN}


def _what_was_done(article: Article, request: HttpRequest) -> str:
    if "_publish" in request.POST:
        if article.is_public():
            return "公開しました。"
        return f"予約しました。{desk_time(article.publish_at)} に公開されます。"
    if "_unschedule" in request.POST:
        return "予約を取り消して、下書きに戻しました。"
    if article.status == Article.Status.PUBLISHED:
        return "更新して保存しました。"
    return f"保存しました（第{article.version}版）。"
