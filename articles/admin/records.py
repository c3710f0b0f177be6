"""Versions of articles and their corrections, which nobody changes by hand."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from articles.admin.times import desk_time
from articles.correcting import supersede
from articles.markup import plain_text
from articles.models import Agency, Article, Author, Correction, Revision, Section
from articles.revising import LABELS

if TYPE_CHECKING:
    _Base = admin.ModelAdmin[Any]
else:
    _Base = object


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
            (label, readable(name, _named(name, revision.document[name])))
            for name, label in LABELS.items()
            if revision.document.get(name)
        ]
        return format_html(
            '<dl class="document">{}</dl>',
            format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows),
        )


class SupersedeForm(forms.ModelForm[Correction]):
    class Meta:
        model = Correction
        fields = ("kind", "text", "changes_meaning")
        widgets = {"text": forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"})}


@admin.register(Correction)
class CorrectionAdmin(ReadOnly, admin.ModelAdmin[Correction]):
    """All corrections; a new one is written at its article. None is changed, only superseded."""

    list_display: tuple[Any, ...] = (
        "kind", "text", "article", "at", "created_by", "supersede_column",
    )  # fmt: skip
    list_filter = ("kind",)
    list_select_related = ("article", "created_by")
    search_fields = ("text", "article__headline")
    fields = ("article", "kind", "text", "at", "changes_meaning", "created_by", "supersede_column")
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.supersede_view)
        own = path("<int:pk>/supersede/", view, name="articles_correction_supersede")
        return [own, *super().get_urls()]

    def supersede_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A better text takes the place of one; readers see the new one, the record has both."""
        if not request.user.has_perm("articles.add_correction"):
            raise PermissionDenied
        correction = get_object_or_404(Correction.objects.select_related("article"), pk=pk)
        old = {name: getattr(correction, name) for name in ("kind", "text", "changes_meaning")}
        form = SupersedeForm(request.POST if request.method == "POST" else None, initial=old)
        if request.method == "POST" and form.is_valid():
            try:
                supersede(correction, by=request.user, **form.cleaned_data)
            except ValidationError as error:
                form.add_error(None, error)
            else:
                text = "訂正を差し替えました。読者には新しい方が出ます。"
                self.message_user(request, text, messages.SUCCESS)
                name = f"{self.admin_site.name}:articles_correction_changelist"
                return HttpResponseRedirect(reverse(name))
        return TemplateResponse(
            request,
            "admin/articles/correction/supersede.html",
            {
                **self.admin_site.each_context(request),
                "title": "訂正の差し替え",
                "opts": self.opts,
                "correction": correction,
                "form": form,
            },
        )

    @admin.display(description="掲載日時", ordering="published_at")
    def at(self, correction: Correction) -> str:
        return desk_time(correction.published_at)

    @admin.display(description="差し替え")
    def supersede_column(self, correction: Correction) -> SafeString | str:
        if correction.superseded_by_id is not None:
            return f"差し替え済み（訂正{correction.superseded_by_id}）"
        address = reverse(
            f"{self.admin_site.name}:articles_correction_supersede", args=[correction.pk]
        )
        return format_html('<a href="{}">差し替える…</a>', address)


def readable(name: str, value: Any) -> str:
    """A value of a document or of the log as people read it."""
    if name == "body":
        return plain_text(value)
    if isinstance(value, list):
        return "\n".join(_item(item) for item in value)
    if name == "status":
        return str(dict(Article.Status.choices).get(value, value))
    if name.endswith("_at") or name == "embargo_until":
        return desk_time(datetime.fromisoformat(value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _item(item: Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    return "、".join(str(value) for value in item.values() if value not in (None, "", False))


def _named(name: str, value: Any) -> Any:
    """Documents name sections, agencies and authors by slug; people know them by name."""
    models: dict[str, Any] = {"section": Section, "agency": Agency, "authors": Author}
    if name not in models:
        return value
    slugs = value if isinstance(value, list) else [value]
    names = dict(models[name].objects.filter(slug__in=slugs).values_list("slug", "name"))
    return [names.get(slug, slug) for slug in slugs]
