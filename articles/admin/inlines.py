"""The rows of an article's form: authors, photos, topics, related articles, corrections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adminsortable2.admin import SortableStackedInline, SortableTabularInline
from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from articles.admin.article_form import (
    AuthorFormSet,
    PhotoFormSet,
    RelatedForm,
    RelatedFormSet,
    TeaserForm,
    TeaserFormSet,
)
from articles.admin.fields import TIMES, LoadedSelect
from articles.models import (
    ArticleAuthor,
    ArticlePhoto,
    Correction,
    RelatedArticle,
    TopicTeaser,
)

if TYPE_CHECKING:
    _Inline = admin.TabularInline[Any, Any]
else:
    _Inline = object

_TWO_LINES: Any = {models.TextField: {"widget": forms.Textarea(attrs={"rows": 2})}}


class WithoutDeletion(_Inline):
    """A row's plus and pencil stay; nobody means to delete a photo from inside an article."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and hasattr(field.widget, "can_delete_related"):
            field.widget.can_delete_related = False
        return field


class WithRelated(_Inline):
    """Loads what each row shows together with the rows."""

    shown: tuple[str, ...] = ()

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name in self.shown and db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = LoadedSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related(*self.shown)


class AuthorInline(WithRelated, WithoutDeletion, SortableTabularInline):
    model = ArticleAuthor
    verbose_name = verbose_name_plural = "筆者"
    formset = AuthorFormSet
    autocomplete_fields = ["author"]
    shown = ("author",)
    extra = 0


class PhotoInline(WithRelated, WithoutDeletion, SortableStackedInline):
    model = ArticlePhoto
    verbose_name = "写真"
    verbose_name_plural = "写真と説明"
    formset = PhotoFormSet
    autocomplete_fields = ["photo"]
    shown = ("photo",)
    fields = ["photo", "caption", "drift", "in_gallery"]
    readonly_fields = ["drift"]
    formfield_overrides = _TWO_LINES
    extra = 0

    @admin.display(description="写真の説明")
    def drift(self, item: ArticlePhoto) -> SafeString | str:
        """What the library says where this article says something else."""
        if not item.photo_id:
            return "写真の説明がそのまま出ます。"
        if not item.differs:
            return "この記事でもそのまま出ています。"
        return format_html(
            '{} <span class="state is-soon">この記事の説明とちがいます</span>',
            item.photo.caption or "（説明なし）",
        )


class TeaserInline(WithRelated, WithoutDeletion, admin.StackedInline[TopicTeaser, Any]):
    model = TopicTeaser
    verbose_name = "トピック"
    verbose_name_plural = "トピック（見出しと紹介文）"
    form = TeaserForm
    formset = TeaserFormSet
    autocomplete_fields = ["topic"]
    shown = ("topic", "article")
    formfield_overrides = TIMES
    fields = ["topic", "headline", "teaser", ("starts_at", "ends_at"), "is_pinned"]
    extra = 0


class RelatedInline(WithRelated, WithoutDeletion, SortableTabularInline):
    model = RelatedArticle
    form = RelatedForm
    formset = RelatedFormSet
    fk_name = "article"
    autocomplete_fields = ["other"]
    shown = ("other",)
    extra = 0


class CorrectionInline(admin.StackedInline[Correction, Any]):
    """Corrections that readers saw stay as they are; a new one supersedes them."""

    model = Correction
    fields = ["kind", "text", "published_at", "changes_meaning"]
    formfield_overrides = {**_TWO_LINES, **TIMES}
    extra = 0
    can_delete = False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
