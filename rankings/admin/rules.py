"""Rules over the lists: nothing is applied that was not previewed as it is."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from articles.admin.fields import TIMES
from rankings import rules
from rankings.models import RankingRule

# What a rule is; a preview is good for these values only.
VALUES = ("kind", "article", "window", "section", "place", "starts_at", "until", "reason")


class RuleForm(forms.ModelForm[RankingRule]):
    """Refuses the first time with what the rule would change; takes the same values then."""

    previewed = forms.CharField(required=False, widget=forms.HiddenInput)
    comparisons: list[rules.Comparison] | None = None

    class Meta:
        model = RankingRule
        fields = VALUES

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        self._check_time(values)
        self._check_section(values)
        return values

    def _check_time(self, values: dict[str, Any]) -> None:
        until, starts_at = values.get("until"), values.get("starts_at")
        if until and until <= timezone.now():
            self.add_error("until", "終了が過ぎています。")
        if until and starts_at and until <= starts_at:
            self.add_error("until", "終了は開始より後にしてください。")

    def _check_section(self, values: dict[str, Any]) -> None:
        section, article = values.get("section"), values.get("article")
        if section and article and article.section_id != section.pk:
            self.add_error("section", f"この記事の分野は「{article.section}」です。")

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.errors or self.cleaned_data.get("previewed") == self.digest():
            return
        self.comparisons = rules.preview(self.instance)
        self.add_error(None, ValidationError("まだ反映していません。", code="preview"))

    def digest(self) -> str:
        """Names the values that were previewed."""
        shown = [str(self.instance.pk), *(str(self[name].data or "") for name in VALUES)]
        return hashlib.sha256("\n".join(shown).encode()).hexdigest()[:16]


@admin.register(RankingRule)
class RankingRuleAdmin(admin.ModelAdmin[RankingRule]):
    form = RuleForm
    formfield_overrides = TIMES
    list_display = ("kind", "article", "window_name", "section_name", "place", "until", "reason")
    list_select_related = ("article", "section")
    list_filter = ("kind", "window")
    search_fields = ("article__headline", "reason")
    autocomplete_fields = ("article",)
    fields = (("kind", "place"), "article", ("window", "section"), ("starts_at", "until"), "reason")
    change_form_template = "admin/rankings/rankingrule/change_form.html"

    @admin.display(description="期間", ordering="window")
    def window_name(self, rule: RankingRule) -> str:
        return str(rule.get_window_display()) if rule.window else "すべて"

    @admin.display(description="分野", ordering="section")
    def section_name(self, rule: RankingRule) -> str:
        return str(rule.section or "すべて")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = [*self.fields]
        return [*fields, "previewed"] if self.has_change_permission(request, obj) else fields

    def save_model(self, request: HttpRequest, obj: RankingRule, form: Any, change: bool) -> None:
        rules.apply_rule(obj, by=request.user)

    def delete_model(self, request: HttpRequest, obj: RankingRule) -> None:
        rules.lift_rule(obj, by=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[RankingRule]) -> None:
        for rule in queryset:
            rules.lift_rule(rule, by=request.user)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        form = context["adminform"].form
        comparisons = getattr(form, "comparisons", None)
        if comparisons is not None:
            # Not an error: the values are good, and this is what they would do.
            context |= {"errors": None, "comparisons": comparisons}
            form.data = form.data.copy()
            form.data["previewed"] = form.digest()
        return super().render_change_form(request, context, *args, **kwargs)
