"""Notes on an article: what colleagues tell each other, never readers."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from articles.models.fields import ProseField


class ArticleNote(models.Model):
    article = models.ForeignKey(
        "articles.Article", models.CASCADE, related_name="notes", verbose_name="記事"
    )
    text = ProseField("メモ", max_length=1000)
    created_at = models.DateTimeField("日時", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="書いた人",
    )
    resolved_at = models.DateTimeField("済んだ日時", null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="済みにした人",
    )

    class Meta:
        verbose_name = "記事のメモ"
        verbose_name_plural = "記事のメモ"
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.text[:40]


class NoteMention(models.Model):
    """A colleague named in a note, who is told of it on the desk's first page until it is read."""

    note = models.ForeignKey(ArticleNote, models.CASCADE, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    read_at = models.DateTimeField("読んだ日時", null=True, blank=True)

    class Meta:
        verbose_name = "メモの宛先"
        verbose_name_plural = "メモの宛先"
        constraints = [
            models.UniqueConstraint(fields=["note", "user"], name="mentioned_once_per_note")
        ]
        indexes = [
            # What a colleague has still to read.
            models.Index(
                fields=["user", "-id"],
                name="mention_unread",
                condition=models.Q(read_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id}：{self.note}"
