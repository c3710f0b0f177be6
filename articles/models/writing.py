"""Work that is not saved yet: what somebody is typing, who sits at which article, templates."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from articles.models.fields import BodyField, LineField
from articles.models.taxonomy import Section


class Autosave(models.Model):
    """What stood in a form when it was not saved: valid or not, and never the article itself.

    One for each opened form (`tab`), so that two windows of the same person do not overwrite
    each other. A new article has no row yet: `article` is None.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, "+", verbose_name="書いた人")
    article = models.ForeignKey(
        "articles.Article", models.CASCADE, "autosaves", null=True, verbose_name="記事"
    )
    tab = models.CharField("画面", max_length=36)
    # The version that the form was opened with; what is merged when it is offered back later.
    version = models.PositiveIntegerField("版")
    # [name, value] of every field of the form, rows that hang on the article included.
    values = models.JSONField("内容", default=list)
    saved_at = models.DateTimeField("日時", db_index=True)

    class Meta:
        verbose_name = "自動保存"
        verbose_name_plural = "自動保存"
        default_permissions = ()
        indexes = [models.Index(fields=["user", "article"], name="autosave_offered")]
        constraints = [models.UniqueConstraint(fields=["user", "tab"], name="autosave_once_a_tab")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.article_id} {self.tab}"


class EditingSession(models.Model):
    """An opened form: who, when last heard of, when last typed, and who holds the lease."""

    SILENCE = timedelta(seconds=60)
    IDLE = timedelta(minutes=5)

    article = models.ForeignKey(
        "articles.Article", models.CASCADE, "editing_sessions", verbose_name="記事"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, "+", verbose_name="人")
    tab = models.CharField("画面", max_length=36)
    seen_at = models.DateTimeField("最後の知らせ", db_index=True)
    typed_at = models.DateTimeField("最後の入力", null=True)
    holds = models.BooleanField("編集中", default=False)
    # Who took the lease from this form; from then on nothing of it is saved.
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, "+", null=True, verbose_name="引き継いだ人"
    )

    class Meta:
        verbose_name = "開いている画面"
        verbose_name_plural = "開いている画面"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "tab"], name="session_once_a_tab"),
            models.UniqueConstraint(
                fields=["article"], condition=Q(holds=True), name="one_holder_an_article"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.article_id} {self.tab}"

    def is_here(self, now: datetime) -> bool:
        return self.seen_at > now - self.SILENCE

    def is_idle(self, now: datetime) -> bool:
        return self.typed_at is None or self.typed_at <= now - self.IDLE

    def has_lease(self, now: datetime) -> bool:
        """The lease ends by itself: with the form, or when nothing is typed for long."""
        return self.holds and self.is_here(now) and not self.is_idle(now)


class ArticleTemplate(models.Model):
    """What a recurring article begins with (天気, 訃報, 人事): words with blanks like {日付}."""

    name = LineField("ひな型の名前", max_length=40, unique=True)
    headline = LineField("見出し", max_length=120, blank=True)
    short_headline = LineField("短い見出し", max_length=30, blank=True)
    teaser = LineField("リード", max_length=200, blank=True)
    body = BodyField("本文", blank=True)
    section = models.ForeignKey(
        Section, models.SET_NULL, related_name="+", null=True, blank=True, verbose_name="分野"
    )
    tags = LineField("タグ", max_length=300, blank=True, help_text="「、」で区切ります。")
    is_active = models.BooleanField("使う", default=True)
    order = models.PositiveIntegerField("並び順", default=0)

    class Meta:
        verbose_name = "記事のひな型"
        verbose_name_plural = "記事のひな型"
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return self.name
