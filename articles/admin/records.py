"""What was done: versions of articles, corrections, the audit log. Read, not written, here."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from articles.admin.times import desk_time
from articles.markup import plain_text
from articles.models import Agency, Article, AuditEntry, Author, Correction, Revision, Section

if TYPE_CHECKING:
    _Base = admin.ModelAdmin[Any]
else:
    _Base = object

_LABELS = {
    "headline": "見出し",
    "short_headline": "短い見出し",
    "teaser": "リード",
    "body": "本文",
    "section": "分野",
    "authors": "筆者",
    "tags": "タグ",
    "dateline": "発信地",
    "agency": "配信元",
    "status": "状態",
    "publish_at": "公開日時",
    "unpublish_at": "公開終了日時",
    "embargo_until": "解禁日時",
    "updated_at": "更新日時",
    "withdrawn_at": "取り下げ日時",
    "withdrawn_reason": "取り下げの理由",
}
_ACTIONS = {
    "publish": "公開",
    "schedule": "予約",
    "unschedule": "予約の取り消し",
    "update": "更新",
    "withdraw": "取り下げ",
    "restore": "取り下げの取り消し",
    "delete": "削除",
    "expire": "写真の期限切れ",
    "carry_caption": "写真の説明の反映",
    "replace": "写真の差し替え",
    "caption": "写真の説明の直し",
}


class ReadOnly(_Base):
    """Nobody adds, changes or deletes these by hand, administrators included."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Revision)
class RevisionAdmin(ReadOnly, admin.ModelAdmin[Revision]):
    list_display: tuple[Any, ...] = ("version_column", "headline", "reason", "created_by", "at")
    list_display_links = ("version_column",)
    list_select_related = ("created_by",)
    list_per_page = 50
    show_full_result_count = False
    ordering = ("-id",)
    fields = ("version", "at", "created_by", "reason", "content")
    readonly_fields = fields

    @admin.display(description="版", ordering="version")
    def version_column(self, revision: Revision) -> str:
        return f"記事{revision.article_id} 第{revision.version}版"

    @admin.display(description="見出し")
    def headline(self, revision: Revision) -> str:
        return str(revision.document.get("headline", ""))

    @admin.display(description="日時", ordering="id")
    def at(self, revision: Revision) -> str:
        return desk_time(revision.created_at)

    @admin.display(description="内容")
    def content(self, revision: Revision) -> SafeString:
        rows = [
            (label, _readable(name, _named(name, revision.document[name])))
            for name, label in _LABELS.items()
            if revision.document.get(name)
        ]
        return format_html(
            '<dl class="document">{}</dl>',
            format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows),
        )


@admin.register(Correction)
class CorrectionAdmin(ReadOnly, admin.ModelAdmin[Correction]):
    """All corrections; a new one is written at its article."""

    list_display: tuple[Any, ...] = ("kind", "text", "article", "at", "created_by")
    list_filter = ("kind",)
    list_select_related = ("article", "created_by")
    search_fields = ("text", "article__headline")

    @admin.display(description="掲載日時", ordering="published_at")
    def at(self, correction: Correction) -> str:
        return desk_time(correction.published_at)


class ActionFilter(admin.SimpleListFilter):
    title = "操作"
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(_ACTIONS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, admin.ModelAdmin[AuditEntry]):
    list_display: tuple[Any, ...] = ("when", "what", "label", "actor", "reason")
    list_display_links = ("when",)
    list_select_related = ("actor",)
    list_filter = (ActionFilter, "at")
    list_per_page = 100
    show_full_result_count = False
    search_fields = ("label", "reason", "actor__username")
    fields = ("when", "what", "label", "actor", "reason", "before", "after")
    readonly_fields = fields

    @admin.display(description="日時", ordering="id")
    def when(self, entry: AuditEntry) -> str:
        return desk_time(entry.at)

    @admin.display(description="操作", ordering="action")
    def what(self, entry: AuditEntry) -> str:
        return _ACTIONS.get(entry.action, entry.action)

    @admin.display(description="前")
    def before(self, entry: AuditEntry) -> SafeString:
        return _values(entry.old)

    @admin.display(description="後")
    def after(self, entry: AuditEntry) -> SafeString:
        return _values(entry.new)


def _values(values: dict[str, Any]) -> SafeString:
    rows = [
        (_LABELS.get(name, name), _readable(name, value) if value else "—")
        for name, value in values.items()
    ]
    return format_html(
        '<dl class="document">{}</dl>', format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows)
    )


def _readable(name: str, value: Any) -> str:
    if name == "body":
        return plain_text(value)
    if isinstance(value, list):
        return "、".join(str(item) for item in value)
    if name == "status":
        return str(dict(Article.Status.choices).get(value, value))
    if name.endswith("_at") or name == "embargo_until":
        return desk_time(datetime.fromisoformat(value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _named(name: str, value: Any) -> Any:
    """Documents name sections, agencies and authors by slug; people know them by name."""
    models: dict[str, Any] = {"section": Section, "agency": Agency, "authors": Author}
    if name not in models:
        return value
    slugs = value if isinstance(value, list) else [value]
    names = dict(models[name].objects.filter(slug__in=slugs).values_list("slug", "name"))
    return [names.get(slug, slug) for slug in slugs]
