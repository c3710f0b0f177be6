"""The audit log at the desk: who did what when, read-only, and as CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from articles.admin.records import ReadOnly, readable
from articles.admin.times import desk_time
from articles.models import AuditEntry
from articles.revising import LABELS

ACTIONS = {
    "save": "保存",
    "publish": "公開",
    "schedule": "予約",
    "unschedule": "予約の取り消し",
    "update": "更新",
    "withdraw": "取り下げ",
    "restore": "取り下げの取り消し",
    "submit": "レビュー依頼",
    "approve": "承認",
    "return": "差し戻し",
    "take_back": "依頼の取り消し",
    "drop": "承認の失効",
    "urgent": "速報で公開（承認なし）",
    "check_urgent": "速報の事後確認",
    "hold": "予約の保留",
    "release": "保留の解除",
    "reschedule": "予定の変更",
    "review_link": "確認用リンクの作成",
    "revoke_link": "確認用リンクの無効化",
    "ignore_finding": "表記の指摘の無視",
    "heed_finding": "表記の指摘の無視の取り消し",
    "review_rules": "承認の決まりの変更",
    "move": "分野の移動",
    "retag": "タグの直し",
    "accept_views": "保留された閲覧の承認",
    "arrange_front": "トップ面の組み替え",
    "banner": "速報の掲載",
    "banner_off": "速報の削除",
    "import_dictionary": "表記辞書のCSV読み込み",
    "trash": "ごみ箱に入れる",
    "bring_back": "ごみ箱から戻す",
    "delete": "完全な削除",
    "pin_revision": "版を残す",
    "unpin_revision": "版を残すのをやめる",
    "make_copy": "差し替え稿の作成",
    "merge_copy": "差し替え稿への取り込み",
    "discard_copy": "差し替え稿の破棄",
    "schedule_swap": "差し替えの予約",
    "unschedule_swap": "差し替えの予約の取り消し",
    "correct": "訂正・おわび",
    "supersede_correction": "訂正の差し替え",
    "add": "追加",
    "change": "変更",
    "delete_row": "削除",
    "password": "パスワードの変更",
    "expire": "写真の期限切れ",
    "carry_caption": "写真の説明の反映",
    "replace": "写真の差し替え",
    "caption": "写真の説明の直し",
    "ranking_rule": "ランキングの規則",
    "ranking_rule_lifted": "ランキングの規則の終了",
    "otp_on": "二段階認証の開始",
    "otp_off": "二段階認証の終了",
    "otp_codes": "回復用コードの作り直し",
    "otp_reset": "二段階認証の解除",
}
# What is not a field of any row.
_WORDS = {
    "correction": "訂正",
    "changes_meaning": "意味が変わる",
    "swap_at": "差し替え日時",
    "slots": "トップ面の枠",
    "copy": "差し替え稿",
    "version": "版",
    "recipient": "宛先",
    "review_links": "使えた確認用リンク",
    "expires_at": "期限",
    "second_factor": "二段階認証",
    "words": "語",
    "fields": "項目",
}
# A spreadsheet takes a cell that begins like this for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_IN_LIST = 3


class ActionFilter(admin.SimpleListFilter):
    title = "操作"
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(ACTIONS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(action=self.value()) if self.value() else queryset


class TypedFilter(admin.SimpleListFilter):
    """A filter by what is typed into its field."""

    template = "admin/typed_filter.html"
    input_type = "search"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        # Without one the filter is not shown.
        return [("", "")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        others = [
            (name, value)
            for name, value in changelist.get_filters_params().items()
            if name != self.parameter_name
        ]
        kept = [(name, value[-1] if isinstance(value, list) else value) for name, value in others]
        yield {"value": self.value() or "", "others": kept, "type": self.input_type}


class _DayFilter(TypedFilter):
    input_type = "date"

    def day(self) -> date | None:
        try:
            return parse_date(self.value() or "")
        except ValueError:
            return None


class SinceFilter(_DayFilter):
    title = "この日から"
    parameter_name = "since"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        day = self.day()
        return queryset.filter(at__gte=_midnight(day)) if day else queryset


class UntilFilter(_DayFilter):
    title = "この日まで"
    parameter_name = "until"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        day = self.day()
        if day is None or day == date.max:
            return queryset
        return queryset.filter(at__lt=_midnight(day + timedelta(days=1)))


class ActorFilter(TypedFilter):
    title = "した人（ログイン名か姓）"
    parameter_name = "by"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        name = (self.value() or "").strip()
        if not name:
            return queryset
        return queryset.filter(Q(actor__username=name) | Q(actor__last_name=name))


class ObjectFilter(TypedFilter):
    title = "記事の番号"
    parameter_name = "article"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        number = (self.value() or "").strip()
        return queryset.filter(model="articles.article", object_id=number) if number else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, admin.ModelAdmin[AuditEntry]):
    list_display: tuple[Any, ...] = ("when", "what", "kind", "label", "actor", "summary", "reason")
    list_display_links = ("when",)
    list_select_related = ("actor",)
    list_filter = (SinceFilter, UntilFilter, ActorFilter, ObjectFilter, ActionFilter)
    list_per_page = 100
    show_full_result_count = False
    search_fields = ("label", "reason", "actor__username")
    fields = ("when", "what", "kind", "label", "actor", "reason", "changes")
    readonly_fields = fields
    change_list_template = "admin/articles/auditentry/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        return [path("export/", view, name="articles_auditentry_export"), *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """The entries of the list as it is filtered, all of them, oldest last."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            entries = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters as error:
            raise Http404("その絞り込みはできません。") from error
        now = timezone.localtime()
        # Excel takes a file without the mark for one in the encoding of the machine.
        lines = (line.encode() for line in _csv(entries))
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        name = f"audit-{now:%Y%m%d-%H%M}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "no-store"
        return response

    @admin.display(description="日時", ordering="id")
    def when(self, entry: AuditEntry) -> str:
        return desk_time(entry.at)

    @admin.display(description="操作", ordering="action")
    def what(self, entry: AuditEntry) -> str:
        return ACTIONS.get(entry.action, entry.action)

    @admin.display(description="種類")
    def kind(self, entry: AuditEntry) -> str:
        return _kind(entry)

    @admin.display(description="変わった項目")
    def summary(self, entry: AuditEntry) -> str:
        names = [_label(entry, name) for name in _differing(entry)]
        more = f" ほか{len(names) - _IN_LIST}" if len(names) > _IN_LIST else ""
        return "、".join(names[:_IN_LIST]) + more

    @admin.display(description="内容")
    def changes(self, entry: AuditEntry) -> SafeString:
        rows = [
            (_label(entry, name), _value(name, entry.old), _value(name, entry.new))
            for name in _differing(entry)
        ]
        if not rows:
            return format_html("<p>{}</p>", "—")
        return format_html(
            '<table class="audit"><thead><tr><th scope="col">項目</th><th scope="col">前</th>'
            '<th scope="col">後</th></tr></thead><tbody>{}</tbody></table>',
            format_html_join(
                "", '<tr><th scope="row">{}</th><td><del>{}</del></td><td>{}</td></tr>', rows
            ),
        )


def _differing(entry: AuditEntry) -> list[str]:
    """Verbs note the state even where it stayed."""
    names = {**entry.old, **entry.new}
    return [name for name in names if entry.old.get(name) != entry.new.get(name)]


def _csv(entries: QuerySet[AuditEntry]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    head = ["日時", "した人", "操作", "種類", "番号", "対象", "理由", "前", "後"]
    yield "\ufeff" + writer.writerow(head)
    for entry in entries.iterator(chunk_size=500):
        cells = [
            timezone.localtime(entry.at).strftime("%Y-%m-%d %H:%M:%S"),
            entry.actor.get_username() if entry.actor else "",
            ACTIONS.get(entry.action, entry.action),
            _kind(entry),
            entry.object_id,
            entry.label,
            entry.reason,
            _in_a_cell(entry, entry.old),
            _in_a_cell(entry, entry.new),
        ]
        yield writer.writerow([_harmless(cell) for cell in cells])


class _Echo:
    """What a csv.writer writes to, when each line is wanted for itself."""

    def write(self, line: str) -> str:
        return line


def _harmless(cell: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


def _in_a_cell(entry: AuditEntry, values: dict[str, Any]) -> str:
    return "\n".join(f"{_label(entry, name)}：{_value(name, values)}" for name in values)


def _value(name: str, values: dict[str, Any]) -> str:
    value = values.get(name)
    if value in (None, "", []):
        return ""
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if name == "body" and not str(value).lstrip().startswith("<"):
        # Only the paragraphs that differ, as text.
        return str(value)
    try:
        return readable(name, value)
    except (TypeError, ValueError):
        return json.dumps(value, ensure_ascii=False)


def _label(entry: AuditEntry, name: str) -> str:
    """The field's name in the newsroom's words."""
    if name in LABELS and entry.model == "articles.article":
        return LABELS[name]
    model = _model(entry)
    if model is not None:
        for field in model._meta.get_fields():
            if field.name == name:
                return str(
                    getattr(field, "verbose_name", None) or field.related_model._meta.verbose_name
                )
    return _WORDS.get(name, LABELS.get(name, name))


def _kind(entry: AuditEntry) -> str:
    model = _model(entry)
    return str(model._meta.verbose_name) if model else entry.model


def _model(entry: AuditEntry) -> Any:
    app, _, name = entry.model.rpartition(".")
    try:
        return apps.get_model(app or "auth", name)
    except LookupError:
        return None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
