"""Counted views by hour, by day and by window.

Hours are UTC epoch hours (epoch seconds div 3600). Days are JST days since the epoch,
(hour + 9) div 24: JST has no summer time, so days fold from hours exactly. Article ids are
plain numbers: a view of an article that is deleted meanwhile must not stop a drain.
"""

from __future__ import annotations

from django.db import models


class Counts(models.Model):
    # What ranks: without bots, repeats and what a network has beyond its cap.
    views = models.IntegerField("閲覧数", default=0)
    visitors = models.IntegerField("訪問者数", default=0)
    # Every acknowledged beacon, whatever became of it.
    raw = models.IntegerField("受信数", default=0)
    reads = models.IntegerField("読了数", default=0)
    seconds = models.BigIntegerField("表示秒数", default=0)

    class Meta:
        abstract = True


class HourBucket(Counts):
    pk = models.CompositePrimaryKey("hour", "article_id")
    hour = models.IntegerField()
    article_id = models.IntegerField()
    # Views from the one network (/24, /48) that sent most of them, for its share of all.
    top_network = models.IntegerField("最多の網の閲覧数", default=0)

    class Meta:
        verbose_name = "時間ごとの閲覧"
        verbose_name_plural = "時間ごとの閲覧"
        indexes = [models.Index(fields=["article_id", "hour"], name="hour_of_article")]

    def __str__(self) -> str:
        return f"{self.hour} {self.article_id}: {self.views}"


class DayBucket(Counts):
    """Day 0 holds the sum of the days that are not kept any more."""

    pk = models.CompositePrimaryKey("day", "article_id")
    day = models.IntegerField()
    article_id = models.IntegerField()

    class Meta:
        verbose_name = "日ごとの閲覧"
        verbose_name_plural = "日ごとの閲覧"
        indexes = [models.Index(fields=["article_id", "day"], name="day_of_article")]

    def __str__(self) -> str:
        return f"{self.day} {self.article_id}: {self.views}"


class WindowTotal(models.Model):
    """Running sums of an article: the last 24, 168 and 720 hours, and all time.

    The windows end with CountingState.newest_hour.
    """

    article_id = models.IntegerField(primary_key=True)
    last_24_hours = models.IntegerField("24時間", default=0)
    last_7_days = models.IntegerField("7日", default=0)
    last_30_days = models.IntegerField("30日", default=0)
    total = models.BigIntegerField("累計", default=0)
    # Sums of the hours' visitors: what decides between articles with as many views.
    visitors_24_hours = models.IntegerField("24時間の訪問者", default=0)
    visitors_7_days = models.IntegerField("7日の訪問者", default=0)
    visitors_30_days = models.IntegerField("30日の訪問者", default=0)
    visitors_total = models.BigIntegerField("累計の訪問者", default=0)
    # For RANKING_READ_WEIGHT, which may be set at any time.
    reads_24_hours = models.IntegerField("24時間の読了", default=0)
    reads_7_days = models.IntegerField("7日の読了", default=0)
    reads_30_days = models.IntegerField("30日の読了", default=0)
    reads_total = models.BigIntegerField("累計の読了", default=0)

    class Meta:
        verbose_name = "期間の合計"
        verbose_name_plural = "期間の合計"

    def __str__(self) -> str:
        return f"{self.article_id}: {self.last_24_hours}"
