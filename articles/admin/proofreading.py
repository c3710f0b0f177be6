"""The house dictionary with its CSV, and how strict each rule is."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from articles import dictionary_csv
from articles.admin.auditing import Audited
from articles.checklist import NAMED
from articles.holding import hold_coming
from articles.house_rules import ALWAYS
from articles.models import CheckRule, DictionaryEntry
from articles.models.proofreading import LEVELS
from articles.proofreading import RULES

_WITH_STYLE = {"digits", "latin"}


class Judging(Audited):
    """What is scheduled is judged anew by a rule that was changed, in the same transaction."""

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.judge_anew(request)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        self.judge_anew(request)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        self.judge_anew(request)

    def judge_anew(self, request: HttpRequest) -> None:
        if held := hold_coming():
            said = f"決まりに合わない予約{held}件を保留にしました。予定表で確かめてください。"
            self.message_user(request, said, messages.WARNING)


class DictionaryFileForm(forms.Form):
    file = forms.FileField(
        label="CSVファイル",
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={"required": "ファイルを選んでください。", "empty": "ファイルが空です。"},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "file" in cleaned:
            try:
                cleaned["entries"] = dictionary_csv.read(cleaned["file"].read())
            except ValidationError as error:
                self.add_error("file", error)
        return cleaned


@admin.register(DictionaryEntry)
class DictionaryEntryAdmin(Judging, admin.ModelAdmin[DictionaryEntry]):
    list_display: tuple[Any, ...] = ("forms_column", "right", "kind", "section", "level", "note")
    list_display_links = ("forms_column",)
    list_filter = ("kind", "section")
    list_select_related = ("section",)
    list_per_page = 100
    search_fields = ("wrong", "right", "note")
    fields = ["kind", "wrong", "right", ("inflects", "in_quotations"), "note", ("section", "level")]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("export/", wrap(self.export_view), name="articles_dictionaryentry_export"),
            path("import/", wrap(self.import_view), name="articles_dictionaryentry_import"),
        ]
        return own + super().get_urls()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name == "wrong":
            field.widget.attrs["rows"] = 2
        return _plain(field)

    @admin.display(description="避ける書き方", ordering="wrong")
    def forms_column(self, entry: DictionaryEntry) -> str:
        return "、".join(entry.forms)

    def export_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        entries = DictionaryEntry.objects.select_related("section")
        response = HttpResponse(dictionary_csv.write(entries), content_type="text/csv")
        response["Content-Disposition"] = 'attachment; filename="dictionary.csv"'
        return response

    def import_view(self, request: HttpRequest) -> HttpResponse:
        if not (self.has_add_permission(request) and self.has_change_permission(request)):
            raise PermissionDenied
        form = DictionaryFileForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            entries = form.cleaned_data["entries"]
            with transaction.atomic():
                added, changed = dictionary_csv.take_in(entries, by=request.user)
                self.judge_anew(request)
            self.message_user(
                request, f"{added}語を加え、{changed}語を直しました。", messages.SUCCESS
            )
            return redirect(reverse(f"{self.admin_site.name}:articles_dictionaryentry_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "表記辞書をCSVから読み込む",
            "form": form,
            "columns": dictionary_csv.COLUMNS,
        }
        return TemplateResponse(request, "admin/articles/dictionaryentry/import.html", context)


class CheckRuleForm(forms.ModelForm[CheckRule]):
    rule = forms.ChoiceField(label="決まり")

    class Meta:
        model = CheckRule
        fields = ("rule", "section", "level", "style")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "rule" not in self.fields:
            return
        rules = [(name, NAMED[name][0]) for name in RULES]
        items = [
            (name, label) for name, (label, _) in NAMED.items() if name not in {*RULES, *ALWAYS}
        ]
        choices = [("表記チェック", rules), ("公開チェックリスト", items)]
        self.fields["rule"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("style") and cleaned.get("rule") not in _WITH_STYLE:
            self.add_error("style", "書き方を決められるのは、数字と英字だけです。")
        return cleaned


@admin.register(CheckRule)
class CheckRuleAdmin(Judging, admin.ModelAdmin[CheckRule]):
    form = CheckRuleForm
    list_display: tuple[Any, ...] = ("rule_column", "section_column", "level", "style_column")
    list_display_links = ("rule_column",)
    list_select_related = ("section",)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return _plain(super().formfield_for_dbfield(db_field, request, **kwargs))

    @admin.display(description="決まり", ordering="rule")
    def rule_column(self, rule: CheckRule) -> str:
        return NAMED[rule.rule][0] if rule.rule in NAMED else rule.rule

    @admin.display(description="分野", ordering="section")
    def section_column(self, rule: CheckRule) -> str:
        return str(rule.section) if rule.section else "すべて"

    @admin.display(description="社の書き方")
    def style_column(self, rule: CheckRule) -> str:
        return rule.get_style_display() if rule.rule in _WITH_STYLE else "—"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        levels = dict(LEVELS)
        defaults = [
            {
                "label": label,
                "level": "いつも公開を止める" if name in ALWAYS else levels[level.value],
                "stops": name in ALWAYS or level.value == "blocking",
                "help": RULES[name].help_text if name in RULES else "",
            }
            for name, (label, level) in NAMED.items()
        ]
        return super().changelist_view(request, {**(extra_context or {}), "defaults": defaults})


def _plain(field: Any) -> Any:
    """A field without the buttons that make or change sections in passing."""
    if field is not None and hasattr(field.widget, "can_add_related"):
        field.widget.can_add_related = field.widget.can_change_related = False
        field.widget.can_delete_related = field.widget.can_view_related = False
    return field
