"""What the drain must remember between two runs. Nothing here says who a reader is."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class CountingState(models.Model):
    """One row: whoever counts locks it first, so that counting happens in turns."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    # The UTC epoch hour that the windows of WindowTotal end with.
    newest_hour = models.IntegerField()

    class Meta:
        verbose_name = "集計の状態"
        verbose_name_plural = "集計の状態"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_counting_state")]

    def __str__(self) -> str:
        return str(self.newest_hour)


class SourcePosition(models.Model):
    """How far a spool file (bytes) or a stream (entry id) is counted.

    Moved in the transaction that adds the counts: this is what makes counting exactly once.
    """

    source = models.CharField(max_length=120, primary_key=True)
    position = models.CharField(max_length=40, default="0")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "集計の位置"
        verbose_name_plural = "集計の位置"

    def __str__(self) -> str:
        return f"{self.source} {self.position}"


class CountedBatch(models.Model):
    """What one drain counted, for those after it to know a repeat; packed, not rows.

    A row per visitor costs more than all other work of a drain together
    (docs/decisions/0004-counted-batches.md). The hashes are of one article each: they neither
    name a reader nor tie two articles together.
    """

    # Random: a process whose memory ends with this batch sees whether it is still the same one.
    mark = models.BigIntegerField()
    drained_at = models.BigIntegerField(db_index=True)  # epoch seconds
    # Visitor hashes (8 bytes each) and when each was counted (4 bytes, epoch seconds).
    visitors = models.BinaryField(default=b"")
    visited_at = models.BinaryField(default=b"")
    # A network hash (8 bytes) for every view from it.
    networks = models.BinaryField(default=b"")
    # Record ids (8 bytes each) that came by a stream, and those that a timed-out stream may
    # bring a second time.
    stream_records = models.BinaryField(default=b"")
    uncertain_records = models.BinaryField(default=b"")

    class Meta:
        verbose_name = "数えた束"
        verbose_name_plural = "数えた束"

    def __str__(self) -> str:
        return str(self.drained_at)


class RefusedViews(models.Model):
    """How many views were not counted in an hour, by reason."""

    class Reason(models.TextChoices):
        BOT = "bot", "ボット"
        REPEAT = "repeat", "短時間の再閲覧"
        NETWORK = "network", "同じ網から多すぎる（保留）"
        PREFETCH = "prefetch", "先読み"
        UNKNOWN = "unknown", "記事がない"
        DUPLICATE = "duplicate", "二重に届いた記録"
        LATE = "late", "古すぎる記録"
        GARBLED = "garbled", "壊れた記録"
        MALFORMED = "malformed", "形式の誤り"
        TOKEN = "token", "誤った合言葉"
        EXPIRED = "expired", "古い合言葉"
        TOO_LARGE = "too_large", "大きすぎる要求"
        METHOD = "method", "POST以外の要求"
        CROSS_SITE = "cross_site", "他サイトからの要求"
        UNSTORED = "unstored", "保存できなかった"

    pk = models.CompositePrimaryKey("hour", "reason")
    hour = models.IntegerField()
    reason = models.CharField("理由", max_length=20, choices=Reason)
    count = models.IntegerField("件数", default=0)

    class Meta:
        verbose_name = "数えなかった閲覧"
        verbose_name_plural = "数えなかった閲覧"

    def __str__(self) -> str:
        return f"{self.hour} {self.reason}: {self.count}"


class HeldViews(models.Model):
    """Views of one article from one network beyond its cap in an hour, until an editor decides."""

    pk = models.CompositePrimaryKey("hour", "article_id", "network")
    hour = models.IntegerField()
    article_id = models.IntegerField()
    network = models.BigIntegerField()
    views = models.IntegerField("保留", default=0)
    # How many of them were accepted; more may be held after that.
    accepted = models.IntegerField("承認した数", default=0, db_default=0)
    accepted_at = models.DateTimeField("承認日時", null=True, editable=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="承認した人",
    )

    class Meta:
        verbose_name = "保留中の閲覧"
        verbose_name_plural = "保留中の閲覧"
        indexes = [models.Index(fields=["article_id", "hour"], name="held_of_article")]

    def __str__(self) -> str:
        return f"{self.hour} {self.article_id}: {self.views}"


class DailySalt(models.Model):
    """The random key of a day's visitor hashes; deleted after 48 hours."""

    day = models.IntegerField(primary_key=True)
    salt = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = "日替わりの鍵"
        verbose_name_plural = "日替わりの鍵"

    def __str__(self) -> str:
        return str(self.day)
