"""The lists as readers see them, how they stood before, and what the desk changes in them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from articles.models import Article, Section, TopicTeaser
from articles.models.fields import LineField


class Window(models.TextChoices):
    """A period that a ranking is made for; the value is its address."""

    HOURLY = "hourly", "1時間"
    DAILY = "daily", "24時間"
    YESTERDAY = "yesterday", "昨日"
    WEEKLY = "weekly", "週間"
    MONTHLY = "monthly", "月間"
    ALL = "all", "累計"
    RISING = "rising", "急上昇"


class Snapshot(models.Model):
    """A list as it stands now: a window of the whole site (no section) or of one section."""

    window = models.CharField("期間", max_length=12, choices=Window)
    section = models.ForeignKey(
        Section, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="分野"
    )
    # The pass that looked at this list last; one number for all the lists of a pass.
    generation = models.BigIntegerField("世代", default=0)
    computed_at = models.DateTimeField("集計日時")

    class Meta:
        verbose_name = "ランキング"
        verbose_name_plural = "ランキング"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["section", "window"], name="one_list_per_section"),
            models.UniqueConstraint(
                fields=["window"], condition=Q(section=None), name="one_list_of_the_site"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_window_display()} {self.section or '全体'} {self.computed_at}"


class SnapshotItem(models.Model):
    pk = models.CompositePrimaryKey("snapshot_id", "rank")
    # The primary key begins with it: an index of its own would only be written.
    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="items", db_index=False)
    rank = models.PositiveSmallIntegerField("順位")
    # No constraint: a list may speak of an article that is deleted meanwhile.
    article = models.ForeignKey(
        Article,
        models.DO_NOTHING,
        related_name="standings",
        db_constraint=False,
        db_index=False,
        verbose_name="記事",
    )
    views = models.BigIntegerField("閲覧数")
    # Empty for an article that was not in the list that this one is compared with.
    previous_rank = models.PositiveSmallIntegerField("前回の順位", null=True)
    # The first time that this article stood in this list, for 初登場.
    entered_at = models.DateTimeField("登場日時")

    class Meta:
        verbose_name = "ランキングの項目"
        verbose_name_plural = "ランキングの項目"
        ordering = ["snapshot", "rank"]

    def __str__(self) -> str:
        return f"{self.rank}. {self.article_id}"


class PastSnapshot(models.Model):
    """The order in which a list stood from a time until its next row.

    One row per change of order, the ids in one column: kept as rows an item, a busy site's
    lists would grow by millions of rows a day.
    """

    snapshot = models.ForeignKey(
        Snapshot, models.CASCADE, related_name="past", db_index=False, verbose_name="表"
    )
    generation = models.BigIntegerField("世代", default=0)
    stood_from = models.DateTimeField("開始", db_index=True)
    article_ids = models.JSONField("記事", default=list)
    views = models.JSONField("閲覧数", default=list)

    class Meta:
        verbose_name = "過去のランキング"
        verbose_name_plural = "過去のランキング"
        ordering = ["-id"]
        indexes = [models.Index(fields=["snapshot", "-stood_from"], name="past_of_list")]

    def __str__(self) -> str:
        return f"{self.snapshot_id} {self.stood_from}"


class Debut(models.Model):
    """When an article first stood in a list: one that falls out and returns is not new."""

    pk = models.CompositePrimaryKey("snapshot_id", "article_id")
    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="+", db_index=False)
    article_id = models.IntegerField()
    entered_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "初登場"
        verbose_name_plural = "初登場"

    def __str__(self) -> str:
        return f"{self.snapshot_id} {self.article_id}"


class TopicItem(models.Model):
    """A teaser's place in the list of topics, more of them than any page shows."""

    rank = models.PositiveSmallIntegerField("順位", primary_key=True)
    # No constraint: the desk may delete a teaser between two passes.
    teaser = models.ForeignKey(
        TopicTeaser,
        models.DO_NOTHING,
        related_name="places",
        db_constraint=False,
        db_index=False,
        verbose_name="紹介",
    )
    score = models.FloatField("点", default=0)
    computed_at = models.DateTimeField("集計日時")

    class Meta:
        verbose_name = "トピックの順位"
        verbose_name_plural = "トピックの順位"
        ordering = ["rank"]

    def __str__(self) -> str:
        return f"{self.rank}. {self.teaser_id}"


class RankingRule(models.Model):
    """The desk's word over the numbers: it changes a list, never a count."""

    class Kind(models.TextChoices):
        PIN = "pin", "順位を固定"
        EXCLUDE = "exclude", "載せない"
        CAP = "cap", "順位の上限"

    kind = models.CharField("種類", max_length=8, choices=Kind)
    article = models.ForeignKey(
        Article, models.CASCADE, related_name="ranking_rules", verbose_name="記事"
    )
    window = models.CharField(
        "期間", max_length=12, choices=Window, blank=True, help_text="空欄はすべて。"
    )
    section = models.ForeignKey(
        Section,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="分野",
        help_text="空欄はすべて。",
    )
    place = models.PositiveSmallIntegerField(
        "順位", null=True, blank=True, help_text="固定する順位、または上限の順位。"
    )
    reason = LineField("理由", max_length=200)
    starts_at = models.DateTimeField("開始", null=True, blank=True)
    until = models.DateTimeField("終了", null=True, blank=True)
    created_at = models.DateTimeField("作成日時", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="作成した人",
    )

    class Meta:
        verbose_name = "ランキングの調整"
        verbose_name_plural = "ランキングの調整"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="exclude", place=None)
                | (~Q(kind="exclude") & Q(place__isnull=False, place__gte=1)),
                name="rule_has_its_place",
                violation_error_message="固定と上限には順位を書き、除外では空欄にしてください。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}：{self.article}"
