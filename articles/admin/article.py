"""Articles at the desk: the list, the form, and the buttons that call the verbs."""

from __future__ import annotations

from typing import Any

from adminsortable2.admin import SortableAdminBase
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles import holding, publishing
from articles.admin.article_bulk import BulkActions
from articles.admin.article_calendar import Calendar
from articles.admin.article_copies import WorkingCopies
from articles.admin.article_form import ArticleForm
from articles.admin.article_merging import Merging
from articles.admin.article_notes import Notes
from articles.admin.article_panel import Panel
from articles.admin.article_photos import Photos
from articles.admin.article_preview import Preview
from articles.admin.article_proofread import Proofreading
from articles.admin.article_related import RelatedSuggestions
from articles.admin.article_review_links import ReviewLinks
from articles.admin.article_revisions import Revisions
from articles.admin.article_search import SearchBar
from articles.admin.article_trash import Trash
from articles.admin.article_versions import SeenVersions
from articles.admin.article_workflow import Workflow, needs_approval_now
from articles.admin.article_writing import Writing
from articles.admin.deleting import DeletesWhole
from articles.admin.fields import TIMES
from articles.admin.filters import DatesFilter, PeriodFilter, StateFilter, TagFilter
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
from articles.correcting import note
from articles.models import Article, Correction, Section
from articles.scope import is_in_scope, sections_of
from articles.search import find, parse
from articles.trash import trash

_STATE_CLASSES = {
    "公開": "is-public",
    "予約": "is-scheduled",
    "予約（保留）": "is-withdrawn",
    "取り下げ": "is-withdrawn",
    "確認待ち": "is-soon",
    "承認済み": "is-scheduled",
}


class RefusedSaveError(Exception):
    """A verb refused; the transaction is rolled back and the form shows why."""

    def __init__(self, error: ValidationError) -> None:
        super().__init__(error)
        self.error = error


@admin.register(Article)
class ArticleAdmin(
    # First, for it takes the way to readers off the bar of a working copy.
    WorkingCopies,
    BulkActions,
    SearchBar,
    Panel,
    Preview,
    Proofreading,
    Photos,
    Notes,
    Revisions,
    Trash,
    SeenVersions,
    Writing,
    Merging,
    Workflow,
    ReviewLinks,
    Calendar,
    RelatedSuggestions,
    DeletesWhole,
    SortableAdminBase,
    admin.ModelAdmin[Article],
):
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
    list_filter = (
        StateFilter,
        PeriodFilter,
        DatesFilter,
        "section",
        "authors",
        "agency",
        TagFilter,
    )
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("search_text",)
    search_help_text = (
        "見出し・リード・本文から、新しい順に1,000件まで探します。全角半角、かなカナは問いません。"
        "空白で区切ると、すべてを含む記事。「」で囲むと、その語句。-を付けると、含まない記事。"
    )
    ordering = ("-id",)
    save_on_top = True
    view_on_site = False
    actions = ("publish_chosen", "withdraw_chosen", "move_chosen", "retag_chosen")

    class Media:
        js = [
            "articles/admin.js",
            "articles/desk/history.js",
            "articles/desk/related.js",
            "articles/desk/writing.js",
        ]
        css = {"all": ["articles/desk/writing.css"]}

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
        # The filters are in the queryset already: the newest so many that pass them.
        numbers = find(queryset, parse(term))
        if term.isdecimal() and len(term) < 15:
            numbers.append(int(term))
        return queryset.filter(pk__in=numbers), False

    def describe_choice(self, article: Article) -> dict[str, str]:
        """What the search field of related articles shows of this one."""
        return {"text": f"{article.headline}（{article.state}）"}

    @admin.display(description="写真")
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
        if obj is None:
            return True
        return is_in_scope(request.user, obj.section_id) and (
            not _is_out(obj) or may(request, "publish")
        )

    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        if not super().has_delete_permission(request, obj):
            return False
        if obj is None:
            return True
        if not is_in_scope(request.user, obj.section_id):
            return False
        if _is_out(obj) or obj.replaces_id is not None:
            return False
        return may(request, "publish") or obj.created_by == request.user

    # --- the form

    def get_fieldsets(self, request: HttpRequest, obj: Article | None = None) -> Any:
        window: list[Any] = [("publish_at", "unpublish_at"), "embargo_until"]
        if obj is not None and obj.is_public() and self.has_change_permission(request, obj):
            window.append("is_material")
        if obj is not None and needs_approval_now(obj) and may(request, "urgent"):
            window.append("urgent_reason")
        text = ["headline", ("short_headline", "section"), "teaser", "body"]
        if self.has_change_permission(request, obj):
            text.append("version_token")
        if obj is not None and obj.replaces_id is not None:
            # Its article keeps its times; the swap has one of its own.
            window = []
        parts: list[Any] = [
            (None, {"fields": text, "classes": ["desk-text"]}),
            ("分類", {"fields": ["tags", ("dateline", "agency")]}),
            ("公開の窓", {"fields": [*window, ("noindex", "is_sensitive")]}),
        ]
        if self.has_change_permission(request, obj):
            parts.append(("この保存について", {"fields": ["save_reason"]}))
        return parts

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and hasattr(field.widget, "can_delete_related"):
            # Sections and agencies are the newsroom's order: not made in passing.
            field.widget.can_add_related = field.widget.can_change_related = False
            field.widget.can_delete_related = field.widget.can_view_related = False
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "section":
            mine = sections_of(request.user)
            if mine is not None:
                kwargs["queryset"] = Section.objects.filter(pk__in=mine)
            # An article that exists has a section: only a new one asks.
            if request.path == reverse("admin:articles_article_add"):
                kwargs["help_text"] = self._way_to_sections(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _way_to_sections(self, request: HttpRequest) -> str:
        """What to do where there is no section yet: no article can be saved without one."""
        if Section.objects.exists():
            return ""
        if not request.user.has_perm("articles.add_section"):
            return "まだ分野がありません。公開責任者か管理者に追加を頼んでください。"
        return format_html(
            'まだ分野がありません。先に<a href="{}">分野を追加</a>してください。',
            reverse("admin:articles_section_add"),
        )

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
        held = obj is not None and obj.status == Article.Status.HELD
        begun = obj is not None and obj.publish_at is not None and obj.publish_at <= timezone.now()
        withdrawn = obj is not None and obj.status == Article.Status.WITHDRAWN
        context |= {
            "is_out": published or held,
            "is_scheduled": (published and not begun) or held,
            "is_withdrawn": withdrawn,
            "can_publish": not withdrawn and not (published and begun),
            "saved_at": desk_time(obj.saved_at) if obj else "",
        }
        context |= self.screen_context(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request: Any, obj: Article, form: Any, change: bool) -> None:
        request.pages_before = set()
        request.was_approved = change and _was_approved(obj)
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
        if formset.model is Correction:
            for correction in formset.new_objects:
                note(correction, by=request.user)

    def _settle(self, request: Any, form: Any) -> None:
        article: Article = form.instance
        by, pages = request.user, request.pages_before
        said = form.reason_of_save
        urgent = form.cleaned_data["urgent_reason"]
        form.write_correction(article, by=by)
        if self.settle_review(request, article):
            return
        if "_publish" in request.POST:
            at = None if form.publish_now else article.publish_at
            publishing.publish(article, by=by, at=at, pages_before=pages, urgent_reason=urgent)
        elif "_unschedule" in request.POST:
            publishing.unschedule(article, by=by)
        elif article.status == Article.Status.PUBLISHED:
            material = form.cleaned_data["is_material"]
            publishing.update(
                article,
                by=by,
                is_material=material,
                reason=said or "更新",
                pages_before=pages,
                urgent_reason=urgent,
            )
        else:
            publishing.save(article, by=by, reason=said or "保存", pages_before=pages)
            holding.release_if_fit(article, by=by)

    def delete_model(self, request: HttpRequest, obj: Article) -> None:
        try:
            trash(obj, by=request.user)
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
        to_review = self.response_to_review(request, article)
        if to_review is not None:
            return to_review
        self.message_user(request, _what_was_done(article, request), messages.SUCCESS)
        name = f"{self.admin_site.name}:articles_article_change"
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        return HttpResponseRedirect(reverse(name, args=[article.pk]) + query)


def may(request: HttpRequest, verb: str) -> bool:
    """May this user publish, withdraw, or publish without an approval (urgent)?"""
    names = {"urgent": "articles.publish_urgently"}
    return request.user.has_perm(names.get(verb, f"articles.{verb}_article"))


def _is_out(article: Article) -> bool:
    """Published, scheduled or withdrawn: no longer a writer's to change."""
    return article.status in {
        Article.Status.PUBLISHED,
        Article.Status.HELD,
        Article.Status.WITHDRAWN,
    }


def _was_approved(article: Article) -> bool:
    return _is_out(article) or article.status == Article.Status.APPROVED


def _what_was_done(article: Article, request: HttpRequest) -> str:
    status = article.status
    if "_publish" in request.POST and article.is_public():
        said = "公開しました。"
    elif "_publish" in request.POST:
        said = f"予約しました。{desk_time(article.publish_at)} に公開されます。"
    elif "_unschedule" in request.POST:
        said = f"予約を取り消して、{article.get_status_display()}に戻しました。"
    elif "_approve" in request.POST:
        said = "承認しました。"
    elif "_take_back" in request.POST:
        said = "レビュー依頼を取り消して、下書きに戻しました。"
    elif status == Article.Status.HELD:
        said = f"保存しました。予約は保留のままです：{article.held_reason}"
    elif getattr(request, "was_approved", False) and status == Article.Status.IN_REVIEW:
        said = "保存しました。承認の後に内容が変わったので、確認待ちに戻りました。"
    elif status == Article.Status.PUBLISHED:
        said = "更新して保存しました。"
    else:
        said = f"保存しました（第{article.version}版）。"
    return said
