"""The pages about the newspaper itself, which the newsroom writes."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from articles.markup import clean_html
from articles.models.fields import BodyField, LineField


class AboutPageQuerySet(models.QuerySet["AboutPage"]):
    def shown(self) -> QuerySet[AboutPage]:
        return self.filter(is_shown=True)


class AboutPage(models.Model):
    """One page below `/about/`: who publishes this, by which rules, how to reach them."""

    title = LineField("題名", max_length=40)
    slug = models.SlugField(
        "URLの名前",
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9-]+$", "半角の英小文字、数字、ハイフンで書きます。")],
        help_text="半角の英数字とハイフン。公開した後は変えないでください。",
    )
    summary = LineField(
        "説明", max_length=120, blank=True, help_text="案内の一覧と検索エンジンに出ます。"
    )
    body = BodyField("本文")
    order = models.PositiveIntegerField("並び順", default=0)
    is_shown = models.BooleanField("公開する", default=True)
    in_footer = models.BooleanField("ページの下に並べる", default=True)
    updated_at = models.DateTimeField("更新日時", auto_now=True)

    objects = AboutPageQuerySet.as_manager()

    class Meta:
        verbose_name = "案内のページ"
        verbose_name_plural = "案内のページ"
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("about_page", args=[self.slug])

    @property
    def body_html(self) -> SafeString:
        return mark_safe(clean_html(self.body))  # noqa: S308 (cleaned here, whatever was stored)
