"""What one shift of the desk tells the next, and who is on duty."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from articles.models.fields import LineField, ProseField


class ShiftNote(models.Model):
    """申し送り: open until somebody has done it."""

    text = ProseField("内容", max_length=600)
    articles = models.ManyToManyField(
        "articles.Article", related_name="shift_notes", blank=True, verbose_name="記事"
    )
    created_at = models.DateTimeField("日時", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="書いた人",
    )
    done_at = models.DateTimeField("済んだ日時", null=True, blank=True, editable=False)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="済ませた人",
    )

    class Meta:
        verbose_name = "申し送り"
        verbose_name_plural = "申し送り"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["-id"], name="shift_note_open", condition=Q(done_at=None)),
        ]

    def __str__(self) -> str:
        return self.text[:40]


class DutyQuerySet(models.QuerySet["Duty"]):
    def at(self, moment: datetime | None = None) -> DutyQuerySet:
        moment = moment or timezone.now()
        return self.filter(starts_at__lte=moment, ends_at__gt=moment)


class Duty(models.Model):
    """Who has the desk from when to when."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="だれが"
    )
    role = LineField("役割", max_length=20, default="当番デスク")
    starts_at = models.DateTimeField("開始")
    ends_at = models.DateTimeField("終了", db_index=True)

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name = "当番"
        verbose_name_plural = "当番"
        ordering = ["-starts_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="duty_ends_after_start",
                violation_error_message="終了は開始より後にしてください。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.role}：{self.person}"
