"""What was written when, by whom and why: versions, corrections, the audit log."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Expression
from django.utils import timezone

from articles.models.fields import LineField, ProseField


class Revision(models.Model):
    """One saved state of an article as a whole document (see `articles.document`)."""

    article = models.ForeignKey(
        "articles.Article", models.CASCADE, related_name="revisions", verbose_name="記事"
    )
    version = models.PositiveIntegerField("版")
    document = models.JSONField("内容")
    created_at = models.DateTimeField("日時", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="保存した人",
    )
    reason = LineField("理由", max_length=200, blank=True)
    is_pinned = models.BooleanField("残す", default=False)

    class Meta:
        verbose_name = "版"
        verbose_name_plural = "版"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["article", "version"], name="version_once_per_article")
        ]

    def __str__(self) -> str:
        return f"{self.article_id} 第{self.version}版"


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def shown(self, at: datetime | Expression | None = None) -> CorrectionQuerySet:
        """What readers see: published and not superseded, oldest first."""
        at = at or timezone.now()
        return self.filter(superseded_by=None, published_at__lte=at).order_by("published_at", "id")


class Correction(models.Model):
    class Kind(models.TextChoices):
        CORRECTION = "correction", "訂正"
        APOLOGY = "apology", "おわび"
        UPDATE = "update", "更新"

    article = models.ForeignKey(
        "articles.Article", models.CASCADE, related_name="corrections", verbose_name="記事"
    )
    kind = models.CharField("種類", max_length=12, choices=Kind, default=Kind.CORRECTION)
    text = ProseField("内容", max_length=1000, help_text="何がどう誤っていたかを書きます。")
    published_at = models.DateTimeField("掲載日時", default=timezone.now, db_index=True)
    changes_meaning = models.BooleanField("意味が変わる（本文の前にも出す）", default=False)
    superseded_by = models.OneToOneField(
        "self", models.SET_NULL, null=True, blank=True, verbose_name="差し替え後"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="書いた人",
    )

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = "訂正・おわび"
        verbose_name_plural = "訂正・おわび"
        ordering = ["-published_at", "-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}：{self.text[:30]}"


class AuditEntry(models.Model):
    """A change of content, state, permission or rule, with the values before and after."""

    at = models.DateTimeField("日時", auto_now_add=True, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="した人",
    )
    action = models.CharField("操作", max_length=40)
    # Not a foreign key: the log outlives what it speaks of.
    model = models.CharField("対象の種類", max_length=60)
    object_id = models.CharField("対象の番号", max_length=40)
    label = models.CharField("対象", max_length=200)
    old = models.JSONField("前", default=dict)
    new = models.JSONField("後", default=dict)
    reason = LineField("理由", max_length=300, blank=True)

    class Meta:
        verbose_name = "操作の記録"
        verbose_name_plural = "操作の記録"
        ordering = ["-id"]
        indexes = [models.Index(fields=["model", "object_id"], name="audit_object")]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M} {self.label}"
